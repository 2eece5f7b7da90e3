import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ConfigurationError,
  RealtimeClient,
  type RealtimeClientOptions,
  type RealtimeError,
  type TransportSignal,
} from '../../src/index';
import { installLegacySockets, type LegacyServerOptions, legacyServer } from '../../src/legacy/index';
import { createManualClock, type ManualClock } from '../../src/testing/index';
import { OldServer } from './old-server';

const routes = {
  '/ws/roblox': 'roblox-sync',
  '/ws/content?session={id}': 'content-generation-{id}',
  '/ws/plugin/{id}': 'private-plugin-{id}',
  '/ws/agent/{id}': 'agent-status',
  '/ws/native': 'test-channel',
};

let server: OldServer;
const ends: (() => void)[] = [];

beforeEach(async () => {
  server = new OldServer();
  await server.start();
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const end of ends.splice(0)) end();
  await server.stop();
});

function fast<T>(read: () => T) {
  return expect.poll(read, { interval: 5 });
}

describe('the transport to an old server', () => {
  function begin(options: Partial<LegacyServerOptions> = {}) {
    const { transport: make } = legacyServer({ url: server.origin, routes, ...options });
    const transport = make({ key: 'key', pusherOptions: {} });
    const signals: TransportSignal[] = [];
    ends.push(() => transport.destroy());
    const open = async (): Promise<void> => {
      transport.open((signal) => signals.push(signal));
      await fast(() => signals.some(({ type }) => type === 'opened')).toBe(true);
    };
    const subscribe = async (channel: string): Promise<void> => {
      transport.subscribe(channel);
      await fast(() => signals).toContainEqual({ type: 'subscribed', channel });
    };
    /** What came since, without what every story begins with. */
    const told = (): TransportSignal[] =>
      signals.filter(({ type }) => type !== 'opened' && type !== 'subscribed');
    return { transport, signals, open, subscribe, told };
  }

  it('is there without a socket while no channel is wanted', async () => {
    const { open, signals } = begin();
    await open();
    expect(signals).toEqual([{ type: 'opened', socketId: 'legacy.1', idleLimit: 120_000 }]);
    expect(server.dials).toEqual([]);
  });

  it('has a socket for each channel, at the address of its route, and asks nobody for private ones', async () => {
    const { open, subscribe } = begin();
    await open();
    await subscribe('roblox-sync');
    await subscribe('content-generation-a.b@c');
    await subscribe('private-plugin-7');
    expect(server.visitors).toEqual(['/ws/content?session=a.b%40c', '/ws/plugin/7', '/ws/roblox']);
  });

  it('brings frames as messages, in all forms, and counts what is none', async () => {
    const { open, subscribe, told } = begin();
    await open();
    await subscribe('roblox-sync');
    const texts = [
      '{"type":"moved","data":{"x":1},"messageId":"m-1"}',
      '{"type":"moved","payload":{"x":2}}',
      '{"event":"moved","channel":"roblox-sync","data":{"x":3}}',
      '{"type":"message","data":{"type":"moved","payload":{"x":4},"messageId":"m-4"}}',
      'no frame',
      '{"type":"pusher_internal:member_added","data":{}}',
    ];
    for (const text of texts) server.say('/ws/roblox', text);
    await fast(() => told().length).toBe(6);
    const message = { type: 'message', channel: 'roblox-sync', event: 'moved', userId: undefined };
    expect(told()).toEqual([
      { ...message, data: { x: 1 }, id: 'm-1', bytes: texts[0]?.length },
      { ...message, data: { x: 2 }, id: undefined, bytes: texts[1]?.length },
      { ...message, data: { x: 3 }, id: undefined, bytes: texts[2]?.length },
      { ...message, data: { x: 4 }, id: 'm-4', bytes: texts[3]?.length },
      expect.objectContaining({ type: 'malformed', bytes: 8 }),
      expect.objectContaining({ type: 'malformed' }),
    ]);
  });

  it('writes client events as frames, where there is a socket', async () => {
    const { transport, open, subscribe } = begin();
    await open();
    expect(transport.send('private-plugin-7', 'client-cursor', { x: 1 })).toBe(false);
    await subscribe('private-plugin-7');
    expect(transport.send('private-plugin-7', 'client-cursor', { x: 1 })).toBe(true);
    const frame = { type: 'client-cursor', data: { x: 1 } };
    await fast(() => server.received).toEqual([{ address: '/ws/plugin/7', frame }]);
  });

  it('subscribe, unsubscribe, subscribe in one turn is one subscription; after unsubscribing nothing comes', async () => {
    const { transport, open, signals, told, subscribe } = begin();
    await open();
    transport.subscribe('roblox-sync');
    transport.unsubscribe('roblox-sync');
    await subscribe('roblox-sync');
    await fast(() => server.visitors).toEqual(['/ws/roblox']);
    expect(signals.filter(({ type }) => type === 'subscribed')).toHaveLength(1);
    transport.subscribe('roblox-sync');
    await fast(() => signals.filter(({ type }) => type === 'subscribed').length).toBe(2);
    transport.unsubscribe('roblox-sync');
    await fast(() => server.visitors).toEqual([]);
    expect(told()).toEqual([]);
  });

  it('close() ends everything in silence, also before it is there', async () => {
    const { transport, signals, open, subscribe } = begin();
    transport.open((signal) => signals.push(signal));
    transport.close();
    await Promise.resolve();
    expect(signals).toEqual([]);
    await open();
    await subscribe('roblox-sync');
    transport.subscribe('test-channel');
    transport.close();
    await fast(() => server.visitors).toEqual([]);
    expect(signals.map(({ type }) => type)).toEqual(['opened', 'subscribed']);
    expect(transport.send('roblox-sync', 'client-a', 1)).toBe(false);
  });

  it('tells a loss once, whichever socket it was, and lets go of the others', async () => {
    const { open, subscribe, told, signals } = begin();
    await open();
    await subscribe('roblox-sync');
    await subscribe('test-channel');
    server.drop('/ws/native');
    await fast(() => told()).toEqual([{ type: 'closed', code: 1006 }]);
    await fast(() => server.visitors).toEqual([]);
    signals.length = 0;
    await open();
    // Dialled to find out; wanted or not is the client's to say.
    await fast(() => server.visitors).toEqual(['/ws/roblox']);
    expect(signals).toEqual([{ type: 'opened', socketId: 'legacy.2', idleLimit: 120_000 }]);
    await subscribe('roblox-sync');
    expect(server.visitors).toEqual(['/ws/roblox']);
  });

  it('a dial where nobody listens ends in closed, once an address is known, and so does a first subscription', async () => {
    const { transport, signals, open, told } = begin();
    await server.stop();
    await open();
    transport.subscribe('roblox-sync');
    await fast(() => told()).toEqual([{ type: 'closed', code: 1006 }]);
    signals.length = 0;
    transport.open((signal) => signals.push(signal));
    await fast(() => signals).toEqual([{ type: 'closed', code: 1006 }]);
  });

  it('asks another address when the one that it knows is gone for good', async () => {
    const { transport, signals, open, subscribe } = begin();
    await open();
    await subscribe('roblox-sync');
    await subscribe('test-channel');
    server.drop();
    await fast(() => signals.at(-1)?.type).toBe('closed');
    server.forbidden.add('/ws/roblox').add('/ws/native');
    const ways: string[] = [];
    for (let dial = 0; dial < 4; dial += 1) {
      signals.length = 0;
      const before = server.dials.length;
      transport.open((signal) => signals.push(signal));
      await fast(() => signals).toEqual([{ type: 'closed', code: 1006 }]);
      ways.push(...server.dials.slice(before));
    }
    expect(new Set(ways.slice(0, 2))).toEqual(new Set(['/ws/roblox', '/ws/native']));
    expect(ways).toHaveLength(4);
  });

  it('an address that is refused while others are there is refused alone, to be tried again', async () => {
    const { transport, open, subscribe, told } = begin();
    await open();
    await subscribe('roblox-sync');
    server.forbidden.add('/ws/native');
    transport.subscribe('test-channel');
    await fast(() => told()).toMatchObject([
      { type: 'subscription-refused', channel: 'test-channel', retryable: true },
    ]);
    expect(server.visitors).toEqual(['/ws/roblox']);
  });

  it.each([1008, 3000, 4001, 4999])(
    'an address that the server closes with %i is over, and nothing else',
    async (code) => {
      const { open, subscribe, told, transport } = begin();
      await open();
      await subscribe('roblox-sync');
      await subscribe('test-channel');
      server.close(code, '/ws/native');
      await fast(() => told()).toMatchObject([
        { type: 'subscription-refused', channel: 'test-channel', retryable: false, code },
      ]);
      expect(transport.send('roblox-sync', 'client-a', 1)).toBe(true);
    },
  );

  it.each([1000, 1002, 1003, 1005, 1007, 1009])(
    'an address that the server closes with %i is dialled again, not at once, and nothing else is',
    async (code) => {
      const { open, subscribe, told, transport } = begin();
      await open();
      await subscribe('roblox-sync');
      await subscribe('test-channel');
      server.close(code, '/ws/native');
      await fast(() => told()).toMatchObject([
        {
          type: 'subscription-refused',
          channel: 'test-channel',
          retryable: true,
          code,
          retryAfter: expect.any(Number),
        },
      ]);
      expect(transport.send('roblox-sync', 'client-a', 1)).toBe(true);
      transport.subscribe('test-channel');
      await fast(() => transport.send('test-channel', 'client-a', 1)).toBe(true);
    },
  );

  it('takes binary frames, garbage and a megabyte for what they are, and goes on', async () => {
    const { open, subscribe, told } = begin();
    await open();
    await subscribe('test-channel');
    server.say('/ws/native', new Uint8Array([123, 34, 0, 255]));
    for (const garbage of ['', '[', '[]', '7', 'null', '{"type":7}', '{"type":"pusher:error"}'])
      server.say('/ws/native', garbage);
    server.say('/ws/native', { type: 'big', data: 'x'.repeat(1_048_576) });
    server.say('/ws/native', '{"type":"said","data":{"__proto__":{"polluted":true}}}');
    await fast(() => told().length).toBe(10);
    expect(told().map(({ type }) => type)).toEqual([
      ...Array.from({ length: 8 }, () => 'malformed'),
      'message',
      'message',
    ]);
    expect(told()[8]).toMatchObject({ event: 'big', bytes: 1_048_600 });
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it.each([1001, 1011, 1012, 1013])('a server that goes with %i is lost', async (code) => {
    const { open, subscribe, told } = begin();
    await open();
    await subscribe('roblox-sync');
    server.close(code);
    await fast(() => told()).toEqual([{ type: 'closed', code, reason: 'because' }]);
  });

  it('refuses a channel that no route leads to', async () => {
    const { transport, open, told } = begin();
    await open();
    transport.subscribe('agent-status');
    transport.subscribe('elsewhere');
    await fast(() => told().length).toBe(2);
    expect(told()).toMatchObject([
      { type: 'subscription-refused', channel: 'agent-status', retryable: false },
      { type: 'subscription-refused', channel: 'elsewhere', retryable: false },
    ]);
  });

  it('greets each server first, and treats a greeting that fails as a server that is not there', async () => {
    let works = true;
    const greet = async (channel: string) => {
      if (!works) throw new Error('no token');
      return { type: 'auth', data: channel };
    };
    const { transport, open, subscribe, signals } = begin({ greet });
    await open();
    await subscribe('test-channel');
    const frame = { type: 'auth', data: 'test-channel' };
    await fast(() => server.received).toEqual([{ address: '/ws/native', frame }]);
    works = false;
    transport.unsubscribe('test-channel');
    transport.subscribe('roblox-sync');
    await fast(() => signals.at(-1)).toEqual({
      type: 'closed',
      code: 1006,
      reason: 'The function `greet` threw.',
    });
  });

  it('asks for a sign of life as the server knows it, or takes its sockets for one', async () => {
    const heart = begin({ heartbeat: ['ping', 'pong'] });
    await heart.open();
    heart.transport.ping();
    expect(heart.told()).toEqual([{ type: 'pong' }]);
    await heart.subscribe('test-channel');
    heart.transport.ping();
    expect(heart.told()).toHaveLength(1);
    await fast(() => heart.told().length).toBe(2);
    expect(server.received).toEqual([{ address: '/ws/native', frame: { type: 'ping' } }]);
    const plain = begin();
    await plain.open();
    await plain.subscribe('test-channel');
    plain.transport.ping();
    expect(plain.told()).toEqual([{ type: 'pong' }]);
  });

  it('hangs up an address that it dialled to find the server, and that nobody wants any more', async () => {
    const { transport, signals, open, subscribe } = begin();
    await open();
    await subscribe('roblox-sync');
    server.drop();
    await fast(() => signals.at(-1)?.type).toBe('closed');
    signals.length = 0;
    await open();
    await subscribe('test-channel');
    await fast(() => server.visitors).toEqual(['/ws/native', '/ws/roblox']);
    transport.ping();
    await fast(() => server.visitors).toEqual(['/ws/native']);
  });

  it('takes the sockets that it is given, and says so when there are none to be had', async () => {
    const dialled: string[] = [];
    const given = begin({
      connect: (address) => {
        dialled.push(address);
        return new WebSocket(`${address}?token=t`);
      },
    });
    await given.open();
    await given.subscribe('roblox-sync');
    expect([dialled, server.dials]).toEqual([[`${server.origin}/ws/roblox`], ['/ws/roblox?token=t']]);
    const broken = begin({ url: 'no address' });
    await broken.open();
    broken.transport.subscribe('roblox-sync');
    await fast(() => broken.told().length).toBe(1);
    expect(broken.told()[0]).toMatchObject({
      type: 'subscription-refused',
      message: expect.stringContaining('ConfigurationError'),
    });
  });
});

describe('new code on an old server', () => {
  let clock: ManualClock;

  function begin(
    options: Partial<LegacyServerOptions> = {},
    more: Pick<RealtimeClientOptions, 'limits'> = {},
  ) {
    clock = createManualClock();
    const client = new RealtimeClient({
      key: 'app',
      clock,
      ...legacyServer({ url: server.origin, routes, ...options }),
      ...more,
    });
    const errors: RealtimeError[] = [];
    client.on('error', (error) => errors.push(error));
    ends.push(() => client.destroy());
    return { client, errors };
  }

  /** Goes to the moment of the next dial, as often as one is planned. */
  function dialling<T>(client: RealtimeClient, read: () => T) {
    return expect.poll(
      async () => {
        const { retryAt } = client.status.get();
        if (retryAt !== undefined) await clock.advance(Math.max(0, retryAt - clock.now()));
        return read();
      },
      { interval: 5 },
    );
  }

  it('listens and publishes as on any server', async () => {
    const { client, errors } = begin();
    const heard: unknown[] = [];
    const channel = client.channel('private-plugin-7');
    channel.on('command', (payload, { id }) => heard.push([payload, id]));
    await channel.ready();
    const { level, id } = await channel.publish('command', { run: 'build' });
    expect(level).toBe('written');
    const frame = { type: 'command', data: { run: 'build' }, messageId: id };
    await fast(() => server.received).toEqual([{ address: '/ws/plugin/7', frame }]);
    // Old servers send to everybody, the sender included.
    await fast(() => heard).toEqual([[{ run: 'build' }, id]]);
    expect(errors).toEqual([]);
  });

  it('publishes where it does not listen on a socket of the message', async () => {
    const { client } = begin();
    const { level } = await client.publish('test-channel', 'said', 'hello');
    expect(level).toBe('written');
    await fast(() => server.received).toMatchObject([
      { address: '/ws/native', frame: { type: 'said', data: 'hello' } },
    ]);
    await fast(() => server.visitors).toEqual([]);
  });

  it('keeps what is published while the server is away, in order', async () => {
    const { client } = begin();
    await server.stop();
    const publishes = [1, 2, 3].map((n) => client.publish('test-channel', 'said', n));
    await fast(() => client.outbox.pending.get()[0]?.error?.code).toBe('publish');
    await server.start();
    await client.outbox.flush();
    const levels = (await Promise.all(publishes)).map(({ level }) => level);
    expect(levels).toEqual(['written', 'written', 'written']);
    await fast(() => server.received.map(({ frame }) => (frame as { data: unknown }).data)).toEqual([
      1, 2, 3,
    ]);
  });

  it('rejects a message that the server takes for too big, and goes on with the next', async () => {
    const { client } = begin({}, { limits: { payloadBytes: 100_000 } });
    const big = client.publish('test-channel', 'said', 'x'.repeat(60_000));
    const next = client.publish('test-channel', 'said', 'small');
    await expect(big).rejects.toMatchObject({ code: 'publish', status: 1009, retryable: false });
    expect(await next).toMatchObject({ level: 'written' });
  });

  it('refuses to publish where no route leads', async () => {
    const { client } = begin();
    await expect(client.publish('elsewhere', 'said', 1)).rejects.toBeInstanceOf(ConfigurationError);
  });

  it('gives a server up that takes no message within the time of an attempt, and offers it again', async () => {
    // The next attempt must not begin in the same moment.
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    let answers = false;
    const { client } = begin({ greet: () => (answers ? undefined : new Promise(() => {})) });
    const publish = client.publish('test-channel', 'said', 1);
    await fast(() => server.visitors).toEqual(['/ws/native']);
    await clock.advance(10_000);
    await fast(() => server.visitors).toEqual([]);
    answers = true;
    await client.outbox.flush();
    expect(await publish).toMatchObject({ level: 'written', attempts: 2 });
  });

  it('comes back from drops and restarts with every channel, and tells of the gaps', async () => {
    const { client } = begin();
    const heard: unknown[] = [];
    const gaps: string[] = [];
    client.on('gap', ({ channel }) => gaps.push(channel));
    const channels = ['roblox-sync', 'test-channel', 'content-generation-42'];
    const addresses = ['/ws/content?session=42', '/ws/native', '/ws/roblox'];
    for (const name of channels)
      client.channel(name).on('said', (n, { channel }) => heard.push([channel, n]));
    await fast(() => server.visitors).toEqual(addresses);
    for (let outage = 1; outage <= 3; outage += 1) {
      await fast(() => channels.map((name) => client.channel(name).subscription.get().state)).toEqual(
        channels.map(() => 'subscribed'),
      );
      if (outage === 2) await server.stop();
      else server.drop();
      await fast(() => client.status.get().state).toBe('reconnecting');
      if (outage === 2) {
        // Nobody there for a while: the client goes on dialling.
        await dialling(client, () => client.status.get().attempt > 4).toBe(true);
        await server.start();
      }
      await dialling(client, () => server.visitors).toEqual(addresses);
      await dialling(client, () => gaps.length).toBe(3 * outage);
      server.say('/ws/roblox', { type: 'said', data: outage });
      await fast(() => heard.at(-1)).toEqual(['roblox-sync', outage]);
    }
    expect([...gaps.slice(0, 3)].sort()).toEqual([...channels].sort());
    client.destroy();
    await fast(() => server.visitors).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('comes back with every channel from a restart in which the server says goodbye to each', async () => {
    const { client } = begin();
    const addresses = ['/ws/native', '/ws/roblox'];
    const heard: unknown[] = [];
    for (const name of ['roblox-sync', 'test-channel'])
      client.channel(name).on('said', (n, { channel }) => heard.push([channel, n]));
    await fast(() => server.visitors).toEqual(addresses);
    await Promise.all(['roblox-sync', 'test-channel'].map((name) => client.channel(name).ready()));
    server.close(1000);
    await fast(() => server.visitors).toEqual([]);
    await server.stop();
    await fast(() => client.channel('test-channel').subscription.get().state).toBe('subscribing');
    const dials = server.dials.length;
    await clock.advance(1_999);
    expect(server.dials).toHaveLength(dials);
    await clock.advance(8_001);
    await fast(() => client.status.get().state).toBe('reconnecting');
    await server.start();
    await dialling(client, () => server.visitors).toEqual(addresses);
    await fast(() => client.channel('test-channel').subscription.get().state).toBe('subscribed');
    server.say('/ws/native', { type: 'said', data: 1 });
    await fast(() => heard).toEqual([['test-channel', 1]]);
  });

  it('tells of the gap of one channel whose address alone was closed', async () => {
    const { client } = begin();
    const gaps: string[] = [];
    client.on('gap', ({ channel }) => gaps.push(channel));
    for (const name of ['roblox-sync', 'test-channel']) client.channel(name).on('message', () => {});
    await fast(() => server.visitors).toEqual(['/ws/native', '/ws/roblox']);
    await client.channel('test-channel').ready();
    server.close(1000, '/ws/native');
    await fast(() => client.channel('test-channel').subscription.get().state).toBe('subscribing');
    await clock.advance(10_000);
    await fast(() => gaps).toEqual(['test-channel']);
    expect(client.status.get().state).toBe('connected');
  });

  it('says what it is while the server is away: reconnecting, not connected', async () => {
    const { client, errors } = begin();
    client.channel('test-channel').on('said', () => {});
    await fast(() => server.visitors).toEqual(['/ws/native']);
    await server.stop();
    const seen = new Set<string>();
    await fast(() => client.status.get().state).toBe('reconnecting');
    client.status.subscribe(({ state }) => seen.add(state));
    await dialling(client, () => client.status.get().attempt > 4).toBe(true);
    expect([...seen]).toEqual(['reconnecting']);
    expect(errors).toHaveLength(1);
  });

  it('is found dead by its heartbeat', async () => {
    // The server knows no such frame, which is as good as none that answers.
    const { client } = begin({ heartbeat: ['sign-of-life', 'pong'] });
    client.channel('test-channel').on('said', () => {});
    await fast(() => server.visitors).toEqual(['/ws/native']);
    await client.channel('test-channel').ready();
    // The echo of a ping is a sign of life, too: it must not come.
    server.forbidden.add('/ws/native');
    server.deaf = true;
    await clock.advance(25_000);
    expect(client.status.get().state).toBe('reconnecting');
  });

  it('works beside old code whose sockets it drives, over one set of sockets', async () => {
    const { client } = begin();
    const undo = installLegacySockets(client, routes);
    ends.push(undo);
    const socket = new WebSocket(`${server.origin}/ws/native`);
    const messages: unknown[] = [];
    socket.onmessage = ({ data }) => messages.push(JSON.parse(data));
    await new Promise((resolve) => socket.addEventListener('open', resolve));
    socket.send('{"type":"said","data":1}');
    await fast(() => messages).toEqual([{ type: 'said', data: 1 }]);
    expect([server.visitors, server.dials]).toEqual([['/ws/native'], ['/ws/native']]);
  });
});
