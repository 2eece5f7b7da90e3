import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { md5Hex } from '../../src/testing/cryptography';
import { createTestServer } from '../../src/testing/index';
import { signChannel, signRequest, signUser } from '../../src/testing/signatures';
import { RawClient } from './raw-client';

const credentials = { key: 'app-key', secret: 'app-secret' };
const traps = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', ''];

/** Any JSON, with names among its keys that lead somewhere in JavaScript. */
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.jsonValue(),
    fc.constantFrom(...traps),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...traps), fc.string()), tie('value'), { maxKeys: 3 }),
  ),
})).value;

const channel = fc.oneof(
  fc.constantFrom(
    'open',
    'private-a',
    'presence-a',
    'private-encrypted-a',
    'cache-a',
    '#server-to-user-u',
    ...traps,
  ),
  fc.string({ maxLength: 200, unit: 'binary' }),
  json,
);
const event = fc.oneof(
  fc.constantFrom(
    'pusher:subscribe',
    'pusher:unsubscribe',
    'pusher:signin',
    'pusher:ping',
    'pusher:pong',
    'pusher:nonsense',
    'pusher_internal:member_added',
    'client-wave',
    ...traps,
  ),
  fc.string({ maxLength: 300 }),
  json,
);
const memberData = fc.oneof(
  fc.record({ user_id: json, user_info: json }, { requiredKeys: [] }).map((value) => JSON.stringify(value)),
  fc.string(),
  json,
);
const userData = fc
  .record({ id: fc.oneof(fc.constantFrom('u', ...traps), json), user_info: json, watchlist: json })
  .map((value) => JSON.stringify(value));

/** A frame of the right shape with anything in its fields; `signed` says whether its signatures are made to fit. */
const frame = fc.record(
  {
    event,
    channel,
    data: fc.oneof(
      json,
      fc.record({ channel, auth: json, channel_data: memberData, user_data: userData }, { requiredKeys: [] }),
    ),
    signed: fc.boolean(),
  },
  { requiredKeys: ['event'] },
);

const input = fc.oneof(
  frame,
  fc.string({ unit: 'binary' }),
  json.map((value) => JSON.stringify(value)),
);

type Input = typeof input extends fc.Arbitrary<infer Item> ? Item : never;

function textOf(client: RawClient, item: Input): string {
  if (typeof item === 'string') return item;
  const { signed, ...content } = item;
  if (!signed || typeof content.data !== 'object' || content.data === null) return JSON.stringify(content);
  const { channel: name, channel_data, user_data }: Record<string, unknown> = { ...content.data };
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const memberText = typeof channel_data === 'string' ? channel_data : undefined;
  const auth =
    content.event === 'pusher:signin'
      ? signUser(credentials, client.socketId, text(user_data))
      : signChannel(credentials, client.socketId, text(name), memberText);
  return JSON.stringify({ ...content, data: { ...content.data, auth } });
}

describe('whatever clients send', () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  beforeEach(() => {
    process.on('uncaughtException', note);
    process.on('unhandledRejection', note);
  });
  afterEach(() => {
    process.off('uncaughtException', note);
    process.off('unhandledRejection', note);
    expect(unhandled.splice(0)).toEqual([]);
  });

  test('over the socket, the server goes on for them and for others', { timeout: 180_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(input, { minLength: 1, maxLength: 20 }), async (items) => {
        const server = createTestServer({
          apps: [{ subscriptionCount: true, webhooks: [{ leaveDelay: 0 }] }],
        });
        const other = await new RawClient(server.connect()).established();
        await other.subscribe('open');
        const client = await new RawClient(server.connect()).established();
        for (const item of items) client.sendRaw(textOf(client, item));
        await client.settled();
        client.close();
        await client.closed;
        server.trigger('open', 'said', {});
        await other.next('said');
        expect(server.connections).toHaveLength(1);
        expect(server.channels.map(({ name }) => name)).toEqual(['open']);
        expect(Object.keys(Object.prototype)).toEqual([]);
        await server.stop();
      }),
      { numRuns: 300 },
    );
  });

  test('over HTTP, they get an answer', { timeout: 180_000 }, async () => {
    const server = createTestServer();
    const endpoint = fc.constantFrom(
      '/pusher/auth',
      '/pusher/user-auth',
      '/realtime/trigger',
      '/realtime/history',
      '/apps/app-id/events',
      '/apps/app-id/batch_events',
      '/apps/app-id/channels',
      '/apps/app-id/channels/%E0%A4%A',
      '/apps/app-id/channels/presence-a/users',
      '/apps/app-id/users/__proto__/terminate_connections',
      '/apps/__proto__/events',
      '/__proto__',
      '/',
    );
    const body = fc.oneof(
      json,
      fc.record(
        {
          socket_id: fc.oneof(fc.constant('1.1'), json),
          channel_name: channel,
          name: event,
          event,
          channel,
          channels: fc.oneof(fc.array(channel, { maxLength: 4 }), json),
          data: json,
          info: fc.oneof(fc.constantFrom('user_count', 'subscription_count,cache', '__proto__'), json),
          batch: fc.oneof(fc.array(fc.record({ name: event, channel, data: json }), { maxLength: 12 }), json),
          id: json,
        },
        { requiredKeys: [] },
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        endpoint,
        fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
        fc.oneof(
          body.map((value) => JSON.stringify(value)),
          fc.string({ unit: 'binary' }),
        ),
        fc.dictionary(fc.string({ minLength: 1 }), fc.string(), { maxKeys: 3 }),
        fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/plain', 'nonsense'),
        async (path, method, text, query, type) => {
          const sent = method === 'GET' ? '' : new TextDecoder().decode(new TextEncoder().encode(text));
          const url = new URL(path, 'http://surewire.test');
          for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
          url.searchParams.set('auth_key', 'app-key');
          url.searchParams.set('auth_timestamp', String(Math.floor(Date.now() / 1000)));
          url.searchParams.set('auth_version', '1.0');
          if (sent !== '') url.searchParams.set('body_md5', md5Hex(sent));
          const signature = signRequest('app-secret', method, url.pathname, url.searchParams);
          url.searchParams.set('auth_signature', signature);
          const answer = await server.fetch(url, {
            method,
            headers: { authorization: `Bearer ${server.issueToken()}`, 'content-type': type },
            ...(sent === '' ? {} : { body: sent }),
          });
          await answer.text();
          expect(answer.status).toBeGreaterThanOrEqual(200);
          expect(answer.status).toBeLessThan(500);
        },
      ),
      { numRuns: 500 },
    );
    await new RawClient(server.connect()).established();
  });

  test.each([
    [
      'nested deeper than the stack',
      `{"event":"client-wave","channel":"private-a","data":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
    ],
    ['with a name of a megabyte', JSON.stringify({ event: 'x'.repeat(1_000_000) })],
    ['with a lone surrogate', '{"event":"client-wave","channel":"private-a","data":"\\ud800"}'],
    ['with a million keys', `{${Array.from({ length: 50_000 }, (_, index) => `"${index}":0`).join()}}`],
  ])('a frame %s harms nobody', async (_what, text) => {
    const server = createTestServer();
    const [one, two] = [
      await new RawClient(server.connect()).established(),
      await new RawClient(server.connect()).established(),
    ];
    for (const client of [one, two]) {
      await client.subscribe('private-a', { auth: signChannel(credentials, client.socketId, 'private-a') });
    }
    one.sendRaw(text);
    await one.settled();
    await two.settled();
  });

  test('a deeply nested body of a request is refused', async () => {
    const server = createTestServer();
    const nested = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const answer = await server.fetch('/realtime/trigger', {
      method: 'POST',
      headers: { authorization: `Bearer ${server.issueToken()}` },
      body: `{"channel":"open","event":"said","data":${nested}}`,
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
  });
});
