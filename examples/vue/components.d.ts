/** What the compiler without Vue's own sees of a component. */
declare module '*.vue' {
  import type { Component } from 'vue';

  const component: Component;
  export default component;
}
