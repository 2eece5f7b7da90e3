import { describe, expect, test } from 'vitest';
import { md5Hex } from '../../src/testing/cryptography';
import { createManualClock, createTestServer, type TestAppOptions } from '../../src/testing/index';
import { signRequest } from '../../src/testing/signatures';
import { RawClient } from './raw-client';

const clock = createManualClock();

interface Call {
  readonly method?: string;
  readonly body?: unknown;
  /** Parameters that are signed with the others; `undefined` leaves one out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
}

function start(app: TestAppOptions = {}): {
  call: (path: string, options?: Call) => Promise<[number, unknown]>;
  connect: () => Promise<RawClient>;
  trigger: (channel: string) => void;
} {
  const server = createTestServer({ clock, apps: [app] });
  return {
    trigger: (channel) => void server.trigger(channel, 'said', { n: 1 }),
    connect: () => new RawClient(server.connect()).established(),
    call: async (path, { method, body, query } = {}) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const verb = method ?? (text === '' ? 'GET' : 'POST');
      const url = new URL(path, 'http://surewire.test');
      const parameters = {
        auth_key: 'app-key',
        auth_timestamp: String(clock.now() / 1000),
        auth_version: '1.0',
        body_md5: text === '' ? undefined : md5Hex(text),
        ...query,
      };
      for (const [name, value] of Object.entries(parameters)) {
        if (value !== undefined) url.searchParams.set(name, value);
      }
      const signature = signRequest('app-secret', verb, url.pathname, url.searchParams);
      url.searchParams.set('auth_signature', signature);
      const answer = await server.fetch(url, { method: verb, ...(text === '' ? {} : { body: text }) });
      const content = await answer.text();
      return [
        answer.status,
        answer.headers.get('content-type') === 'application/json' ? JSON.parse(content) : content,
      ];
    },
  };
}

const event = { name: 'said', channel: 'open', data: '{}' };
const now = clock.now() / 1000;

describe('who may call', () => {
  test.each([
    ['is 600 seconds old', 200, { auth_timestamp: String(now - 600) }],
    ['is 601 seconds old', 401, { auth_timestamp: String(now - 601) }],
    ['is 601 seconds early', 401, { auth_timestamp: String(now + 601) }],
    ['has no timestamp', 401, { auth_timestamp: undefined }],
    ['has another version', 401, { auth_version: '2.0' }],
    ["has another app's key", 401, { auth_key: 'other' }],
    ['has no MD5 of its body', 401, { body_md5: undefined }],
    ['has the MD5 of another body', 401, { body_md5: md5Hex('other') }],
  ])('a signed call that %s is answered %i', async (_what, status, query) => {
    expect((await start().call('/apps/app-id/events', { body: event, query }))[0]).toBe(status);
  });

  test('an unknown app is 404, a disabled one 403', async () => {
    expect((await start().call('/apps/other/channels'))[0]).toBe(404);
    expect((await start({ enabled: false }).call('/apps/app-id/channels'))[0]).toBe(403);
  });
});

describe('what can be triggered', () => {
  test.each([
    ['no name', { ...event, name: undefined }],
    ['a name over 200 characters', { ...event, name: 'x'.repeat(201) }],
    ['data that is no text', { ...event, data: {} }],
    ['no channel', { ...event, channel: undefined }],
    ['no channels', { ...event, channel: undefined, channels: [] }],
    ['101 channels', { ...event, channels: Array.from({ length: 101 }, (_, index) => `c${index}`) }],
    [
      'an encrypted channel among others',
      { ...event, channel: undefined, channels: ['private-encrypted-a', 'private-encrypted-b'] },
    ],
    ['a channel that cannot be', { ...event, channel: 'a b' }],
    ['a socket_id that is none', { ...event, socket_id: '1' }],
    ['an unknown attribute', { ...event, info: 'weather' }],
  ])('%s is 400', async (_what, body) => {
    expect((await start().call('/apps/app-id/events', { body }))[0]).toBe(400);
  });

  test('parameters may be in the query', async () => {
    const { call, connect } = start();
    const client = await connect();
    await client.subscribe('b');
    const query = { name: 'said', data: '{"n":1}', 'channels[]': 'b' };
    expect(await call('/apps/app-id/events', { method: 'POST', query })).toEqual([200, {}]);
    expect((await client.next('said')).data).toEqual({ n: 1 });
  });

  test('one bad event of a batch stops the whole batch', async () => {
    const { call, connect } = start();
    const client = await connect();
    await client.subscribe('open');
    const batch = [event, { ...event, data: 'x'.repeat(10_241) }];
    expect((await call('/apps/app-id/batch_events', { body: { batch } }))[0]).toBe(413);
    await client.settled();
    expect(client.events).not.toContain('said');
  });

  test('a batch tells the attributes of each event in its place', async () => {
    const { call, connect } = start({ subscriptionCount: true });
    await (await connect()).subscribe('open');
    const batch = [{ ...event, info: 'subscription_count' }, event];
    expect(await call('/apps/app-id/batch_events', { body: { batch } })).toEqual([
      200,
      { batch: [{ subscription_count: 1 }, {}] },
    ]);
  });
});

describe('what can be asked', () => {
  test.each([
    ['/apps/app-id/channels', 'user_count'],
    ['/apps/app-id/channels', 'subscription_count'],
    ['/apps/app-id/channels/open', 'user_count'],
    ['/apps/app-id/channels/open', 'subscription_count'],
    ['/apps/app-id/channels/open', 'cache'],
    ['/apps/app-id/channels/presence-a', 'subscription_count'],
  ])('%s does not know %s, unless the app has it and the channel is of the kind', async (path, info) => {
    expect((await start().call(path, { query: { info } }))[0]).toBe(400);
  });

  test('a channel is occupied or not, with the attributes that it has', async () => {
    const { call, connect, trigger } = start({ subscriptionCount: true });
    trigger('cache-a');
    expect(
      await call('/apps/app-id/channels/cache-a', { query: { info: 'subscription_count,cache' } }),
    ).toEqual([200, { occupied: false, subscription_count: 0, cache: { data: '{"n":1}', ttl: 1_800 } }]);
    await (await connect()).subscribe('cache-a');
    expect(await call('/apps/app-id/channels/cache-a')).toEqual([200, { occupied: true }]);
    expect(await call('/apps/app-id/channels/cache-b', { query: { info: 'cache' } })).toEqual([
      200,
      { occupied: false, cache: null },
    ]);
  });

  test('terminating a user who is not there is fine', async () => {
    const path = '/apps/app-id/users/nobody/terminate_connections';
    expect(await start().call(path, { method: 'POST' })).toEqual([200, {}]);
  });
});
