// Scopes that flap, wait, fail and are kept: what that does to composables.
import { createPinia, defineStore } from 'pinia';
import { backendAuth, RealtimeClient, RealtimeError, type UntypedChannels } from 'surewire';
import {
  createRealtime,
  useChannel,
  useConnection,
  useEvent,
  useEventReducer,
  useLatest,
  usePresence,
} from 'surewire/vue';
import { describe, expect, test } from 'vitest';
import {
  type App,
  createApp,
  createSSRApp,
  defineComponent,
  effectScope,
  h,
  KeepAlive,
  nextTick,
  ref,
  Suspense,
  shallowRef,
  version,
  watch,
} from 'vue';
import { renderToString } from 'vue/server-renderer';
import { deferred } from '../../src/support/deferred';
import { actingOn, kitOfEachTest } from '../bindings/kit-of-each-test';

describe(`Vue ${version}`, () => {
  const apps: App[] = [];
  const kit = kitOfEachTest(() => {
    for (const app of apps.splice(0)) app.unmount();
  });

  interface MountedApp {
    readonly element: HTMLElement;
    /** What Vue was told of errors that nobody caught. */
    readonly errors: unknown[];
    unmount(): void;
  }

  function mount(setup: () => () => unknown): MountedApp {
    const app = createApp(defineComponent(() => setup() as () => never));
    const element = document.createElement('div');
    const errors: unknown[] = [];
    app.config.errorHandler = (error) => errors.push(error);
    app.use(createRealtime(kit.client)).mount(element);
    apps.push(app);
    const unmount = (): void => {
      apps.splice(apps.indexOf(app), 1);
      app.unmount();
    };
    return { element, errors, unmount };
  }

  const { tell } = actingOn(kit, async (work) => {
    await work();
    await nextTick();
  });

  const Sum = defineComponent(() => {
    const { state } = useEventReducer('news', { progress: (sum: number, add) => sum + Number(add) }, 0);
    return () => h('output', state.value);
  });

  test('a component behind v-if that flaps a hundred times is one subscription', async () => {
    const shown = ref(true);
    mount(() => () => (shown.value ? h(Sum) : null));
    await kit.clock.settle();
    for (let index = 0; index < 100; index++) {
      shown.value = !shown.value;
      await nextTick();
    }
    await kit.clock.advance(5_000);
    expect(kit.frames).toEqual(['subscribe news']);
    shown.value = false;
    await nextTick();
    await kit.clock.advance(1_000);
    expect(kit.frames).toEqual(['subscribe news', 'unsubscribe news']);
  });

  test('what KeepAlive hides goes on reducing, and shows it all when it is back', async () => {
    const shown = ref(true);
    const { element } = mount(() => () => h(KeepAlive, () => (shown.value ? h(Sum) : h('i'))));
    await kit.clock.settle();
    for (let index = 1; index <= 10; index++) {
      shown.value = !shown.value;
      await tell('news', 'progress', index);
    }
    expect(shown.value).toBe(true);
    expect(element.textContent).toBe('55');
    expect(kit.frames).toEqual(['subscribe news']);
  });

  test('a component with an async setup subscribes after its await as before, and ends with it', async () => {
    const { promise, resolve } = deferred<void>();
    const Async = defineComponent({
      async setup() {
        // biome-ignore lint/correctness/useHookAtTopLevel: it is the top level of a component
        const before = useLatest('one', 'progress');
        const scope = effectScope();
        await promise;
        // As `<script setup>` compiles it: what follows an await has no component, unless a scope is kept.
        const after = scope.run(() => useLatest('two', 'progress', { client: kit.client }));
        return () => h('output', `${String(before.value)} ${String(after?.value)}`);
      },
    });
    const shown = ref(true);
    const { element } = mount(() => () => (shown.value ? h(Suspense, () => h(Async)) : null));
    await kit.clock.settle();
    resolve();
    await kit.clock.settle();
    await tell('one', 'progress', 1);
    await tell('two', 'progress', 2);
    expect(element.textContent).toBe('1 2');
    shown.value = false;
    await nextTick();
    await kit.clock.advance(1_000);
    expect(kit.frames).toEqual(['subscribe one', 'subscribe two', 'unsubscribe one', 'unsubscribe two']);
  });

  test('a select that throws is an error of Vue; the ref keeps its value, and follows again', async () => {
    const limit = ref(1);
    const { element, errors } = mount(() => {
      const count = usePresence('presence-room', ({ members }) => {
        if (members.length > limit.value) throw new Error('a mistake');
        return { count: members.length };
      });
      return () => h('output', count.value.count);
    });
    await kit.clock.settle();
    await nextTick();
    expect(element.textContent).toBe('1');
    limit.value = 0;
    await nextTick();
    expect(errors).toMatchObject([{ message: 'a mistake' }]);
    expect(element.textContent).toBe('1');
    limit.value = 5;
    const other = new RealtimeClient<UntypedChannels>({
      ...kit.server.options,
      auth: backendAuth({
        endpoint: kit.server.endpoints.auth,
        token: () => kit.server.issueToken({ userId: 'user-2' }),
      }),
    });
    other.channel('presence-room').hold();
    await kit.clock.settle();
    await nextTick();
    expect(element.textContent).toBe('2');
    expect(errors).toHaveLength(1);
    other.destroy();
  });

  test('a name that no server takes is an error of Vue; the old one is let go, and a good one is taken', async () => {
    const name = ref('one');
    const heard: unknown[] = [];
    const { element, errors } = mount(() => {
      const { channel, subscription } = useChannel(name);
      useEvent(name, 'progress', (payload) => heard.push(payload));
      void channel;
      return () => h('output', subscription.value.state);
    });
    await kit.clock.settle();
    name.value = 'no spaces please';
    await nextTick();
    expect(errors.every((error) => error instanceof RealtimeError && error.code === 'configuration')).toBe(
      true,
    );
    expect(errors.length).toBeGreaterThan(0);
    name.value = 'two';
    await kit.clock.settle();
    await tell('one', 'progress', 1);
    await tell('two', 'progress', 2);
    expect(heard).toEqual([2]);
    expect(element.textContent).toBe('subscribed');
    await kit.clock.advance(1_000);
    expect(kit.frames).toEqual(['subscribe one', 'subscribe two', 'unsubscribe one']);
  });

  test('a listener that unmounts its application, or changes its name, is left in peace', async () => {
    const name = ref('one');
    const heard: unknown[] = [];
    const { errors, unmount } = mount(() => {
      const latest = useLatest(name, 'progress');
      useEvent(name, 'progress', (payload) => {
        heard.push(payload);
        if (payload === 'on') name.value = 'two';
        if (payload === 'end') unmount();
      });
      useEvent(name, 'progress', (payload) => heard.push(`after ${String(payload)}`));
      return () => h('output', String(latest.value));
    });
    await kit.clock.settle();
    await tell('one', 'progress', 'on');
    await tell('one', 'progress', 'lost');
    await tell('two', 'progress', 'end');
    await kit.clock.advance(1_000);
    expect(heard).toEqual(['on', 'end']);
    expect(errors).toEqual([]);
    expect(kit.frames).toEqual(['subscribe one', 'subscribe two', 'unsubscribe one', 'unsubscribe two']);
  });

  test('a composable inside of a watcher belongs to the component only through a scope of its own', async () => {
    const id = ref(1);
    const heard: unknown[] = [];
    const { unmount } = mount(() => {
      let scope = effectScope(true);
      watch(
        id,
        (next) => {
          scope.stop();
          scope = effectScope(true);
          scope.run(() =>
            useEvent(`room-${next}`, 'progress', (payload) => heard.push(payload), { client: kit.client }),
          );
        },
        { immediate: true },
      );
      return () => null;
    });
    await kit.clock.settle();
    id.value = 2;
    await nextTick();
    await kit.clock.settle();
    await tell('room-1', 'progress', 1);
    await tell('room-2', 'progress', 2);
    expect(heard).toEqual([2]);
    unmount();
    await tell('room-2', 'progress', 3);
    expect(heard).toEqual([2, 3]);
  });

  test('five hundred components in one application render once a message each, and none twice', async () => {
    let renders = 0;
    const Latest = defineComponent(() => {
      const latest = useLatest('news', 'progress');
      const state = useConnection(({ state }) => state);
      return () => {
        renders += 1;
        return h('i', `${String(latest.value)} ${state.value}`);
      };
    });
    mount(() => () => Array.from({ length: 500 }, (_, key) => h(Latest, { key })));
    await kit.clock.settle();
    await nextTick();
    renders = 0;
    for (let index = 0; index < 10; index++) await tell('news', 'progress', index);
    expect(renders).toBe(5_000);
    expect(kit.frames).toEqual(['subscribe news']);
  });

  test('a component that goes before the page was taken over never begins', async () => {
    const html = await renderToString(createSSRApp(Sum).use(createRealtime(kit.client)));
    expect(html).toBe('<output>0</output>');
    const element = document.createElement('div');
    element.innerHTML = html;
    const { promise, resolve } = deferred<void>();
    const Slow = defineComponent({
      async setup() {
        // biome-ignore lint/correctness/useHookAtTopLevel: it is the top level of a component
        const latest = useLatest('news', 'progress');
        await promise;
        return () => h('output', latest.value === undefined ? 0 : 1);
      },
    });
    const app = createSSRApp(defineComponent(() => () => h(Suspense, () => h(Slow))));
    app.use(createRealtime(kit.client)).mount(element);
    await kit.clock.settle();
    app.unmount();
    resolve();
    await kit.clock.settle();
    await kit.clock.advance(1_000);
    expect(kit.frames).toEqual([]);
    expect(kit.clock.pending).toBe(0);
  });

  test('refs of composables may be given on: to a store, to a child, to a shallowRef, without losing anything', async () => {
    const given = shallowRef<unknown>();
    const Child = defineComponent({
      props: { price: { type: [Number, String], required: true } },
      setup: (props) => () => h('output', props.price),
    });
    const { element } = mount(() => {
      const price = useLatest('eur', 'price');
      given.value = price;
      return () => h(Child, { price: Number.isFinite(price.value) ? Number(price.value) : 'none' });
    });
    await kit.clock.settle();
    expect(element.textContent).toBe('none');
    await tell('eur', 'price', 1.5);
    expect(element.textContent).toBe('1.5');
    expect(given.value).toMatchObject({ value: 1.5 });
  });

  test('a store that a page made while it took over lives on when the component that asked for it first is gone', async () => {
    const useRoom = defineStore('room', () => {
      const id = ref(1);
      const latest = useLatest(() => `room-${id.value}`, 'progress');
      const state = useConnection((status) => status.state);
      return { id, latest, state };
    });
    const shown = ref(true);
    const Room = defineComponent(() => {
      const room = useRoom();
      return () => h('output', String(room.latest));
    });
    const create = (): App =>
      createSSRApp(defineComponent(() => () => h('div', shown.value ? [h(Room)] : [])))
        .use(createRealtime(kit.client))
        .use(createPinia());
    const element = document.createElement('div');
    element.innerHTML = await renderToString(create());
    const app = create();
    apps.push(app);
    app.mount(element);
    const room = app.runWithContext(() => useRoom());
    await kit.clock.settle();
    await tell('room-1', 'progress', 'one');
    expect(room.latest).toBe('one');
    shown.value = false;
    await nextTick();
    await tell('room-1', 'progress', 'two');
    expect(room.latest).toBe('two');
    room.id = 2;
    await kit.clock.settle();
    await tell('room-2', 'progress', 'three');
    expect(room.latest).toBe('three');
    expect(room.state).toBe('connected');
  });

  test('a watcher that ends everything in the moment in which a name changes leaves no channel behind', async () => {
    const name = ref('one');
    const scope = effectScope();
    scope.run(() => {
      const { subscription } = useChannel(name, { client: kit.client });
      watch(subscription, () => name.value === 'two' && scope.stop(), { flush: 'sync' });
    });
    await kit.clock.settle();
    name.value = 'two';
    await kit.clock.advance(5_000);
    expect(kit.server.channels).toEqual([]);
  });

  test('a watcher that changes a name once more in the moment in which it changes gets the last one, and nothing else', async () => {
    const name = ref('one');
    const heard: unknown[] = [];
    kit.client.channel('three').hold();
    const scope = effectScope();
    const used = scope.run(() => {
      const { subscription } = useChannel(name, { client: kit.client });
      useEvent(name, 'progress', (payload) => heard.push(payload), { client: kit.client });
      watch(
        subscription,
        () => {
          if (name.value === 'two') name.value = 'three';
        },
        { flush: 'sync' },
      );
      return { subscription, latest: useLatest(name, 'progress', { client: kit.client }) };
    });
    await kit.clock.settle();
    name.value = 'two';
    expect(used?.subscription.value.state).toBe('subscribed');
    await kit.clock.advance(5_000);
    await tell('two', 'progress', 2);
    await tell('three', 'progress', 3);
    expect(heard).toEqual([3]);
    expect(used?.latest.value).toBe(3);
    expect(kit.server.channels.map((channel) => channel.name)).toEqual(['three']);
    scope.stop();
  });
});
