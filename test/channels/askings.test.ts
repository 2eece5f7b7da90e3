import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { describe, expect, test } from 'vitest';
import { Askings, type ChannelSignal } from '../../src/channels/askings';
import { SubscriptionError } from '../../src/errors';
import { ProtocolTransport } from '../../src/link/transport';
import type { Authorizer, ChannelAuthorization } from '../../src/ports';
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

function over(
  server: ProtocolLink,
  clock: ManualClock,
  signals: ChannelSignal[],
  authorizer: Authorizer,
): { readonly transport: Askings; readonly open: () => Promise<void> } {
  const transport = new ProtocolTransport(server);
  const askings = new Askings({ transport, authorizer, receive: (signal) => void signals.push(signal) });
  const open = async (): Promise<void> => {
    transport.open((signal) => askings.receive(signal));
    await clock.settle();
  };
  return { transport: askings, open };
}

async function setup() {
  const clock = new ManualClock();
  const server = new ProtocolLink(clock);
  const requests: Request[] = [];
  const signals: ChannelSignal[] = [];
  const { transport, open } = over(server, clock, signals, {
    authorize: ({ socketId, channel }, signal) => {
      const answer = deferred<ChannelAuthorization>();
      requests.push({ socketId, channel, signal, answer });
      return answer.promise;
    },
  });
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
    const signals: ChannelSignal[] = [];
    const { transport, open } = over(server, clock, signals, {
      authorize: ({ channel, socketId }) => {
        if (channel === 'private-a') throw new Error('thrown');
        return Promise.resolve({ auth: proofOf(socketId, channel) });
      },
    });
    await open();
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

describe('encrypted channels', () => {
  const name = 'private-encrypted-vault';
  const [oldKey, newKey] = [Buffer.alloc(32, 1).toString('base64'), Buffer.alloc(32, 2).toString('base64')];
  const sealed = (key: string, payload: unknown) =>
    JSON.parse(encryptPayload(decodeBase64(key), JSON.stringify(payload))) as unknown;
  const heard = (signals: readonly ChannelSignal[]): unknown[] =>
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
