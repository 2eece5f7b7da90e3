import { describe, expect, test } from 'vitest';
import { ProtocolTransport } from '../../src/link/transport';
import type { TransportSignal } from '../../src/transport-port';
import { ManualClock } from '../fakes/manual-clock';
import { ProtocolLink, proofOf } from '../fakes/protocol-link';

async function setup() {
  const clock = new ManualClock();
  const server = new ProtocolLink(clock);
  const signals: TransportSignal[] = [];
  const transport = new ProtocolTransport(server);
  transport.open((signal) => void signals.push(signal));
  await clock.settle();
  const told = (): string[] =>
    signals.map((signal) => ('channel' in signal ? `${signal.type} ${signal.channel}` : signal.type));
  signals.length = 0;
  return { clock, server, signals, transport, told };
}

test('a link of the application that throws keeps nothing from ending, and has written nothing', () => {
  const broken = (): never => {
    throw new Error('no');
  };
  const transport = new ProtocolTransport({
    open: ({ received }) => {
      const data = { socket_id: '1.1', activity_timeout: 120 };
      received(JSON.stringify({ event: 'pusher:connection_established', data: JSON.stringify(data) }), 80);
    },
    write: broken,
    close: broken,
    destroy: broken,
  });
  transport.open(() => {});
  expect(transport.send('private-room', 'client-said', {})).toBe(false);
  expect(transport.subscribe('room')).toBe(false);
  expect(() => transport.ping()).not.toThrow();
  expect(() => transport.close()).not.toThrow();
  expect(() => transport.destroy()).not.toThrow();
});

describe('frames', () => {
  test('an application event whose name begins like one of Pusher’s is delivered', async () => {
    const { server, signals, clock } = await setup();
    for (const event of ['pusherman', 'pusher-updates', 'pusher_internals']) server.tell(event, 'news', 1);
    server.tell('pusher_internal:unheard_of', 'news', 1);
    server.tell('pusher:unheard_of', 'news', 1);
    await clock.settle();
    expect(signals.map((signal) => signal.type === 'message' && signal.event)).toEqual([
      'pusherman',
      'pusher-updates',
      'pusher_internals',
    ]);
  });

  test('hostile presence data harms nobody', async () => {
    const { server, transport, signals, clock } = await setup();
    transport.subscribe('presence-room', { auth: proofOf('1.1', 'presence-room') });
    await clock.settle();
    const evil = JSON.parse('{"toString":1,"valueOf":1}') as unknown;
    const lists: [unknown, string[]][] = [
      [null, []],
      ['text', []],
      [{ presence: null }, []],
      [{ presence: { ids: 'abc', hash: 'abc' } }, []],
      [
        {
          presence: {
            ids: [evil, null, ['x'], 7, '7', '__proto__'],
            hash: JSON.parse('{"__proto__":{"a":1}}'),
          },
        },
        ['7', '__proto__'],
      ],
      [{ presence: { hash: { ada: {}, ben: null } } }, ['ada', 'ben']],
    ];
    for (const [data] of lists) server.tell('pusher_internal:subscription_succeeded', 'presence-room', data);
    for (const data of [null, 'text', {}, { user_id: null }, { user_id: evil }, { user_id: ['x'] }]) {
      server.tell('pusher_internal:member_added', 'presence-room', data);
      server.tell('pusher_internal:member_removed', 'presence-room', data);
    }
    server.tell('pusher_internal:member_added', 'presence-room', {
      user_id: 12,
      user_info: { name: 'twelve' },
    });
    await clock.settle();
    const confirmed = signals.filter((signal) => signal.type === 'subscribed');
    expect(confirmed.map(({ members }) => members?.map(({ id }) => id))).toEqual([
      ['me'],
      ...lists.map(([, ids]) => ids),
    ]);
    expect(confirmed.at(-2)?.members?.[1]).toEqual({ id: '__proto__', info: { a: 1 } });
    expect(signals.slice(confirmed.length)).toEqual([
      { type: 'member-added', channel: 'presence-room', member: { id: '12', info: { name: 'twelve' } } },
    ]);
  });

  test('a client event that Reverb rejects with the code of a bad signature is no refused subscription', async () => {
    const { server, signals, clock } = await setup();
    const words = 'The client is not a member of the specified channel.';
    server.tell('pusher:error', undefined, { code: 4009, message: words });
    server.tell('pusher:error', undefined, { code: 4009, message: 'Connection is unauthorized' });
    await clock.settle();
    expect(signals).toEqual([
      { type: 'server-error', kind: 'event-rejected', code: 4009, message: words },
      {
        type: 'server-error',
        kind: 'signature-refused',
        code: 4009,
        message: 'Connection is unauthorized',
      },
    ]);
  });

  test('hostile errors and refusals harm nobody', async () => {
    const { server, signals, clock, told } = await setup();
    for (const data of [null, 'text', 7, [], { code: '4009', message: {} }]) {
      server.tell('pusher:error', undefined, data);
      server.tell('pusher:subscription_error', 'news', data);
      server.tell('pusher_internal:subscription_succeeded', 'news', data);
    }
    server.tell('said', undefined, 1);
    await clock.settle();
    expect(new Set(told())).toEqual(
      new Set(['server-error', 'subscription-refused news', 'subscribed news', 'malformed']),
    );
    expect(signals).toHaveLength(16);
    for (const signal of signals) {
      if (signal.type === 'server-error')
        expect(['string', 'number', 'object']).toContain(typeof signal.code);
      if (signal.type === 'subscription-refused') expect(signal.message).toBeUndefined();
    }
  });
});
