import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RealtimeClient, webSocketLink } from '../../src/index';
import { HandSocket } from '../fakes/hand-socket';
import { cpuTime } from '../setup/cpu-time';

beforeEach(() => {
  HandSocket.all = [];
});
afterEach(() => {
  vi.useRealTimers();
});

const events = [
  'pusher:connection_established',
  'pusher:error',
  'pusher:ping',
  'pusher:pong',
  'pusher:signin_success',
  'pusher:subscription_error',
  'pusher:cache_miss',
  'pusher_internal:subscription_succeeded',
  'pusher_internal:subscription_count',
  'pusher_internal:member_added',
  'pusher_internal:member_removed',
  'client-typing',
  'said',
  '__proto__',
  'toString',
];
const names = ['news', 'presence-room', 'private-a', 'private-encrypted-a', '__proto__', ''];
const keys = [
  ...['event', 'channel', 'data', 'user_id', 'message_id', 'code', 'message', 'error', 'status', 'type'],
  ...['presence', 'ids', 'hash', 'count', 'user_info', 'user_data', 'id', 'socket_id', 'activity_timeout'],
  ...['ciphertext', 'nonce', '__proto__', 'constructor', 'toString', 'valueOf', 'length', 'then', 'toJSON'],
];
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      4009,
      4301,
      1e308,
      '',
      '1.1',
      '[]',
      '{}',
      'null',
      '"x"',
      ...names,
    ),
    fc.string(),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...keys), tie('any'), { maxKeys: 5 }),
    tie('any').map((inner) => JSON.stringify(inner)),
  ),
})).any;
const frame = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record(
        {
          event: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...events) }, value),
          channel: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...names) }, value),
          data: value,
          user_id: value,
          message_id: value,
        },
        { requiredKeys: ['event'] },
      )
      .map((fields) => JSON.stringify(fields)),
  },
  { weight: 1, arbitrary: fc.string() },
  { weight: 1, arbitrary: value },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(undefined, null, 7, new ArrayBuffer(3), new Uint8Array(2)),
  },
);

describe('whatever a server sends', () => {
  let heardAfter = 0;

  test('nothing gets out of the handler of the socket, and the client goes on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 30 }), async (frames) => {
        const client = new RealtimeClient({
          key: 'key',
          host: 'server.test',
          transport: webSocketLink({ WebSocket: HandSocket }),
        });
        client.on('error', () => {});
        const dials = HandSocket.all.length;
        const heard: unknown[] = [];
        for (const name of ['news', 'presence-room', 'steady'])
          client.channel(name).on('said', (data) => heard.push(data));
        await vi.waitFor(() => expect(HandSocket.all.length).toBeGreaterThan(dials), {
          timeout: 60_000,
          interval: 1,
        });
        const socket = HandSocket.last;
        socket.welcome();
        for (const each of frames) socket.onmessage?.({ data: each });
        if (socket.readyState === 1) {
          heard.length = 0;
          socket.say({ event: 'pusher_internal:subscription_succeeded', channel: 'steady', data: {} });
          socket.say({ event: 'said', channel: 'steady', data: 'still here', message_id: 'unheard of' });
          // A refusal without a name may have been about this channel.
          const { state } = client.channel('steady').subscription.get();
          expect(heard).toEqual(state === 'subscribed' ? ['still here'] : []);
          heardAfter += heard.length;
        }
        client.destroy();
      }),
      { numRuns: 500 },
    );
    expect(heardAfter).toBeGreaterThan(200);
  });

  test.each([
    [
      'nesting',
      () => `{"event":"said","channel":"news","data":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
    ],
    [
      'a long text',
      () => JSON.stringify({ event: 'pusher:error', data: { code: 4301, message: 'rate '.repeat(1e6) } }),
    ],
    [
      'a long sentence of a signature',
      () =>
        JSON.stringify({
          event: 'pusher:error',
          data: { code: null, message: `Invalid signature ${' digest of :'.repeat(5e5)}` },
        }),
    ],
    [
      'a long id',
      () => JSON.stringify({ event: 'said', channel: 'news', data: 1, message_id: 'x'.repeat(5e6) }),
    ],
    [
      'a million members',
      () =>
        JSON.stringify({
          event: 'pusher_internal:subscription_succeeded',
          channel: 'presence-room',
          data: { presence: { ids: Array.from({ length: 1e6 }, (_, index) => index) } },
        }),
    ],
    [
      'more than any server sends',
      () => JSON.stringify({ event: 'said', channel: 'news', data: 'x'.repeat(17e6) }),
    ],
  ])('%s costs its own length and no more', async (_, make) => {
    const client = new RealtimeClient({
      key: 'key',
      host: 'server.test',
      transport: webSocketLink({ WebSocket: HandSocket }),
    });
    const errors: string[] = [];
    client.on('error', (error) => errors.push(error.message));
    client.channel('news').hold();
    await vi.waitFor(() => expect(HandSocket.all).toHaveLength(1), 60_000);
    HandSocket.last.welcome();
    const text = make();
    const socket = HandSocket.last;
    expect(await cpuTime(() => socket.onmessage?.({ data: text }))).toBeLessThan(5_000);
    for (const message of errors) expect(message.length).toBeLessThan(700);
    expect(client.status.get().state).toBe('connected');
    client.destroy();
  });
});
