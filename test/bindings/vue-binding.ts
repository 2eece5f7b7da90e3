import type { RealtimeClient, UntypedChannels } from 'surewire';
import * as bindings from 'surewire/vue';
import {
  type App,
  type Component,
  createApp,
  createSSRApp,
  defineComponent,
  h,
  isRef,
  nextTick,
  onErrorCaptured,
  shallowRef,
} from 'vue';
import { renderToString } from 'vue/server-renderer';
import { type Binding, textOf, type Use } from './binding';

/** A copy, because only tests go through a binding by name. */
const composables = { ...bindings };

/** Composables whose first argument is a name: a getter here, so that names may change. */
const named = new Set([
  'useChannel',
  'useEvent',
  'useLatest',
  'useEventReducer',
  'usePresence',
  'usePublish',
]);

function call<Props>({ word, args }: Use<Props>, props: () => Props): unknown {
  const composable = composables[word] as (...rest: readonly unknown[]) => unknown;
  const [first, ...rest] = args(props());
  return named.has(word) ? composable(() => args(props())[0], ...rest) : composable(first, ...rest);
}

/** What is in the refs: of the value itself, or of what it has. */
function plain(value: unknown): unknown {
  if (isRef(value)) return value.value;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, isRef(part) ? part.value : part]),
  );
}

function probe<Props>(use: Use<Props>, props: () => Props, seen: (value: unknown) => void): Component {
  return defineComponent(() => {
    const value = call(use, props);
    return () => {
      seen(plain(value));
      return h('p', textOf(plain(value)));
    };
  });
}

/** An application with the client, around one component; what is inside the component may fail. */
function application(
  create: (root: Component) => App,
  client: RealtimeClient<UntypedChannels>,
  inner: Component,
  failed: (error: unknown) => void = () => {},
): App {
  const app = create(
    defineComponent(() => {
      onErrorCaptured((error) => {
        failed(error);
        return false;
      });
      return () => h(inner);
    }),
  );
  return app.use(composables.createRealtime(client));
}

export const vueBinding: Binding = {
  framework: 'Vue',

  async mount(client, use, initial) {
    const props = shallowRef(initial);
    let value: unknown;
    let renders = 0;
    let failure: unknown;
    const inner = defineComponent(() => {
      value = call(use, () => props.value);
      return () => {
        plain(value);
        renders += 1;
        return null;
      };
    });
    const app = application(createApp, client, inner, (error) => {
      failure = error;
    });
    app.mount(document.createElement('div'));
    if (failure !== undefined) throw failure;
    return {
      // The test says what it expects there.
      value: <T>() => plain(value) as T,
      get renders() {
        return renders;
      },
      update: async (own) => {
        props.value = own;
        await nextTick();
      },
      unmount: async () => app.unmount(),
    };
  },

  act: async (change) => {
    await change();
    await nextTick();
  },

  renderOnServer: async (client, use, props) =>
    renderToString(
      application(
        createSSRApp,
        client,
        probe(
          use,
          () => props,
          () => {},
        ),
      ),
    ),

  async hydrate(client, use, props, html) {
    const container = document.createElement('div');
    container.innerHTML = html;
    const texts: string[] = [];
    const complaints: string[] = [];
    const app = application(
      createSSRApp,
      client,
      probe(
        use,
        () => props,
        (value) => texts.push(textOf(value)),
      ),
    );
    app.config.warnHandler = (message) => complaints.push(message);
    app.mount(container);
    await nextTick();
    return { texts, complaints, unmount: async () => app.unmount() };
  },
};
