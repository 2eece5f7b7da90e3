import Pusher from 'pusher-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type BackendAuthOptions,
  backendAuth,
  batches,
  deliveryConfirmations,
  durable,
  encryption,
  memoryStorage,
  type PublishingOptions,
  publishBatches,
  publishing,
  pusherInstance,
  RealtimeClient,
  type RealtimeClientOptions,
  type RealtimeError,
  recoverFromHistory,
  sharedToken,
  statistics,
  userEndpoint,
  webSocketLink,
} from '../../src/index';
import {
  createManualClock,
  createTestServer,
  type ManualClock,
  type TestServer,
} from '../../src/testing/index';
import { MemoryBrowser } from '../fakes/memory-tabs';
import { dialSocketsFrom } from '../fakes/pusher-sockets';
import { socketClass } from '../fakes/socket-class';

/** What a value may need of the place that it boots in. */
interface Place {
  readonly server: TestServer;
  readonly clock: ManualClock;
  readonly browser: MemoryBrowser;
}

/** The options that a value goes into, still to be completed by others. */
interface Plan {
  auth?: Partial<BackendAuthOptions>;
  publish?: Partial<PublishingOptions>;
  client: Partial<RealtimeClientOptions>;
}

function bearer(server: TestServer): Record<string, string> {
  return { authorization: `Bearer ${server.issueToken()}` };
}

/** Every value that is made by a function and goes into a slot, or into another value. */
const values: Readonly<Record<string, (plan: Plan, place: Place) => void>> = {
  backendAuth: (plan) => {
    plan.auth ??= {};
  },
  batches: (plan) => {
    plan.auth = { ...plan.auth, batch: batches() };
  },
  sharedToken: (plan, { browser }) => {
    plan.auth = { ...plan.auth, share: sharedToken({ owner: 'ann', tabs: browser.tab() }) };
  },
  userEndpoint: (plan, { server }) => {
    plan.auth = { ...plan.auth, user: userEndpoint(server.endpoints.user) };
  },
  publishing: (plan) => {
    plan.publish ??= {};
  },
  publishBatches: (plan) => {
    plan.publish = { ...plan.publish, batch: publishBatches() };
  },
  durable: (plan, { browser }) => {
    const outbox = durable({ storage: memoryStorage(), owner: 'ann', tabs: browser.tab() });
    plan.publish = { ...plan.publish, outbox };
  },
  deliveryConfirmations: (plan) => {
    plan.publish = { ...plan.publish, confirm: deliveryConfirmations() };
  },
  statistics: (plan) => {
    plan.client = { ...plan.client, statistics: statistics() };
  },
  encryption: (plan) => {
    plan.client = { ...plan.client, encryption: encryption() };
  },
  recoverFromHistory: (plan, { server }) => {
    plan.client = {
      ...plan.client,
      recover: recoverFromHistory({ endpoint: server.endpoints.history, headers: () => bearer(server) }),
    };
  },
  webSocketLink: (plan, { server }) => {
    const WebSocket = socketClass((url) => server.connect(url));
    plan.client = { ...plan.client, host: 'memory.test', transport: webSocketLink({ WebSocket }) };
  },
  pusherInstance: (plan, { server }) => {
    const { key } = server.options;
    const pusher = new Pusher(key, { cluster: '', wsHost: 'memory.test', enabledTransports: ['ws'] });
    plan.client = { ...plan.client, transport: pusherInstance(pusher as never) };
  },
};

const links = ['webSocketLink', 'pusherInstance'];
/** There is one link, and whoever owns an instance signs its users in. */
const apart = [links, ['userEndpoint', 'pusherInstance']];

const names = Object.keys(values);
const pairs = names
  .flatMap((one, index) => names.slice(index + 1).map((other) => [one, other] as const))
  .filter((pair) => !apart.some((two) => pair.every((name) => two.includes(name))));

let place: Place;
let undo: () => void;

beforeEach(() => {
  const clock = createManualClock();
  const server = createTestServer({ clock });
  place = { clock, server, browser: new MemoryBrowser(clock) };
  undo = dialSocketsFrom((url) => server.connect(url));
});
afterEach(() => {
  undo();
  return place.server.stop();
});

function clientOf(...given: readonly string[]): RealtimeClient {
  const { server } = place;
  const plan: Plan = { client: {} };
  for (const name of given) values[name]?.(plan, place);
  const { key, transport, fetch, clock } = server.options;
  const { endpoints } = server;
  // Without `auth` nothing else brings one.
  const headers = () => bearer(server);
  return new RealtimeClient({
    key,
    transport,
    fetch,
    ...(clock && { clock }),
    ...plan.client,
    ...(plan.auth && {
      auth: backendAuth({ endpoint: endpoints.auth, token: () => server.issueToken(), ...plan.auth }),
    }),
    ...(plan.publish && { publish: publishing({ endpoint: endpoints.publish, headers, ...plan.publish }) }),
  });
}

/** Works with a client of these values until it has done what they are for, and ends it. */
async function live(...given: readonly string[]): Promise<void> {
  const { server, clock } = place;
  const client = clientOf(...given);
  const has = (...some: readonly string[]): boolean => some.some((name) => given.includes(name));
  const errors: RealtimeError[] = [];
  client.on('error', (error) => errors.push(error));
  const done = async <T>(promise: Promise<T>): Promise<T> => {
    await clock.advance(2_000);
    return promise;
  };

  const guarded = has('backendAuth', 'batches', 'sharedToken', 'userEndpoint');
  const publishes = has('publishing', 'publishBatches', 'durable', 'deliveryConfirmations');
  const name = !guarded
    ? 'news'
    : has('encryption') && !has(...links)
      ? 'private-encrypted-news'
      : 'private-news';
  const channel = client.channel(name);
  const heard: unknown[] = [];
  channel.on('said', (payload) => heard.push(payload));
  await done(Promise.all([client.connect(), channel.ready()]));
  expect(client.status.get().state).toBe('connected');

  server.trigger(name, 'said', { from: 'the backend' });
  await clock.advance(100);
  expect(heard).toEqual([{ from: 'the backend' }]);

  if (publishes && name !== 'private-encrypted-news') {
    const { level } = await done(channel.publish('said', { from: 'us' }));
    expect(level).toBe('accepted');
    expect(heard).toContainEqual({ from: 'us' });
  }
  if (has('userEndpoint')) expect(client.user.get()?.id).toBeDefined();
  if (has('statistics')) expect(client.statistics.get().received).toBeGreaterThan(0);
  if (has('recoverFromHistory')) {
    server.drop();
    // pusher-js has timers of its own, on the clock of the machine.
    const asked = async (): Promise<boolean> => {
      await clock.advance(200);
      return server.requests.some(({ path }) => path.includes('history'));
    };
    await expect.poll(asked).toBe(true);
  }
  await done(client.ping());

  client.destroy();
  await clock.advance(1_000);
  expect(errors).toEqual([]);
  expect(server.connections).toEqual([]);
  expect(clock.pending).toBe(0);
}

describe('a client boots, does its work and leaves nothing behind', () => {
  test('with no value at all', () => live());
  test.each(names)('with %s', (name) => live(name));
  test.each(pairs)('with %s and %s', (one, other) => live(one, other));
});
