import { afterEach, describe, expect, test } from 'vitest';
import {
  defineChannels,
  event,
  RealtimeClient,
  type RealtimeError,
  type SubscriptionState,
} from '../../src/index';
import { createTestClient, createTestServer, type TestClientOptions } from '../../src/testing/index';

const channels = defineChannels({
  news: { said: event<number>() },
  '{name}': { said: event<number>() },
  'private-{name}': { said: event<number>() },
  'private-encrypted-{name}': { said: event<{ n: number }>() },
});

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function setup(options: Omit<TestClientOptions<typeof channels>, 'channels'> = {}) {
  const all = createTestClient({ channels, ...options });
  const errors: RealtimeError[] = [];
  all.client.on('error', (error) => errors.push(error));
  ends.push(() => all.client.destroy());
  const states = (...names: string[]): SubscriptionState[] =>
    names.map((name) => all.client.channel(name).subscription.get().state);
  const authorizations = (): unknown[] => all.server.requests.filter(({ path }) => path === '/pusher/auth');
  return { ...all, errors, states, authorizations };
}

describe('subscriptions', () => {
  test('40 private channels come back after a drop, six authorizations at a time, over two seconds', async () => {
    let now = 0;
    let most = 0;
    const server = createTestServer();
    const { client, clock } = setup({
      ...server.options,
      server: {},
      fetch: async (address, init) => {
        now += 1;
        most = Math.max(most, now);
        try {
          await Promise.resolve();
          return await server.fetch(address, init);
        } finally {
          now -= 1;
        }
      },
    });
    const names = Array.from({ length: 40 }, (_, index) => `private-c${index}`);
    for (const name of names) client.channel(name as 'private-c0').hold();
    await clock.settle();
    await clock.settle();
    expect(server.connections[0]?.channels).toHaveLength(40);
    expect(most).toBe(6);
    server.drop();
    await clock.advance(1_000);
    await clock.advance(2_000);
    await clock.settle();
    expect(server.connections[0]?.channels).toHaveLength(40);
    expect(most).toBe(6);
    await server.stop();
  });

  test('a server that does not name whom it refuses: the others are subscribed, the one is told, nobody asks for ever', async () => {
    const { client, server, clock, errors, authorizations } = setup({
      fetch: async (address, init) => {
        const answer = await server.fetch(address, init);
        if (!String(init?.body).includes('private-bad')) return answer;
        return Response.json({ auth: 'app-key:00' });
      },
    });
    const names = ['private-a', 'private-bad', 'private-b', 'private-c'] as const;
    for (const name of names) client.channel(name).hold();
    const refused = client.channel('private-bad').ready();
    await expect(refused).rejects.toMatchObject({
      name: 'SubscriptionError',
      message: expect.stringContaining('private-bad'),
      retryable: false,
    });
    await clock.settle();
    expect(names.map((name) => client.channel(name).subscription.get().state)).toEqual([
      'subscribed',
      'refused',
      'subscribed',
      'subscribed',
    ]);
    const asked = authorizations().length;
    await clock.advance(120_000);
    expect(authorizations()).toHaveLength(asked);
    // Nor of what follows from it: that there is no subscription to end.
    expect(errors.map(({ code }) => code)).toEqual(['subscription']);
  });

  test('a 403 is final, also over a reconnect, until connect()', async () => {
    const { client, server, clock, authorizations, states } = setup();
    server.rejectAuth(403);
    client.channel('private-a').hold();
    await clock.settle();
    expect(states('private-a')).toEqual(['refused']);
    server.drop();
    await clock.advance(60_000);
    expect(authorizations()).toHaveLength(1);
    void client.connect();
    await clock.settle();
    expect(states('private-a')).toEqual(['subscribed']);
  });

  test('an endpoint that is down for a while costs time and one report, an endpoint that hangs as well', async () => {
    const { client, server, clock, errors, states } = setup();
    server.rejectAuth(503, 3);
    server.hangAuth(1);
    client.channel('private-a').hold();
    await clock.advance(60_000);
    expect(states('private-a')).toEqual(['subscribed']);
    expect(errors.filter(({ code }) => code === 'subscription')).toMatchObject([{ status: 503 }]);
  });

  test('what is unsubscribed while it is authorized and cut off stays away', async () => {
    const { client, server, clock } = setup();
    const stopHanging = server.hangAuth(1);
    const stop = client.channel('private-a').hold();
    const other = client.channel('news').hold();
    await clock.settle();
    stop();
    await clock.advance(500);
    server.drop();
    await clock.advance(30_000);
    stopHanging();
    await clock.advance(30_000);
    expect(server.connections[0]?.channels).toEqual(['news']);
    other();
  });

  test('integer-like names and names of object parts are channels like any other', async () => {
    const { client, server, clock } = setup();
    const heard: string[] = [];
    const names = ['zebra', '42', '7', '__proto__', 'constructor', 'hasOwnProperty'];
    for (const name of names)
      client.channel(name as 'news').on('said', (_, { channel }) => heard.push(channel));
    await clock.settle();
    server.drop();
    await clock.advance(30_000);
    for (const name of names) server.trigger(name, 'said', 1);
    await clock.settle();
    expect(heard).toEqual(names);
    expect(Object.keys(client.statistics.get().channels).sort()).toEqual([...names].sort());
  });

  test('thousands of channels are held, heard and let go', async () => {
    const { client, server, clock } = setup();
    let heard = 0;
    const stops = Array.from({ length: 2_000 }, (_, index) =>
      client.channel(`c-${index}` as 'news').on('said', () => void heard++),
    );
    await clock.settle();
    expect(server.connections[0]?.channels).toHaveLength(2_000);
    for (let index = 0; index < 2_000; index += 100) server.trigger(`c-${index}`, 'said', index);
    await clock.settle();
    expect(heard).toBe(20);
    for (const stop of stops) stop();
    client.destroy();
    await clock.settle();
    expect(server.connections).toEqual([]);
  });
});

describe('listeners in the middle of a message', () => {
  test('may publish, let go and hold again', async () => {
    const { client, server, clock } = setup();
    const heard: number[] = [];
    const news = client.channel('news');
    const stop = news.on('said', (payload) => {
      stop();
      heard.push(payload);
      void client.publish('news', 'said', 2);
      news.on('said', (next) => heard.push(next));
    });
    await clock.settle();
    server.trigger('news', 'said', 1);
    await clock.advance(3_000);
    expect(heard).toEqual([1, 2]);
  });

  test('may destroy the client: nobody hears anything after that', async () => {
    const { client, server, clock } = setup();
    const heard: string[] = [];
    const news = client.channel('news');
    news.on('said', () => {
      heard.push('first');
      client.destroy();
    });
    news.on('said', () => heard.push('second'));
    news.onAny(() => heard.push('any'));
    client.on('message', () => heard.push('client'));
    await clock.settle();
    server.trigger('news', 'said', 1);
    server.trigger('news', 'said', 2);
    await clock.settle();
    expect(heard).toEqual(['first']);
    expect(server.connections).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test('that throw are reported, and the next message is heard all the same', async () => {
    const { client, server, clock, errors } = setup();
    let heard = 0;
    client.channel('news').on('said', () => {
      heard += 1;
      throw Object.create(null);
    });
    await clock.settle();
    server.trigger('news', 'said', 1);
    server.trigger('news', 'said', 2);
    await clock.settle();
    expect(heard).toBe(2);
    expect(errors.map(({ code }) => code)).toEqual(['listener', 'listener']);
  });
});

test('an encrypted channel is opened with the cryptography of pusher-js itself, over real sockets', async () => {
  const server = createTestServer();
  const listening = await server.listen({ port: 0 });
  ends.push(() => listening.close());
  const client = new RealtimeClient({ ...listening.options, channels });
  ends.push(() => client.destroy());
  const vault = client.channel('private-encrypted-vault');
  const next = vault.once('said', { timeout: 60_000 });
  await vault.ready({ timeout: 60_000 });
  server.trigger('private-encrypted-vault', 'said', { n: 7 });
  expect(await next).toEqual({ n: 7 });
});
