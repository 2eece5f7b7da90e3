import { createServer, type Server } from 'node:net';
import Pusher from 'pusher-js';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  backendAuth,
  type ConnectionStatus,
  pusherInstance,
  RealtimeClient,
  type RealtimeError,
} from '../../src/index';
import { createTestClient, createTestServer } from '../../src/testing/index';
import { HandNetwork } from '../fakes/hand-network';
import { runningTime } from '../setup/running-time';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function inMemory(options: Parameters<typeof createTestClient>[0] = {}) {
  const { client, server, clock } = createTestClient(options);
  const errors: RealtimeError[] = [];
  const history: ConnectionStatus[] = [];
  client.on('error', (error) => errors.push(error));
  client.status.subscribe((status) => history.push(status));
  ends.push(() => client.destroy());
  return { client, server, clock, errors, history, state: () => client.status.get().state };
}

async function overSockets(more: Partial<ConstructorParameters<typeof RealtimeClient>[0]> = {}) {
  const server = createTestServer();
  const listening = await server.listen();
  ends.push(() => listening.close());
  const client = new RealtimeClient({ ...listening.options, ...more });
  const errors: RealtimeError[] = [];
  client.on('error', (error) => errors.push(error));
  ends.push(() => client.destroy());
  return { server, listening, client, errors };
}

const until = (client: RealtimeClient, state: string): Promise<void> =>
  new Promise((resolve) => {
    if (client.status.get().state === state) resolve();
    else {
      const stop = client.status.subscribe((status) => {
        if (status.state !== state) return;
        stop();
        resolve();
      });
    }
  });

describe('an outage, on a clock moved by hand', () => {
  test('a server that restarts and is away for 50 s: one error, no promise lost, back within 15 s', async () => {
    const { client, server, clock, errors, history, state } = inMemory();
    const channel = client.channel('news');
    channel.hold();
    await clock.settle();
    expect(state()).toBe('connected');
    server.restart({ downFor: 50_000 });
    await clock.advance(0);
    expect(state()).toBe('reconnecting');
    const again = client.connect();
    await clock.advance(50_000);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ name: 'ConnectionError', retryable: true });
    await clock.advance(15_000);
    expect(state()).toBe('connected');
    await again;
    expect(channel.subscription.get().state).toBe('subscribed');
    expect(history.filter(({ state: each }) => each === 'connected')).toHaveLength(2);
  });

  test('a device that says for ever that it is offline: the client connects all the same, hears and publishes', async () => {
    const network = new HandNetwork(false);
    const { client, server, clock, errors, state } = inMemory({ network });
    const heard: unknown[] = [];
    client.channel('room').on('said' as never, ((payload: unknown) => heard.push(payload)) as never);
    const published = client.channel('private-room').publish('said' as never, 1 as never);
    await clock.advance(1_000);
    expect(state()).toBe('connected');
    server.trigger('room', 'said', 'hello');
    await clock.settle();
    expect(heard).toEqual(['hello']);
    await expect(published).resolves.toMatchObject({ level: 'accepted' });
    server.drop();
    await clock.advance(3_000);
    expect(state()).toBe('connected');
    expect(errors).toEqual([]);
  });

  test('a VPN that is switched says offline for a moment: of 50 messages none is lost, and no gap is told', async () => {
    const network = new HandNetwork();
    const { client, server, clock, history } = inMemory({ network });
    const heard: unknown[] = [];
    const gaps: unknown[] = [];
    client.on('gap', (gap) => gaps.push(gap));
    client.channel('room').on('said' as never, ((payload: unknown) => heard.push(payload)) as never);
    await clock.settle();
    for (let n = 0; n < 50; n += 1) {
      if (n === 10) network.say('offline');
      if (n === 40) network.say('online');
      server.trigger('room', 'said', n);
      await clock.advance(100);
    }
    expect(heard).toEqual(Array.from({ length: 50 }, (_, n) => n));
    expect(gaps).toEqual([]);
    expect(history.map(({ state }) => state)).toContain('offline');
    expect(server.connections).toHaveLength(1);
  });

  test('a half-open link is found within 25 s, and messages flow again on another', async () => {
    const { client, server, clock, state } = inMemory();
    const heard: unknown[] = [];
    client.channel('news').on('headline' as never, ((payload: unknown) => heard.push(payload)) as never);
    await clock.settle();
    const stop = server.mute();
    await clock.advance(25_000);
    expect(state()).toBe('reconnecting');
    stop();
    await clock.advance(15_000);
    expect(state()).toBe('connected');
    server.trigger('news', 'headline', { text: 'back' });
    await clock.settle();
    expect(heard).toEqual([{ text: 'back' }]);
    expect(server.connections).toHaveLength(1);
  });

  test('a server that takes the socket and says nothing is given up after 10 s', async () => {
    const { client, server, clock, history } = inMemory();
    const stop = server.mute();
    void client.connect();
    await clock.advance(10_000);
    expect(client.status.get()).toMatchObject({
      state: 'reconnecting',
      reason: 'The server did not answer within 10 s.',
    });
    stop();
    await clock.advance(2_000);
    expect(history.at(-1)?.state).toBe('connected');
  });

  test.each([4200, 4100])(
    'a server that refuses everybody with %i for 20 s meets no hot loop',
    async (code) => {
      const { client, server, clock, state } = inMemory();
      const stop = server.refuse(code);
      void client.connect();
      await clock.advance(1_000);
      expect(client.status.get().attempt).toBeLessThanOrEqual(12);
      await clock.advance(19_000);
      const { attempt } = client.status.get();
      expect(attempt).toBeLessThanOrEqual(30);
      stop();
      await clock.advance(15_000);
      expect(state()).toBe('connected');
    },
  );

  test('after destroy(), in the middle of anything, no timer is left', async () => {
    const arrangements: ((story: ReturnType<typeof inMemory>) => Promise<void>)[] = [
      async () => {},
      async ({ clock }) => clock.settle(),
      async ({ clock }) => clock.advance(16_000),
      async ({ clock, server }) => {
        await clock.settle();
        server.restart({ downFor: 60_000 });
        await clock.advance(20_000);
      },
      async ({ clock, server }) => {
        server.mute();
        await clock.advance(3_000);
      },
      async ({ clock, server }) => {
        server.refuse(4004);
        await clock.advance(3_000);
      },
    ];
    for (const arrange of arrangements) {
      const story = inMemory();
      void story.client.connect();
      await arrange(story);
      story.client.destroy();
      await story.clock.settle();
      story.server.unmute();
      await story.server.stop();
      await story.clock.settle();
      expect(story.clock.pending).toBe(0);
      expect(story.state()).toBe('idle');
    }
  });

  test('disconnect() inside a listener of `status`, `subscription`, `message`, `error` and `log` is final', async () => {
    const listeners: [string, (client: ReturnType<typeof inMemory>['client']) => void][] = [
      ['status', (client) => client.status.subscribe(() => client.disconnect())],
      ['subscription', (client) => client.channel('news').subscription.subscribe(() => client.disconnect())],
      ['message', (client) => client.on('message', () => client.disconnect())],
      ['log', (client) => client.on('log', () => client.disconnect())],
      ['error', (client) => client.on('error', () => client.disconnect())],
    ];
    for (const [name, listen] of listeners) {
      const { client, server, clock, state } = inMemory();
      client.channel('news').hold();
      listen(client);
      void client.connect();
      await clock.advance(1_000);
      server.trigger('news', 'headline', {});
      if (name === 'error') server.refuse('tcp');
      if (name === 'error') server.drop();
      await clock.advance(120_000);
      expect([name, state()]).toEqual([name, 'idle']);
      expect([name, server.connections.length]).toEqual([name, 0]);
      client.destroy();
    }
  });

  test('4009 while the token source hangs: reconnecting, not failed, and connected once it answers', async () => {
    const { clock } = inMemory();
    const server = createTestServer({ clock, ids: 'sequential' });
    const renewals: string[] = [];
    let hangs = true;
    const client = new RealtimeClient({
      ...server.options,
      auth: backendAuth({
        endpoint: server.endpoints.auth,
        token: ({ reason }) => {
          if (reason !== 'refused') return server.issueToken({ userId: 'first' });
          renewals.push(reason);
          return hangs ? new Promise<string>(() => {}) : 'the only other token that there is';
        },
      }),
    });
    ends.push(() => client.destroy());
    client.on('error', () => {});
    server.refuse(4009, { times: 1 });
    const connected = client.connect();
    await clock.advance(60_000);
    expect(renewals.length).toBeGreaterThan(1);
    expect(client.status.get().state).toBe('reconnecting');
    hangs = false;
    await clock.advance(60_000);
    await connected;
    expect(client.status.get()).toMatchObject({ state: 'connected', attempt: 2 });
  });

  test('4009 with the one token that there is: failed, and the error says that there is no other', async () => {
    const { client, server, clock, errors, state } = inMemory();
    const token = server.issueToken();
    client.destroy();
    const other = new RealtimeClient({
      ...server.options,
      auth: backendAuth({ endpoint: server.endpoints.auth, token: () => token }),
    });
    ends.push(() => other.destroy());
    other.on('error', (error) => errors.push(error));
    server.refuse(4009);
    void other.connect();
    await clock.advance(20_000);
    expect(other.status.get().state).toBe('failed');
    expect(errors.at(-1)).toMatchObject({
      name: 'ConnectionError',
      status: 4009,
      cause: { code: 'configuration', message: expect.stringContaining('no other token') },
    });
    expect(JSON.stringify(errors.map(({ message, cause }) => [message, String(cause)]))).not.toContain(token);
    expect(state()).toBe('idle');
  });
});

describe('over real sockets and pusher-js', () => {
  test('truth after a reset: the status tells within 100 ms, and the connection comes back', async () => {
    const { client, server } = await overSockets();
    await client.connect();
    const history: string[] = [];
    client.status.subscribe(({ state }) => history.push(state));
    const told = await runningTime(() => {
      server.drop();
      return until(client, 'reconnecting');
    });
    expect(told).toBeLessThan(100);
    expect(history).toEqual(['reconnecting']);
    expect(client.socketId).toBeUndefined();
    await until(client, 'connected');
    expect(server.connections).toHaveLength(1);
  });

  test('TCP refused: reconnecting with the reason at once, one error, and no dial after disconnect()', async () => {
    const free = await new Promise<{ readonly port: number }>((resolve) => {
      const probe: Server = createServer().listen(0, '127.0.0.1', () => {
        const address = probe.address();
        const port = typeof address === 'object' && address !== null ? address.port : 0;
        probe.close(() => resolve({ port }));
      });
    });
    const client = new RealtimeClient({ key: 'key', host: '127.0.0.1', port: free.port, tls: false });
    ends.push(() => client.destroy());
    const errors: RealtimeError[] = [];
    client.on('error', (error) => errors.push(error));
    const waits: ConnectionStatus[] = [];
    client.status.subscribe((status) => status.retryAt !== undefined && waits.push(status));
    const connecting = client.connect().catch((error: RealtimeError) => error.code);
    await vi.waitFor(() => expect(errors).toHaveLength(1), { timeout: 60_000 });
    // The first wait: by now the next dial may be under way.
    expect(waits[0]).toMatchObject({
      state: 'reconnecting',
      reason:
        'The connection broke, or the server could not be reached. If it never was: check `cluster`, or `host`, `port` and `tls`.',
    });
    client.disconnect();
    expect(await connecting).toBe('aborted');
    expect(client.status.get().state).toBe('idle');
  });

  test.each([4001, 4003, 4005])('%i fails at once with a clear error', async (code) => {
    const { client, server, errors } = await overSockets();
    server.refuse(code);
    await expect(client.connect()).rejects.toMatchObject({ name: 'ConnectionError', status: code });
    expect(client.status.get()).toMatchObject({ state: 'failed', attempt: 1 });
    expect(errors).toHaveLength(1);
  });

  test('no second socket and nothing in Pusher.instances, through twenty drops', async () => {
    const { instances } = Pusher as unknown as { readonly instances: readonly unknown[] };
    const before = instances.length;
    const { client, server } = await overSockets();
    await client.connect();
    for (let drop = 0; drop < 20; drop += 1) {
      // 42xx the first time after a stable connection only: `connect()` starts over.
      client.disconnect();
      await client.connect();
      expect(client.socketId).toBe(server.connections.at(-1)?.socketId);
    }
    await vi.waitFor(() => expect(server.connections).toHaveLength(1), 60_000);
    expect(instances).toHaveLength(before);
    client.destroy();
    await vi.waitFor(() => expect(server.connections).toHaveLength(0), 60_000);
  });

  test('an injected instance: connects, subscribes, is cut, comes back, and is left clean', async () => {
    const server = createTestServer();
    const listening = await server.listen();
    ends.push(() => listening.close());
    const { key, host, port } = listening.options;
    const pusher = new Pusher(key, {
      cluster: '',
      wsHost: host,
      wsPort: port,
      forceTLS: false,
      enabledTransports: ['ws'],
    });
    ends.push(() => pusher.disconnect());
    const client = new RealtimeClient({ ...listening.options, transport: pusherInstance(pusher) });
    ends.push(() => client.destroy());
    client.on('error', () => {});
    const heard: unknown[] = [];
    const channel = client.channel('private-plugin-7');
    channel.on('command' as never, ((payload: unknown) => heard.push(payload)) as never);
    await channel.ready({ timeout: 60_000 });
    server.drop();
    await until(client, 'reconnecting');
    await until(client, 'connected');
    await channel.ready({ timeout: 60_000 });
    server.trigger('private-plugin-7', 'command', '7');
    await vi.waitFor(() => expect(heard).toHaveLength(1), 60_000);
    expect(server.connections).toHaveLength(1);
    client.destroy();
    await vi.waitFor(() => expect(server.connections).toHaveLength(0), 60_000);
    expect(pusher.connection.state).toBe('disconnected');
  });

  test('options that cannot work are refused where the client is made', async () => {
    const options = { key: 'key', host: '127.0.0.1' };
    expect(
      () => new RealtimeClient({ ...options, pusherOptions: { enabledTransports: ['ws', 'xhr_streaming'] } }),
    ).toThrow(expect.objectContaining({ code: 'configuration' }));
    expect(() => new RealtimeClient({ ...options, transport: pusherInstance(Pusher as never) })).toThrow(
      expect.objectContaining({ code: 'configuration' }),
    );
  });

  test('a class that is not pusher-js’s is told at the first dial, which is the last', async () => {
    const client = new RealtimeClient({ key: 'key', host: '127.0.0.1', Pusher: class {} as never });
    ends.push(() => client.destroy());
    client.on('error', () => {});
    await expect(client.connect()).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringContaining('`Pusher`'),
    });
    expect(client.status.get()).toMatchObject({ state: 'failed', attempt: 1 });
  });

  test('a port that no address has, and an address for a cluster, are refused where the client is made', () => {
    for (const port of [0, -1, 99_999, 6001.5, Number.NaN]) {
      expect(() => new RealtimeClient({ key: 'key', host: '127.0.0.1', port })).toThrow(/`port`/);
    }
    expect(() => new RealtimeClient({ key: 'key', cluster: 'https://us2' })).toThrow(/`cluster`/);
    // What an environment variable holds is a text.
    const given = { port: '6001' as unknown as number };
    expect(() => new RealtimeClient({ key: 'key', host: '127.0.0.1', ...given }).destroy()).not.toThrow();
  });
});
