// Applications keep what they get in their data, around which Vue puts proxies.
import { createPinia, defineStore } from 'pinia';
import {
  backendAuth,
  combineStores,
  pendingOf,
  presenceOf,
  publicationOf,
  type ReadableStore,
  RealtimeClient,
  reduceEvents,
  selectFrom,
  subscriptionOf,
  type UntypedChannels,
  userEndpoint,
} from 'surewire';
import { createLegacyService, PusherService } from 'surewire/legacy';
import { createTestServer } from 'surewire/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { type ComponentPublicInstance, createApp, defineComponent, h, reactive, readonly, ref } from 'vue';

describe('what an application keeps in its reactive data', () => {
  const server = createTestServer();
  const { endpoints } = server;
  const made: RealtimeClient<UntypedChannels>[] = [];
  const makeClient = (): RealtimeClient<UntypedChannels> => {
    const client = new RealtimeClient<UntypedChannels>({
      ...server.options,
      auth: backendAuth({
        endpoint: endpoints.auth,
        token: () => server.issueToken(),
        user: userEndpoint(endpoints.user),
      }),
    });
    made.push(client);
    return client;
  };
  afterEach(() => {
    for (const client of made.splice(0)) client.destroy();
  });

  const values = (store: ReadableStore<unknown>): void => {
    store.subscribe(() => {})();
    expect(Object.is(store.get(), store.get())).toBe(true);
    void store.initial;
  };

  test('a client works from the data of a component, as pusher-js does', async () => {
    let component:
      | (ComponentPublicInstance & { readonly client: RealtimeClient<UntypedChannels> })
      | undefined;
    const Old = defineComponent({
      data: () => ({ client: makeClient(), heard: [] as unknown[] }),
      created() {
        this.client.channel('news').on('progress', (payload) => this.heard.push(payload));
      },
      render() {
        component = this as never;
        return h('p', this.heard.join());
      },
    });
    const app = createApp(Old);
    const element = document.createElement('div');
    app.mount(element);
    await component?.client.channel('news').ready();
    server.trigger('news', 'progress', 1);
    await expect.poll(() => element.textContent).toBe('1');
    app.unmount();
  });

  test.each<[string, (client: RealtimeClient<UntypedChannels>) => unknown, (kept: never) => void]>([
    ['its status', ({ status }) => status, values],
    ['its statistics', ({ statistics }) => statistics, values],
    ['its user', ({ user }) => user, values],
    ['its outbox', ({ outbox }) => outbox, ({ pending }: RealtimeClient['outbox']) => values(pending)],
    ['what is pending', ({ outbox }) => outbox.pending, values],
    ['what was rejected', ({ outbox }) => outbox.rejected, values],
    [
      'a channel',
      (client) => client.channel('news'),
      (channel: ReturnType<RealtimeClient<UntypedChannels>['channel']>) => {
        channel.on('progress', () => {})();
        values(channel.subscription);
      },
    ],
    ['the members of a channel', (client) => client.channel('presence-room').members, values],
    ['ourselves on a channel', (client) => client.channel('presence-room').me, values],
    ['a subscription', (client) => client.channel('news').subscription, values],
    ['subscriptionOf', (client) => subscriptionOf(client.channel('news')), values],
    ['presenceOf', (client) => presenceOf(client.channel('presence-room')), values],
    ['reduceEvents', (client) => reduceEvents(client.channel('news'), {}, 0), values],
    ['publicationOf', (client) => publicationOf(client, client.channel('news'), 'progress'), values],
    ['pendingOf', (client) => pendingOf(client, client.channel('news'), 'progress'), values],
    ['selectFrom', ({ status }) => selectFrom(status, ({ state }) => state), values],
    ['combineStores', ({ status }) => combineStores({ status }), values],
    [
      'the old service',
      (client) => createLegacyService(client),
      (service: { getState(): string }) => expect(service.getState()).toBe('disconnected'),
    ],
    [
      'PusherService',
      (client) => new PusherService({ client }),
      (service: { getState(): string }) => expect(service.getState()).toBe('disconnected'),
    ],
  ])('%s works in reactive, readonly and a ref', (_, part, use) => {
    const it = part(makeClient());
    const data = reactive({ it });
    for (const kept of [data.it, readonly(data).it, ref(it).value]) use(kept as never);
  });

  test('a client works from the state of a Pinia store', async () => {
    const useRoom = defineStore('room', { state: () => ({ client: makeClient() }) });
    const room = useRoom(createPinia());
    await room.client.channel('news').ready();
    await room.client.publish('news', 'progress', 1);
    expect(room.client.status.get().state).toBe('connected');
  });
});
