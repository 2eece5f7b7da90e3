import {
  getCurrentInstance,
  getCurrentScope,
  hasInjectionContext,
  inject,
  onMounted,
  onScopeDispose,
  ssrContextKey,
  watch,
} from 'vue';
import type { Stop } from '../index';

interface Sourced<T> {
  readonly value: T;
}

/**
 * Begins for the value of `source`, and again for each other one: the new one first, then the old one ends. Ends with the
 * scope it was called in, or by the returned stop where there is none. On a server it never begins; in a page that takes over
 * from a server it begins once mounted, so that both render the same at first.
 */
export function whileLive<T>(source: () => T, begin: (value: T) => Stop): Stop {
  let end: Stop = () => {};
  let ended = isServer();
  const start = (): void => {
    if (ended) return;
    let stop: Stop = () => {};
    let begun: Sourced<T> | undefined;
    const turn = (sourced: Sourced<T> | undefined): void => {
      // A source that throws has been told to Vue, which goes on with undefined: nothing changes.
      if (sourced === undefined || (begun !== undefined && Object.is(begun.value, sourced.value))) return;
      begun = sourced;
      const stopOld = stop;
      stop = () => {};
      try {
        stop = begin(sourced.value);
      } finally {
        stopOld();
      }
    };
    const unwatch = watch(() => ({ value: source() }), turn, { immediate: true, flush: 'sync' });
    end = () => {
      unwatch();
      stop();
    };
  };
  if (isHydrating()) onMounted(start);
  else start();
  const stopForGood = (): void => {
    if (ended) return;
    ended = true;
    end();
  };
  if (getCurrentScope() !== undefined) onScopeDispose(stopForGood);
  return stopForGood;
}

// Vue provides its context to what `renderToString` renders, also where tests have a window. Stores and plugins are made before.
function isServer(): boolean {
  return (
    typeof window === 'undefined' || (hasInjectionContext() && inject(ssrContextKey, undefined) !== undefined)
  );
}

// A component has an element before its setup only when the server made that element.
function isHydrating(): boolean {
  return (getCurrentInstance()?.vnode.el ?? null) !== null;
}
