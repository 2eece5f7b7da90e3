// What only Vue can get wrong.
import { createPinia, defineStore, setActivePinia } from 'pinia';
import {
  backendAuth,
  ConfigurationError,
  RealtimeClient,
  type UntypedChannels,
  userEndpoint,
} from 'surewire';
import { createTestClient } from 'surewire/testing';
import {
  createRealtime,
  createRealtimeComposables,
  useChannel,
  useConnection,
  useEvent,
  useLatest,
  usePresence,
  usePublish,
  useStore,
} from 'surewire/vue';
import { describe, expect, test } from 'vitest';
import {
  type App,
  computed,
  createApp,
  defineComponent,
  effectScope,
  h,
  KeepAlive,
  nextTick,
  ref,
  version,
} from 'vue';
import { actingOn, kitOfEachTest } from '../bindings/kit-of-each-test';

describe(`Vue ${version}`, () => {
  const apps: App[] = [];
  const kit = kitOfEachTest(() => {
    for (const app of apps.splice(0)) app.unmount();
  });

  function mount(setup: () => () => unknown): { readonly element: HTMLElement; readonly app: App } {
    const app = createApp(defineComponent(() => setup() as () => never));
    const element = document.createElement('div');
    app.use(createRealtime(kit.client)).mount(element);
    apps.push(app);
    return { element, app };
  }

  const { tell } = actingOn(kit, (work) => work());

  test.each(['a ref', 'a getter', 'a computed ref'])('a name may be %s', async (form) => {
    const id = ref<number>();
    const name = (): string | undefined => (id.value === undefined ? undefined : `room-${id.value}`);
    const computedName = computed(name);
    const plainRef = ref<string>();
    const given = form === 'a ref' ? plainRef : form === 'a getter' ? name : computedName;
    mount(() => {
      const { channel, subscription } = useChannel(given);
      return () => h('p', `${channel.value?.name} ${subscription.value.state}`);
    });
    for (const next of [1, 2]) {
      id.value = next;
      plainRef.value = `room-${next}`;
      await kit.clock.settle();
    }
    await kit.clock.advance(1_000);
    expect(kit.frames).toEqual(['subscribe room-1', 'subscribe room-2', 'unsubscribe room-1']);
  });

  test('the values of the old name are gone in the moment in which the name changes', async () => {
    const name = ref('eur');
    const scope = effectScope();
    const price = scope.run(() => useLatest(name, 'price', { client: kit.client }));
    await kit.clock.settle();
    await tell('eur', 'price', 1.1);
    expect(price?.value).toBe(1.1);
    name.value = 'usd';
    expect(price?.value).toBeUndefined();
    scope.stop();
  });

  test('an effectScope that is stopped lets go', async () => {
    const scope = effectScope();
    const heard: unknown[] = [];
    scope.run(() => useEvent('news', 'progress', (payload) => heard.push(payload), { client: kit.client }));
    await kit.clock.settle();
    await tell('news', 'progress', 1);
    scope.stop();
    await tell('news', 'progress', 2);
    await kit.clock.advance(1_000);
    expect(heard).toEqual([1]);
    expect(kit.frames).toEqual(['subscribe news', 'unsubscribe news']);
  });

  test('outside of any scope the client is given, and the returned stop ends it', async () => {
    const heard: unknown[] = [];
    const stop = useEvent('news', 'progress', (payload) => heard.push(payload), { client: kit.client });
    await kit.clock.settle();
    await tell('news', 'progress', 1);
    stop();
    stop();
    await tell('news', 'progress', 2);
    expect(heard).toEqual([1]);
    expect(() => useConnection()).toThrow(ConfigurationError);
    expect(() => useConnection()).toThrow('pass { client }');
  });

  test('a Pinia store follows a channel for as long as it lives', async () => {
    const useNews = defineStore('news', () => {
      const count = ref(0);
      useEvent('news', 'progress', () => {
        count.value += 1;
      });
      const state = useConnection((status) => status.state);
      return { count, state };
    });
    const pinia = createPinia();
    const app = createApp(defineComponent(() => () => null))
      .use(createRealtime(kit.client))
      .use(pinia);
    setActivePinia(pinia);
    const store = useNews(pinia);
    await kit.clock.settle();
    await tell('news', 'progress', 1);
    expect(store.count).toBe(1);
    expect(store.state).toBe('connected');
    store.$dispose();
    await kit.clock.advance(1_000);
    expect(kit.frames).toEqual(['subscribe news', 'unsubscribe news']);
    void app;
  });

  test('a selection may read other refs', async () => {
    const wanted = ref('user-1');
    const { element } = mount(() => {
      const there = usePresence('presence-room', ({ members }) =>
        members.some(({ id }) => id === wanted.value),
      );
      return () => h('p', String(there.value));
    });
    await kit.clock.settle();
    await nextTick();
    expect(element.textContent).toBe('true');
    wanted.value = 'user-2';
    await nextTick();
    expect(element.textContent).toBe('false');
  });

  test('a component that is kept alive keeps its subscription, and lets go when it is unmounted', async () => {
    const shown = ref(true);
    const Kept = defineComponent(() => {
      useChannel('news');
      return () => h('p', 'kept');
    });
    const { app } = mount(() => () => h(KeepAlive, () => (shown.value ? h(Kept) : h('i'))));
    await kit.clock.settle();
    shown.value = false;
    await nextTick();
    await kit.clock.advance(5_000);
    expect(kit.frames).toEqual(['subscribe news']);
    apps.splice(apps.indexOf(app), 1);
    app.unmount();
    await kit.clock.advance(1_000);
    expect(kit.frames).toEqual(['subscribe news', 'unsubscribe news']);
  });

  test('publishing takes the options of the moment', async () => {
    const scope = effectScope();
    const expiresIn = ref(1_000);
    const publishing = scope.run(() =>
      usePublish('private-plugin-7', 'command', () => ({ expiresIn: expiresIn.value }), {
        client: kit.client,
      }),
    );
    expiresIn.value = -1;
    publishing?.publish({ run: 'build' });
    await kit.clock.settle();
    expect(publishing?.error.value?.code).toBe('configuration');
    scope.stop();
  });

  test('composables of one client do not see another client', async () => {
    const second = createTestClient<UntypedChannels>();
    const others = createRealtimeComposables<UntypedChannels>();
    const { element } = mount(() => {
      const mine = useConnection(({ state }) => state);
      const other = others.useConnection(({ state }) => state, { client: second.client });
      return () => h('p', `${mine.value} ${other.value}`);
    });
    void second.client.connect();
    await second.clock.settle();
    await nextTick();
    expect(element.textContent).toBe('idle connected');
    second.client.destroy();
  });

  test('any store is a composable away', async () => {
    const { options } = kit.server;
    const client = new RealtimeClient<UntypedChannels>({
      ...options,
      auth: backendAuth({
        endpoint: kit.server.endpoints.auth,
        token: () => kit.server.issueToken(),
        user: userEndpoint(kit.server.endpoints.user),
      }),
    });
    const scope = effectScope();
    const user = scope.run(() => useStore(client.user));
    expect(user?.value).toBeUndefined();
    void client.connect();
    await kit.clock.settle();
    expect(user?.value).toMatchObject({ id: 'user-1' });
    scope.stop();
    client.destroy();
  });
});
