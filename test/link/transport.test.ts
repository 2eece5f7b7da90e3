import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { describe, expect, test } from 'vitest';
import { SubscriptionError } from '../../src/errors';
import { PusherTransport } from '../../src/link/transport';
import type { ChannelAuthorization, TransportSignal } from '../../src/ports';
import { type Deferred, deferred } from '../../src/support/deferred';
import { decodeBase64, encryptPayload } from '../../src/testing/cryptography';
import { ManualClock } from '../fakes/manual-clock';
import { ProtocolLink, proofOf } from '../fakes/protocol-link';

interface Request {
  readonly socketId: string;
  readonly channel: string;
  readonly signal: AbortSignal;
  readonly answer: Deferred<ChannelAuthorization>;
}

/** As NaCl's: null for what does not open, an exception for what cannot be a box. */
const cryptography = {
  secretbox: {
    open: (box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | null => {
      const cipher = xsalsa20poly1305(key, nonce);
      try {
        return cipher.decrypt(box);
      } catch {
        return null;
      }
    },
  },
};

async function setup() {
  const clock = new ManualClock();
  const server = new ProtocolLink(clock);
  const requests: Request[] = [];
  const signals: TransportSignal[] = [];
  const transport = new PusherTransport(server, {
    authorize: ({ socketId, channel }, signal) => {
      const answer = deferred<ChannelAuthorization>();
      requests.push({ socketId, channel, signal, answer });
      return answer.promise;
    },
  });
  const receive = (signal: TransportSignal): void => void signals.push(signal);
  const open = async (): Promise<void> => {
    transport.open(receive);
    await clock.settle();
  };
  const grant = async (index: number, more: Partial<ChannelAuthorization> = {}): Promise<void> => {
    const request = requests[index];
    request?.answer.resolve({ auth: proofOf(request.socketId, request.channel), ...more });
    await clock.settle();
  };
  const told = (): string[] =>
    signals.map((signal) => ('channel' in signal ? `${signal.type} ${signal.channel}` : signal.type));
  await open();
  signals.length = 0;
  return { clock, server, requests, signals, transport, open, grant, told };
}

describe('traps of subscribing', () => {
  test('a signature for the old socket is never sent on the new one', async () => {
    const { server, transport, requests, open, grant, told } = await setup();
    transport.subscribe('private-a');
    server.drop();
    expect(requests[0]?.signal.aborted).toBe(true);
    await open();
    transport.subscribe('private-a');
    await grant(0);
    expect(server.frames).toEqual([]);
    await grant(1);
    expect(server.frames).toEqual(['subscribe private-a']);
    expect(server.complaints).toEqual([]);
    expect(told()).toEqual(['closed', 'opened', 'subscribed private-a']);
  });

  test('a channel that was given up while it was authorized is not asked for', async () => {
    const { server, transport, requests, grant } = await setup();
    transport.subscribe('private-a');
    transport.unsubscribe('private-a');
    expect(requests[0]?.signal.aborted).toBe(true);
    await grant(0);
    expect(server.frames).toEqual([]);
  });

  test('a channel that was given up while it was pending stays away after a drop', async () => {
    const { server, transport, clock, open } = await setup();
    transport.subscribe('news');
    transport.unsubscribe('news');
    server.drop();
    await open();
    await clock.settle();
    expect(server.channels).toEqual([]);
  });

  test('an answer to what was given up is not one to the next asking, before its frame is out', async () => {
    const { server, transport, grant, told, clock } = await setup();
    transport.subscribe('private-a');
    server.latency = 50;
    await grant(0);
    transport.unsubscribe('private-a');
    transport.subscribe('private-a');
    await clock.advance(200);
    expect(told()).toEqual([]);
    await grant(1);
    await clock.advance(200);
    expect(told()).toEqual(['subscribed private-a']);
    expect(server.channels).toEqual(['private-a']);
  });

  test('an authorizer that throws at once fails its own channel and no other', async () => {
    const clock = new ManualClock();
    const server = new ProtocolLink(clock);
    const signals: TransportSignal[] = [];
    const transport = new PusherTransport(server, {
      authorize: ({ channel, socketId }) => {
        if (channel === 'private-a') throw new Error('thrown');
        return Promise.resolve({ auth: proofOf(socketId, channel) });
      },
    });
    transport.open((signal) => void signals.push(signal));
    await clock.settle();
    for (const channel of ['private-a', 'private-b', 'news']) transport.subscribe(channel);
    await clock.settle();
    expect(server.channels).toEqual(['news', 'private-b']);
    expect(signals).toContainEqual(
      expect.objectContaining({ type: 'subscription-refused', channel: 'private-a' }),
    );
  });

  test('a named refusal says whether asking again may help', async () => {
    const { server, transport, signals, clock } = await setup();
    for (const status of [401, 403, 503, 4100]) {
      transport.subscribe('news');
      await clock.settle();
      server.tell('pusher:subscription_error', 'news', { type: 'Error', error: 'no', status });
      await clock.settle();
    }
    const refusals = signals.filter((signal) => signal.type === 'subscription-refused');
    expect(refusals.map(({ error }) => [error.status, error.retryable])).toEqual([
      [401, false],
      [403, false],
      [503, true],
      [4100, true],
    ]);
    expect(refusals[0]?.error.message).toBe('The server refused "news": no');
  });

  test('a presence authorization that names nobody is refused for good, not asked for in a loop', async () => {
    const { server, transport, signals, grant } = await setup();
    const bad = ['null', '{}', 'no json', '{"user_id":{"toString":1,"valueOf":1}}'];
    for (const [index, channelData] of bad.entries()) {
      transport.subscribe('presence-room');
      await grant(index, { channelData });
    }
    expect(signals).toHaveLength(4);
    for (const signal of signals) {
      expect(signal).toMatchObject({ type: 'subscription-refused', error: { retryable: false } });
    }
    expect(server.frames).toEqual([]);
  });

  test('an error that is no SubscriptionError becomes one, its cause inside', async () => {
    const { transport, requests, signals, clock } = await setup();
    transport.subscribe('private-a');
    const cause = new TypeError('Failed to fetch');
    requests[0]?.answer.reject(cause);
    await clock.settle();
    const [refusal] = signals;
    expect(refusal).toMatchObject({ type: 'subscription-refused', error: { retryable: true, cause } });
    expect(refusal?.type === 'subscription-refused' && refusal.error).toBeInstanceOf(SubscriptionError);
  });
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
    const { server, transport, signals, grant, clock } = await setup();
    transport.subscribe('presence-room');
    await grant(0, { channelData: '{"user_id":7}' });
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
    expect(confirmed.every(({ me }) => me === '7')).toBe(true);
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
      { type: 'server-error', code: 4301, message: words },
      { type: 'server-error', code: 4009, message: 'Connection is unauthorized' },
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
    expect(new Set(told())).toEqual(new Set(['server-error', 'malformed']));
    expect(signals).toHaveLength(6);
  });
});

describe('encrypted channels', () => {
  const name = 'private-encrypted-vault';
  const [oldKey, newKey] = [Buffer.alloc(32, 1).toString('base64'), Buffer.alloc(32, 2).toString('base64')];
  const sealed = (key: string, payload: unknown) =>
    JSON.parse(encryptPayload(decodeBase64(key), JSON.stringify(payload))) as unknown;
  const heard = (signals: readonly TransportSignal[]): unknown[] =>
    signals.flatMap((signal) => (signal.type === 'message' ? [signal.data] : []));

  async function subscribed() {
    const all = await setup();
    all.server.nacl = cryptography;
    all.transport.subscribe(name);
    await all.grant(0, { sharedSecret: oldKey });
    all.signals.length = 0;
    return all;
  }

  test('messages are opened, and what is not sealed is not let through', async () => {
    const { server, signals, clock, grant } = await subscribed();
    server.tell('said', name, sealed(oldKey, { n: 1 }));
    server.tell('said', name, { n: 'plain' });
    await clock.settle();
    await grant(1, { sharedSecret: oldKey });
    expect(heard(signals)).toEqual([{ n: 1 }]);
    expect(signals.at(-1)).toMatchObject({ type: 'malformed' });
  });

  test('while a new key is fetched messages wait, and come in order, also those of a slower server', async () => {
    const { server, signals, clock, grant, requests } = await subscribed();
    for (const [key, n] of [
      [oldKey, 1],
      [newKey, 2],
      [newKey, 3],
      [oldKey, 4],
      [newKey, 5],
    ] as const)
      server.tell('said', name, sealed(key, n));
    await clock.settle();
    expect(heard(signals)).toEqual([1]);
    expect(requests).toHaveLength(2);
    await grant(1, { sharedSecret: newKey });
    expect(heard(signals)).toEqual([1, 2, 3, 4, 5]);
    server.tell('said', name, sealed(newKey, 6));
    await clock.settle();
    expect(heard(signals)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('garbage makes us ask for a new key less and less often', async () => {
    const { server, signals, clock, requests } = await subscribed();
    for (let index = 0; index < 100; index++) {
      server.tell('said', name, { ciphertext: 'AAAA', nonce: 'AAAA' });
      await clock.settle();
      requests.at(-1)?.answer.resolve({ auth: 'key:1', sharedSecret: oldKey });
      await clock.settle();
    }
    expect(requests.length).toBeLessThan(10);
    expect(signals.filter(({ type }) => type === 'malformed')).toHaveLength(100);
    server.tell('said', name, sealed(oldKey, 'good'));
    await clock.settle();
    expect(heard(signals)).toEqual(['good']);
  });

  test('a key that cannot be fetched costs the sealed message and no other', async () => {
    const { server, signals, clock, requests } = await subscribed();
    server.tell('said', name, sealed(newKey, 1));
    server.tell('said', name, sealed(oldKey, 2));
    await clock.settle();
    requests[1]?.answer.reject(new Error('down'));
    await clock.settle();
    expect(signals.map(({ type }) => type)).toEqual(['malformed', 'message']);
  });

  test('what waits for a key is dropped when the channel is given up', async () => {
    const { server, transport, signals, clock, grant } = await subscribed();
    server.tell('said', name, sealed(newKey, 1));
    await clock.settle();
    transport.unsubscribe(name);
    await grant(1, { sharedSecret: newKey });
    expect(signals).toEqual([]);
  });

  test('a build without cryptography, and a key that is none, are refused with what to do', async () => {
    const { server, transport, signals, grant } = await setup();
    transport.subscribe(name);
    await grant(0, { sharedSecret: oldKey });
    server.nacl = cryptography;
    for (const [index, sharedSecret] of ['', '*', 'AAAA'].entries()) {
      transport.subscribe(name);
      await grant(index + 1, { sharedSecret });
    }
    expect(signals).toHaveLength(4);
    for (const signal of signals)
      expect(signal).toMatchObject({ type: 'subscription-refused', error: { retryable: false } });
    expect(signals[0]).toMatchObject({
      error: { message: expect.stringContaining('pusher-js/with-encryption') },
    });
    expect(JSON.stringify(signals)).not.toContain(oldKey);
  });
});
