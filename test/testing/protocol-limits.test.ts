import { describe, expect, test } from 'vitest';
import {
  createManualClock,
  createTestServer,
  type TestAppOptions,
  type TestServer,
} from '../../src/testing/index';
import { signChannel, signUser } from '../../src/testing/signatures';
import { RawClient } from './raw-client';

const credentials = { key: 'app-key', secret: 'app-secret' };

function serverWith(app: TestAppOptions = {}): TestServer {
  return createTestServer({ apps: [app], ids: 'sequential' });
}

const connect = (server: TestServer): Promise<RawClient> => new RawClient(server.connect()).established();

function ask(client: RawClient, channel: string, member?: unknown): void {
  const channel_data = member === undefined ? undefined : JSON.stringify(member);
  const auth = signChannel(credentials, client.socketId, channel, channel_data);
  client.send('pusher:subscribe', { channel, auth, channel_data });
}

async function errorOf(client: RawClient): Promise<unknown> {
  return (await client.next('pusher:error')).data;
}

describe('who may connect', () => {
  test.each<[number, TestAppOptions]>([
    [4000, { tlsOnly: true }],
    [4003, { enabled: false }],
    [4004, { limits: { connections: 0 } }],
  ])('an app can refuse with %i', async (code, app) => {
    await expect(new RawClient(serverWith(app).connect()).closed).resolves.toBe(code);
  });

  test('an app for TLS only takes encrypted connections', async () => {
    const socket = serverWith({ tlsOnly: true }).connect('wss://surewire.test/app/app-key?protocol=7');
    await new RawClient(socket).established();
  });

  test('a full server refuses with 4100 until somebody leaves', async () => {
    const server = createTestServer({ capacity: 1 });
    const first = await connect(server);
    await expect(new RawClient(server.connect()).closed).resolves.toBe(4100);
    first.close();
    await first.closed;
    await connect(server);
  });

  test('several apps keep their channels apart', async () => {
    const server = createTestServer({
      apps: [
        { id: '1', key: 'one' },
        { id: '2', key: 'two' },
      ],
    });
    const one = await new RawClient(server.connect('ws://x.test/app/one?protocol=7')).established();
    const two = await new RawClient(server.connect('ws://x.test/app/two?protocol=7')).established();
    for (const client of [one, two]) await client.subscribe('open');
    server.trigger('open', 'said', {}, { key: 'two' });
    await two.next('said');
    await one.settled();
    expect(one.events).not.toContain('said');
    expect(server.channels.map(({ key }) => key)).toEqual(['one', 'two']);
  });
});

describe('which channels can be had', () => {
  test.each(['', 'with space', 'ünï', 'a/b', 'x'.repeat(165), '#server-to-user-'])(
    'refuses the name "%s"',
    async (channel) => {
      const client = await connect(serverWith());
      client.send('pusher:subscribe', { channel });
      expect(await errorOf(client)).toMatchObject({ code: expect.any(Number) });
      await client.settled();
    },
  );

  test('takes every character that is documented, and 164 of them', async () => {
    const client = await connect(serverWith());
    await client.subscribe('A-z_0=@,.;'.padEnd(164, 'x'));
  });

  test('refuses a second subscription and an unsubscription of nothing, without a code', async () => {
    const client = await connect(serverWith());
    await client.subscribe('open');
    client.send('pusher:subscribe', { channel: 'open' });
    expect(await errorOf(client)).toEqual({ code: null, message: 'Existing subscription to channel open' });
    client.send('pusher:unsubscribe', { channel: 'other' });
    expect(await errorOf(client)).toMatchObject({ code: null });
  });

  test('names the refused channel when told to speak like soketi', async () => {
    const client = await connect(serverWith({ refusals: 'named' }));
    client.send('pusher:subscribe', { channel: 'private-a', auth: 'app-key:00' });
    const refusal = await client.next('pusher:subscription_error');
    expect([refusal.channel, refusal.data]).toEqual(['private-a', expect.objectContaining({ status: 401 })]);
  });

  test.each([
    ['no channel_data', undefined],
    ['no user_id', {}],
    ['an empty user_id', { user_id: '' }],
    ['a user_id that is an object', { user_id: {} }],
    ['a user_id over 128 characters', { user_id: 'x'.repeat(129) }],
    ['a user_info over 1 kB', { user_id: 'u', user_info: 'ü'.repeat(600) }],
  ])('refuses a presence channel for %s', async (_what, member) => {
    const client = await connect(serverWith());
    ask(client, 'presence-a', member);
    expect(await errorOf(client)).toMatchObject({ code: 4300 });
  });

  test('a numeric user_id is the same user as its text', async () => {
    const client = await connect(serverWith());
    ask(client, 'presence-a', { user_id: 10 });
    const { data } = await client.next('pusher_internal:subscription_succeeded');
    expect(data).toMatchObject({ presence: { ids: ['10'] } });
  });

  test('takes a hundred users on a presence channel, and the hundredth again', async () => {
    const server = serverWith({ limits: { presenceMembers: 2 } });
    const clients = [
      await connect(server),
      await connect(server),
      await connect(server),
      await connect(server),
    ];
    for (const [index, user] of ['a', 'b', 'c', 'b'].entries()) {
      const client = clients[index];
      if (client !== undefined) ask(client, 'presence-a', { user_id: user });
    }
    const [, , third, fourth] = clients;
    expect(await third?.next('pusher:error')).toMatchObject({ data: { code: 4300 } });
    await fourth?.next('pusher_internal:subscription_succeeded');
    expect(server.channels[0]?.users).toEqual(['a', 'b']);
  });

  test('a user named __proto__ is a user like any other', async () => {
    const client = await connect(serverWith());
    ask(client, 'presence-a', { user_id: '__proto__', user_info: { name: 'P' } });
    const { frame } = await client.next('pusher_internal:subscription_succeeded');
    expect(frame['data']).toBe(
      '{"presence":{"ids":["__proto__"],"hash":{"__proto__":{"name":"P"}},"count":1}}',
    );
  });
});

describe('client events', () => {
  async function pair(app?: TestAppOptions): Promise<[RawClient, RawClient]> {
    const server = serverWith(app);
    const clients: [RawClient, RawClient] = [await connect(server), await connect(server)];
    for (const client of clients) {
      ask(client, 'private-a');
      await client.next('pusher_internal:subscription_succeeded');
    }
    return clients;
  }

  test('ten in a second pass, the eleventh is refused with 4301, and the second after that passes again', async () => {
    const clock = createManualClock();
    const server = createTestServer({ clock });
    const [one, two] = [await connect(server), await connect(server)];
    for (const client of [one, two]) {
      ask(client, 'private-a');
      await client.next('pusher_internal:subscription_succeeded');
    }
    for (let index = 0; index < 11; index += 1) one.send('client-tick', { index }, 'private-a');
    expect(await errorOf(one)).toEqual({
      code: 4301,
      message: 'Client event rejected - rate limit exceeded',
    });
    await two.settled();
    expect(two.events.filter((event) => event === 'client-tick')).toHaveLength(10);
    await clock.advance(1_000);
    one.send('client-tick', {}, 'private-a');
    await two.next('client-tick');
  });

  test.each([
    ['an event without the prefix', 'wave', {}, 'private-a'],
    ['an event name over 200 characters', `client-${'x'.repeat(200)}`, {}, 'private-a'],
    ['data over 10,240 bytes', 'client-wave', 'ü'.repeat(5_121), 'private-a'],
    ['a channel that was not subscribed', 'client-wave', {}, 'private-b'],
    ['a channel named like a property', 'client-wave', {}, 'constructor'],
    ['no channel', 'client-wave', {}, undefined],
  ])('refuses %s with 4301', async (_what, event, data, channel) => {
    const [one, two] = await pair();
    one.send(event, data, channel);
    expect(await errorOf(one)).toMatchObject({ code: 4301 });
    await two.settled();
    expect(two.events).not.toContain(event);
  });

  test('an app can have them switched off', async () => {
    const [one] = await pair({ clientEvents: false });
    one.send('client-wave', {}, 'private-a');
    expect(await errorOf(one)).toMatchObject({ code: 4301 });
  });
});

describe('signing in', () => {
  const signIn = (client: RawClient, user: object): void => {
    const user_data = JSON.stringify(user);
    client.send('pusher:signin', { user_data, auth: signUser(credentials, client.socketId, user_data) });
  };

  test('a bad signature, a missing id and a change of user are refused, and the connection stays', async () => {
    const client = await connect(serverWith());
    client.send('pusher:signin', { user_data: '{"id":"u"}', auth: 'app-key:00' });
    expect(await errorOf(client)).toMatchObject({ code: null });
    signIn(client, { name: 'nobody' });
    expect(await errorOf(client)).toMatchObject({ code: null });
    signIn(client, { id: 'u' });
    await client.next('pusher:signin_success');
    signIn(client, { id: 'v' });
    expect(await errorOf(client)).toMatchObject({ code: null });
  });

  test("nobody hears another user's channel", async () => {
    const client = await connect(serverWith());
    client.send('pusher:subscribe', { channel: '#server-to-user-u' });
    expect(await errorOf(client)).toMatchObject({ code: null });
  });

  test('joins presence channels as the user who signed in', async () => {
    const client = await connect(serverWith());
    signIn(client, { id: 'u', user_info: { name: 'U' } });
    ask(client, 'presence-a');
    const { data } = await client.next('pusher_internal:subscription_succeeded');
    expect(data).toMatchObject({ presence: { hash: { u: { name: 'U' } } } });
  });

  test('a watchlist over 100 is cut with 4302, and the sign-in holds', async () => {
    const client = await connect(serverWith());
    signIn(client, { id: 'u', watchlist: Array.from({ length: 101 }, (_, index) => `w${index}`) });
    await client.next('pusher:signin_success');
    const states = await client.next('pusher_internal:watchlist_events');
    expect(states.data).toEqual({
      events: [{ name: 'offline', user_ids: expect.objectContaining({ length: 100 }) }],
    });
    expect(await errorOf(client)).toMatchObject({ code: 4302 });
  });

  test('watchers hear of the first connection of a user and of the end of the last', async () => {
    const server = serverWith();
    const [watcher, tab, otherTab] = [await connect(server), await connect(server), await connect(server)];
    signIn(watcher, { id: 'w', watchlist: ['u'] });
    await watcher.next('pusher_internal:watchlist_events');
    signIn(tab, { id: 'u' });
    signIn(otherTab, { id: 'u' });
    await otherTab.next('pusher:signin_success');
    tab.close();
    await tab.closed;
    await watcher.settled();
    expect(watcher.frames.at(-2)?.data).toEqual({ events: [{ name: 'online', user_ids: ['u'] }] });
    otherTab.close();
    await otherTab.closed;
    await watcher.settled();
    const news = watcher.frames.filter(({ event }) => event === 'pusher_internal:watchlist_events');
    expect(news.map(({ data }) => data)).toEqual([
      { events: [{ name: 'offline', user_ids: ['u'] }] },
      { events: [{ name: 'online', user_ids: ['u'] }] },
      { events: [{ name: 'offline', user_ids: ['u'] }] },
    ]);
  });
});

describe('as time passes', () => {
  test('a silent client is pinged, and closed with 4201 when it stays silent', async () => {
    const clock = createManualClock();
    const client = await connect(createTestServer({ clock }));
    await clock.advance(149_999);
    expect(client.events).not.toContain('pusher:ping');
    await clock.advance(1);
    expect(client.events).toContain('pusher:ping');
    await clock.advance(30_000);
    await expect(client.closed).resolves.toBe(4201);
  });

  test('a client that answers the ping lives', async () => {
    const clock = createManualClock();
    const server = createTestServer({ clock });
    const client = await connect(server);
    for (let round = 0; round < 3; round += 1) {
      await clock.advance(150_000);
      client.send('pusher:pong', {});
      await clock.settle();
    }
    expect(server.connections).toHaveLength(1);
    expect(client.events.filter((event) => event === 'pusher:ping')).toHaveLength(3);
  });

  test('a cached event is forgotten after thirty minutes', async () => {
    const clock = createManualClock();
    const server = createTestServer({ clock });
    server.trigger('cache-a', 'state', { n: 1 });
    await clock.advance(30 * 60_000 - 1);
    const client = await connect(server);
    await client.subscribe('cache-a');
    await client.next('state');
    client.send('pusher:unsubscribe', { channel: 'cache-a' });
    await clock.advance(1);
    await client.subscribe('cache-a');
    await client.next('pusher:cache_miss');
  });

  test('with many subscribers the count is told at most every five seconds', async () => {
    const clock = createManualClock();
    const server = createTestServer({ clock, apps: [{ subscriptionCount: true }] });
    const first = await connect(server);
    await first.subscribe('open');
    for (let index = 0; index < 104; index += 1) await (await connect(server)).subscribe('open');
    await first.settled();
    const counts = (): unknown[] =>
      first.frames
        .filter(({ event }) => event === 'pusher_internal:subscription_count')
        .map(({ data }) => data);
    expect(counts()).toHaveLength(100);
    await clock.advance(5_000);
    expect(counts()).toHaveLength(101);
    expect(counts().at(-1)).toEqual({ subscription_count: 105 });
  });
});

test.each([
  { activityTimeout: Number.POSITIVE_INFINITY },
  { activityTimeout: 5_000_000 },
  { pongTimeout: 2 ** 31 },
])(
  'a silence of more than a month, %j, is waited for in one go, and not looked at each millisecond',
  async (app) => {
    const warnings: unknown[] = [];
    const warned = (warning: Error): void => void warnings.push(warning.name);
    process.on('warning', warned);
    const server = createTestServer({ apps: [app] });
    const client = await connect(server);
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.off('warning', warned);
    expect(warnings).toEqual([]);
    expect(client.events).not.toContain('pusher:ping');
    await server.stop();
  },
);

test('who lifts the limit of client events gets as many as they like, at the price of each alone', async () => {
  const server = createTestServer({
    apps: [{ limits: { clientEventsPerSecond: Number.POSITIVE_INFINITY } }],
  });
  const client = await connect(server);
  await client.subscribe('private-room', { auth: signChannel(credentials, client.socketId, 'private-room') });
  const began = performance.now();
  for (let count = 0; count < 40_000; count += 1) client.send('client-moved', {}, 'private-room');
  await client.settled();
  expect(client.events).not.toContain('pusher:error');
  // Looking at all others of that second each time took 25 s.
  expect(performance.now() - began).toBeLessThan(12_000);
});
