import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { describe, expect, test } from 'vitest';
import { SubscriptionError } from '../../src/errors';
import { ProtocolTransport } from '../../src/link/transport';
import type { ChannelAuthorization } from '../../src/ports';
import { decodeBase64, encryptPayload } from '../../src/testing/cryptography';
import { ChannelsWorld } from '../fakes/channels-world';
import { ManualClock } from '../fakes/manual-clock';
import { ProtocolLink, proofOf } from '../fakes/protocol-link';

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

/** Channels whose application answers when the test says so, over a server that obeys the protocol. */
function setup() {
  const clock = new ManualClock();
  const server = new ProtocolLink(clock);
  const transport = new ProtocolTransport(server);
  const world = new ChannelsWorld({ clock, transport });
  world.authorizes = false;
  const open = async (): Promise<void> => {
    transport.open((signal) => world.receive(signal, clock.now()));
    await clock.settle();
  };
  const grant = async (index: number, more: Partial<ChannelAuthorization> = {}): Promise<void> => {
    const request = world.requests[index];
    request?.answer.resolve({ auth: proofOf(request.socketId, request.channel), ...more });
    await clock.settle();
  };
  return { world, clock, server, open, grant };
}

describe('traps of subscribing', () => {
  test('a signature for the old socket is never sent on the new one', async () => {
    const { world, server, open, grant } = setup();
    await open();
    world.hold('private-a');
    server.drop();
    expect(world.requests[0]?.signal.aborted).toBe(true);
    await open();
    await grant(0);
    expect(server.frames).toEqual([]);
    await grant(1);
    expect(server.frames).toEqual(['subscribe private-a']);
    expect(server.complaints).toEqual([]);
    expect(world.told).toEqual(['private-a subscribing', 'private-a subscribed']);
  });

  test('a channel that was given up while it was authorized is not asked for', async () => {
    const { world, server, open, grant, clock } = setup();
    await open();
    world.hold('private-a')();
    await clock.advance(1_000);
    expect(world.requests[0]?.signal.aborted).toBe(true);
    await grant(0);
    expect(server.frames).toEqual([]);
  });

  test('a channel that was given up while it was pending stays away after a drop', async () => {
    const { world, server, open, clock } = setup();
    server.unanswered.add('news');
    await open();
    world.hold('news')();
    await clock.advance(1_000);
    server.drop();
    await open();
    await clock.settle();
    expect(server.channels).toEqual([]);
  });

  test('an answer to what was given up is not one to the next asking, before its frame is out', async () => {
    const { world, server, open, grant, clock } = setup();
    await open();
    const release = world.hold('private-a');
    server.latency = 600;
    await grant(0);
    release();
    await clock.advance(1_000);
    world.hold('private-a');
    world.told.length = 0;
    await clock.advance(1_500);
    expect(world.told).toEqual([]);
    await grant(1);
    await clock.advance(1_500);
    expect(world.told).toEqual(['private-a subscribed']);
    expect(server.channels).toEqual(['private-a']);
  });

  test('a late refusal of what was given up is not one of the next asking', async () => {
    const { world, server, open, clock } = setup();
    server.named = true;
    server.refused.add('news');
    server.latency = 600;
    await open();
    await clock.advance(2_000);
    world.hold('news')();
    await clock.advance(1_000);
    server.refused.clear();
    world.hold('news');
    await clock.advance(5_000);
    expect(world.states('news')).toEqual(['subscribed']);
    expect(world.errors).toEqual([]);
  });

  test('an authorizer that throws at once fails its own channel and no other', async () => {
    const clock = new ManualClock();
    const server = new ProtocolLink(clock);
    const transport = new ProtocolTransport(server);
    const world = new ChannelsWorld({
      clock,
      transport,
      authorizer: {
        authorize: ({ channel, socketId }) => {
          if (channel === 'private-a') throw new Error('thrown');
          return Promise.resolve({ auth: proofOf(socketId, channel) });
        },
      },
    });
    transport.open((signal) => world.receive(signal, clock.now()));
    await clock.settle();
    for (const channel of ['private-a', 'private-b', 'news']) world.hold(channel);
    await clock.settle();
    expect(server.channels).toEqual(['news', 'private-b']);
    expect(world.errors).toMatchObject([
      { name: 'SubscriptionError', channel: 'private-a', retryable: true, cause: { message: 'thrown' } },
    ]);
  });

  test("a named refusal says why, and whether asking again may help is the protocol's to know", async () => {
    const { world, server, open, clock } = setup();
    server.unanswered.add('news');
    await open();
    for (const [status, state] of [
      [503, 'subscribing'],
      [4100, 'subscribing'],
      [401, 'refused'],
    ] as const) {
      world.channels.destroy();
      await open();
      world.hold('news');
      await clock.settle();
      server.tell('pusher:subscription_error', 'news', { type: 'Error', error: 'no', status });
      await clock.settle();
      expect(world.channel('news').subscription.get()).toMatchObject({ state, error: { status } });
    }
    expect(world.errors[0]?.message).toBe('The server refused "news": no');
  });

  test('a presence authorization that names nobody is refused for good, not asked for in a loop', async () => {
    const { world, server, open, grant } = setup();
    await open();
    const bad = ['null', '{}', 'no json', '{"user_id":{"toString":1,"valueOf":1}}', '{"user_id":""}'];
    for (const [index, channelData] of bad.entries()) {
      world.hold(`presence-${index}`);
      await grant(index, { channelData });
    }
    expect(world.errors).toHaveLength(bad.length);
    for (const error of world.errors) expect(error.retryable).toBe(false);
    expect(server.frames).toEqual([]);
  });

  test('an error that is no SubscriptionError becomes one, its cause inside', async () => {
    const { world, open, clock } = setup();
    await open();
    world.hold('private-a');
    const cause = new TypeError('Failed to fetch');
    world.requests[0]?.answer.reject(cause);
    await clock.settle();
    expect(world.errors).toMatchObject([{ retryable: true, cause }]);
    expect(world.errors[0]).toBeInstanceOf(SubscriptionError);
  });

  test('without anybody who could authorize or decrypt, the error names the import and the option', async () => {
    const world = new ChannelsWorld({ guard: undefined });
    world.open();
    for (const name of ['private-a', 'presence-a', 'private-encrypted-a', 'news']) world.hold(name);
    expect(world.states('private-a', 'presence-a', 'private-encrypted-a', 'news')).toEqual([
      'refused',
      'refused',
      'refused',
      'subscribing',
    ]);
    expect(world.errors).toHaveLength(3);
    for (const error of world.errors) {
      expect(error).toMatchObject({ cause: { name: 'ConfigurationError', code: 'missing-feature' } });
      expect(error.message).toContain('auth: backendAuth({ endpoint })');
    }
    const plain = new ChannelsWorld({ encryption: undefined });
    plain.open();
    plain.hold('private-encrypted-a');
    await plain.clock.settle();
    expect(plain.errors).toMatchObject([{ cause: { code: 'missing-feature' } }]);
    expect(plain.errors[0]?.message).toContain('encryption: encryption()');
    expect(plain.requests).toEqual([]);
  });
});

describe('encrypted channels', () => {
  const name = 'private-encrypted-vault';
  const [oldKey, newKey] = [Buffer.alloc(32, 1).toString('base64'), Buffer.alloc(32, 2).toString('base64')];
  const sealed = (key: string, payload: unknown) =>
    JSON.parse(encryptPayload(decodeBase64(key), JSON.stringify(payload))) as unknown;

  async function subscribed() {
    const all = setup();
    const heard: unknown[] = [];
    all.server.nacl = cryptography;
    await all.open();
    const stop = all.world.channel(name).onAny((data) => heard.push(data));
    await all.grant(0, { sharedSecret: oldKey });
    return { ...all, heard, stop };
  }

  test('messages are opened, and what is not sealed is not let through', async () => {
    const { world, server, heard, clock, grant } = await subscribed();
    server.tell('said', name, sealed(oldKey, { n: 1 }));
    server.tell('said', name, { n: 'plain' });
    await clock.settle();
    await grant(1, { sharedSecret: oldKey });
    expect(heard).toEqual([{ n: 1 }]);
    expect(world.unopened).toEqual([name]);
  });

  test('while a new key is fetched messages wait, and come in order, also those of a slower server', async () => {
    const { world, server, heard, clock, grant } = await subscribed();
    for (const [key, n] of [
      [oldKey, 1],
      [newKey, 2],
      [newKey, 3],
      [oldKey, 4],
      [newKey, 5],
    ] as const)
      server.tell('said', name, sealed(key, n));
    await clock.settle();
    expect(heard).toEqual([1]);
    expect(world.requests).toHaveLength(2);
    await grant(1, { sharedSecret: newKey });
    expect(heard).toEqual([1, 2, 3, 4, 5]);
    server.tell('said', name, sealed(newKey, 6));
    await clock.settle();
    expect(heard).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('a message that cannot be opened stalls nothing: a key that does not come in ten seconds is given up', async () => {
    const { world, server, heard, clock } = await subscribed();
    server.tell('said', name, sealed(newKey, 1));
    server.tell('said', name, sealed(oldKey, 2));
    await clock.advance(9_900);
    expect(heard).toEqual([]);
    await clock.advance(100);
    expect(heard).toEqual([2]);
    expect(world.unopened).toEqual([name]);
    expect(world.requests[1]?.signal.aborted).toBe(true);
    server.tell('said', name, sealed(oldKey, 3));
    await clock.settle();
    expect(heard).toEqual([2, 3]);
  });

  test('garbage makes us ask for a new key less and less often', async () => {
    const { world, server, heard, clock } = await subscribed();
    for (let index = 0; index < 100; index++) {
      server.tell('said', name, { ciphertext: 'AAAA', nonce: 'AAAA' });
      await clock.settle();
      world.requests.at(-1)?.answer.resolve({ auth: 'key:1', sharedSecret: oldKey });
      await clock.settle();
    }
    expect(world.requests.length).toBeLessThan(10);
    expect(world.unopened).toHaveLength(100);
    server.tell('said', name, sealed(oldKey, 'good'));
    await clock.settle();
    expect(heard).toEqual(['good']);
  });

  test('a key that cannot be fetched costs the sealed message and no other', async () => {
    const { world, server, heard, clock } = await subscribed();
    server.tell('said', name, sealed(newKey, 1));
    server.tell('said', name, sealed(oldKey, 2));
    await clock.settle();
    world.requests[1]?.answer.reject(new Error('down'));
    await clock.settle();
    expect(world.unopened).toHaveLength(1);
    expect(heard).toEqual([2]);
  });

  test('what waits for a key is dropped when the channel is given up, and when the connection is lost', async () => {
    for (const end of ['release', 'drop'] as const) {
      const { server, stop, heard, clock, grant } = await subscribed();
      server.tell('said', name, sealed(newKey, 1));
      await clock.settle();
      if (end === 'drop') server.drop();
      else stop();
      await clock.advance(1_000);
      await grant(1, { sharedSecret: newKey });
      expect(heard).toEqual([]);
    }
  });

  test('a build without cryptography, and a key that is none, are refused with what to do', async () => {
    const { world, server, open, grant } = setup();
    await open();
    world.hold(name);
    await grant(0, { sharedSecret: oldKey });
    server.nacl = cryptography;
    for (const [index, sharedSecret] of ['', '*', 'AAAA'].entries()) {
      world.hold(`${name}-${index}`);
      await grant(index + 1, { sharedSecret });
    }
    expect(world.errors).toHaveLength(4);
    for (const error of world.errors) expect(error.retryable).toBe(false);
    expect(world.errors[0]?.message).toContain('pusher-js/with-encryption');
    expect(JSON.stringify(world.errors)).not.toContain(oldKey);
  });
});
