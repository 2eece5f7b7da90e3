import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { defineChannels, type RealtimeMessage } from '../../src/index';
import { ProtocolTransport } from '../../src/link/transport';
import { ChannelsWorld } from '../fakes/channels-world';
import { ManualClock } from '../fakes/manual-clock';
import { ProtocolLink } from '../fakes/protocol-link';

const channels = [
  'news',
  '__proto__',
  'private-a',
  'presence-room',
  'private-encrypted-vault',
  'unknown',
  '',
];
const events = [
  'said',
  '__proto__',
  'client-ack',
  'ack',
  'client-said',
  'pusher:error',
  'pusher:signin_success',
  'pusher:subscription_error',
  'pusher:cache_miss',
  'pusher:pong',
  'pusher:connection_established',
  'pusher_internal:subscription_succeeded',
  'pusher_internal:member_added',
  'pusher_internal:member_removed',
  'pusher_internal:subscription_count',
];

const deep = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
const value = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>('', 'null', '{', '"', '{"__proto__":{"x":1}}', Number.NaN, -1, 2 ** 53),
  fc.constantFrom<unknown>(deep(10), deep(2_000), Object.create(null)),
);
/** Shapes that servers send, with anything inside. */
const shaped = fc.oneof(
  fc.record({ presence: fc.record({ count: value, ids: value, hash: value }, { requiredKeys: [] }) }),
  fc.record({ presence: fc.record({ ids: fc.array(value), hash: fc.dictionary(fc.string(), value) }) }),
  fc.record({ user_id: value, user_info: value }, { requiredKeys: [] }),
  fc.record({ code: value, message: value, error: value, status: value, type: value }, { requiredKeys: [] }),
  fc.record({ id: value, ids: value, receiver: value, 'surewire:confirm': value }, { requiredKeys: [] }),
  fc.record({ nonce: value, ciphertext: value }, { requiredKeys: [] }),
  value,
);
const frame = fc.record(
  {
    event: fc.oneof(fc.constantFrom<unknown>(...events), value),
    channel: fc.oneof(fc.constantFrom<unknown>(...channels), value),
    data: fc.oneof(shaped, shaped.map(written)),
    user_id: value,
    message_id: value,
  },
  { requiredKeys: ['event'] },
);

/** As text, as servers send it; what is too deep to be written stays as it is. */
function written(data: unknown): unknown {
  try {
    return JSON.stringify(data);
  } catch {
    return data;
  }
}

const uncaught: unknown[] = [];
const note = (cause: unknown): void => void uncaught.push(cause);

afterEach(() => {
  process.off('uncaughtException', note);
  process.off('unhandledRejection', note);
});

test('nothing that a frame can contain gets out of the socket, stops what comes after it, or changes what objects are', async () => {
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 20 }), async (frames) => {
      const clock = new ManualClock();
      const server = new ProtocolLink(clock);
      const transport = new ProtocolTransport(server);
      const world = new ChannelsWorld({
        clock,
        transport,
        definitions: undefined,
        messageId: (data) => (data as { readonly id: unknown }).id,
        recover: async () => [],
      });
      transport.open((signal) => world.receive(signal, clock.now()));
      await clock.settle();
      const heard: RealtimeMessage[] = [];
      for (const name of channels.slice(0, 5)) {
        const channel = world.channel(name);
        for (const event of ['said', '__proto__', 'pusher:member_added', 'pusher:subscription_count']) {
          channel.on(event, (_, message) => heard.push(message));
        }
        channel.members.subscribe((members) => void JSON.stringify(members.length));
      }
      await clock.settle();
      // Straight into the handler: what it throws is what the process would see.
      for (const each of frames) server.inject(each);
      await clock.advance(1_000);
      for (const { id, userId } of heard) {
        expect(['string', 'undefined']).toContain(typeof id);
        expect(['string', 'undefined']).toContain(typeof userId);
      }
      for (const { id } of world.channel('presence-room').members.get()) expect(typeof id).toBe('string');
      expect(({} as Record<string, unknown>)['x']).toBeUndefined();
      // It still works: on a connection of its own, as the frames may have refused channels.
      server.drop();
      transport.open((signal) => world.receive(signal, clock.now()));
      await clock.settle();
      world.channels.retryRefused();
      await clock.advance(2_000);
      heard.length = 0;
      server.publish('news', 'said', { fine: true });
      await clock.settle();
      expect(heard.map(({ data }) => data)).toEqual([{ fine: true }]);
      world.life.end();
      world.channels.destroy();
    }),
    { numRuns: 200 },
  );
  expect(uncaught).toEqual([]);
}, 120_000);

test('members and payloads of any depth are taken as they are', async () => {
  const clock = new ManualClock();
  const server = new ProtocolLink(clock);
  const transport = new ProtocolTransport(server);
  const world = new ChannelsWorld({ clock, transport });
  transport.open((signal) => world.receive(signal, clock.now()));
  await clock.settle();
  world.hold('presence-room');
  await clock.settle();
  const presence = { ids: ['a'], hash: { a: deep(100_000) } };
  for (let time = 0; time < 2; time += 1) {
    server.inject({
      event: 'pusher_internal:subscription_succeeded',
      channel: 'presence-room',
      data: { presence },
    });
  }
  for (let time = 0; time < 2; time += 1) {
    const data = { user_id: 'a', user_info: deep(100_000) };
    server.inject({ event: 'pusher_internal:member_added', channel: 'presence-room', data });
    server.inject({ event: 'said', channel: 'presence-room', data });
  }
  expect(world.channel('presence-room').members.get()).toHaveLength(1);
  expect(world.messages).toHaveLength(2);
});

test('a schema sees hostile payloads, and what it throws costs only its own message', async () => {
  const validate = (data: unknown) => ({ value: Object.keys(JSON.parse(JSON.stringify(data))) });
  const schema = { '~standard': { version: 1, vendor: 'test', validate } };
  const world = new ChannelsWorld({ definitions: defineChannels({ news: { said: schema as never } }) });
  world.open();
  world.channel('news').on('said', () => {});
  world.confirm('news');
  for (const data of [deep(100_000), undefined, null, Object.create(null)]) world.say('news', 'said', data);
  expect(world.errors).toHaveLength(2);
  for (const { code } of world.errors) expect(['validation', 'configuration']).toContain(code);
});
