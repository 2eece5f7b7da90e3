// The stories of the hand-moved clock once more, over real sockets that a proxy breaks the way networks do.
import { describe, type TestContext, test } from 'vitest';
import { elsewhere, FaultProxy } from '../../bench/fault-proxy';
import {
  type Gap,
  RealtimeClient,
  type RealtimeClientOptions,
  type RealtimeError,
  recoverFromHistory,
} from '../../src/index';
import { createTestServer, type TestServer } from '../../src/testing/index';
import { HandNetwork } from '../fakes/hand-network';
import { runningTime } from '../setup/running-time';

interface World {
  readonly server: TestServer;
  readonly proxy: FaultProxy;
  readonly errors: RealtimeError[];
  readonly gaps: Gap[];
  /** The server's own port, past the proxy. */
  readonly port: number;
  client(options?: Partial<RealtimeClientOptions>): RealtimeClient;
}

async function world({ onTestFinished }: Pick<TestContext, 'onTestFinished'>): Promise<World> {
  const server = createTestServer();
  const listening = await server.listen({ port: 0 });
  onTestFinished(() => listening.close());
  const proxy = await FaultProxy.open({ host: '127.0.0.1', port: listening.port });
  onTestFinished(() => proxy.close());
  const errors: RealtimeError[] = [];
  const gaps: Gap[] = [];
  return {
    server,
    proxy,
    errors,
    gaps,
    port: listening.port,
    client: (options = {}) => {
      const client = new RealtimeClient({ ...listening.options, port: proxy.port, ...options });
      client.on('error', (error) => errors.push(error));
      client.on('gap', (gap) => gaps.push(gap));
      onTestFinished(() => client.destroy());
      return client;
    },
  };
}

function state(client: RealtimeClient, wanted: string): Promise<void> {
  return new Promise((resolve) => {
    if (client.status.get().state === wanted) resolve();
    const stop = client.status.subscribe((status) => {
      if (status.state !== wanted) return;
      stop();
      resolve();
    });
  });
}

// At the same time: they mostly wait, and each has a server and a link of its own.
describe.concurrent('over links that break', { timeout: 180_000 }, () => {
  test('a reset is known within 100 ms, and messages flow again by themselves', async ({
    expect,
    onTestFinished,
  }) => {
    const { server, proxy, client, gaps, errors } = await world({ onTestFinished });
    const ada = client();
    const heard: unknown[] = [];
    ada.channel('news').on('headline', (payload) => heard.push(payload));
    await ada.channel('news').ready();
    const known = await runningTime(() => {
      proxy.reset();
      return state(ada, 'reconnecting');
    });
    expect(known).toBeLessThan(100);
    await ada.channel('news').ready();
    server.trigger('news', 'headline', 'again');
    await expect.poll(() => heard).toEqual(['again']);
    expect(gaps).toHaveLength(1);
    expect(errors).toEqual([]);
    expect(proxy.dials).toHaveLength(2);
  });

  test('what was published while the link was refused is recovered in order, and nothing comes twice', async ({
    expect,
    onTestFinished,
  }) => {
    const { server, proxy, client } = await world({ onTestFinished });
    const { url } = await server.listen({ port: 0 });
    const ada = client({ recover: recoverFromHistory({ endpoint: `${url}/realtime/history` }) });
    const heard: unknown[] = [];
    ada.channel('news').on('headline', (payload) => heard.push(payload));
    await ada.channel('news').ready();
    server.trigger('news', 'headline', { n: 0 });
    await expect.poll(() => heard).toHaveLength(1);
    proxy.refuse();
    proxy.reset();
    for (let n = 1; n <= 50; n += 1) server.trigger('news', 'headline', { n });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await proxy.listen();
    await expect.poll(() => heard.length, { timeout: 60_000 }).toBe(51);
    expect(heard).toEqual(Array.from({ length: 51 }, (_, n) => ({ n })));
    expect(ada.statistics.get()).toMatchObject({ gaps: 1, duplicates: 0 });
  });

  test('client events published before and during a cut arrive, all and in order', async ({
    expect,
    onTestFinished,
  }) => {
    const { proxy, client, port } = await world({ onTestFinished });
    const [ada, ben] = [client(), client({ port })];
    const heard: unknown[] = [];
    ben.channel('private-room').on('client-note', (payload) => heard.push(payload));
    await Promise.all([ada.channel('private-room').ready(), ben.channel('private-room').ready()]);
    const room = ada.channel('private-room');
    room.hold();
    await Promise.all(Array.from({ length: 5 }, (_, n) => room.publish('client-note', { n })));
    // What was written to the socket and not read by anybody goes with the link: `written` says no more than it knows.
    await expect.poll(() => heard).toHaveLength(5);
    proxy.refuse();
    proxy.reset();
    await state(ada, 'reconnecting');
    const published = Array.from({ length: 45 }, (_, n) => room.publish('client-note', { n: n + 5 }));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await proxy.listen();
    await Promise.all(published);
    await expect.poll(() => heard, { timeout: 60_000 }).toHaveLength(50);
    expect(heard).toEqual(Array.from({ length: 50 }, (_, n) => ({ n })));
  });

  test.for(['offline', 'resumed'] as const)(
    'client events published after `%s` over a link that is dead arrive, all and in order',
    async (change, { expect, onTestFinished }) => {
      const { proxy, client, port } = await world({ onTestFinished });
      const network = new HandNetwork();
      // A server on this machine would not mind that the device is offline.
      const [ada, ben] = [client({ network, host: elsewhere }), client({ port })];
      const heard: unknown[] = [];
      ben.channel('private-room').on('client-note', (payload) => heard.push(payload));
      const room = ada.channel('private-room');
      room.hold();
      await Promise.all([room.ready(), ben.channel('private-room').ready()]);
      const heal = proxy.blackhole();
      network.say(change);
      const published: Promise<unknown>[] = [];
      for (let n = 0; n < 20; n += 1) {
        published.push(room.publish('client-note', { n }));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      heal();
      network.say('online');
      published.push(room.publish('client-note', { n: 20 }));
      await Promise.all(published);
      await expect.poll(() => heard, { timeout: 30_000 }).toHaveLength(21);
      expect(heard).toEqual(Array.from({ length: 21 }, (_, n) => ({ n })));
    },
  );

  test('a half-open link is found within 25 s, although nobody closes it', async ({
    expect,
    onTestFinished,
  }) => {
    const { proxy, client, server } = await world({ onTestFinished });
    const ada = client();
    const heard: unknown[] = [];
    ada.channel('news').on('headline', (payload) => heard.push(payload));
    await ada.channel('news').ready();
    const heal = proxy.blackhole();
    expect(await runningTime(() => state(ada, 'reconnecting'))).toBeLessThan(25_000);
    heal();
    await ada.channel('news').ready();
    server.trigger('news', 'headline', 'alive');
    await expect.poll(() => heard).toEqual(['alive']);
  });

  test('a load balancer that answers 503 is not dialled in a loop, and recovered from', async ({
    expect,
    onTestFinished,
  }) => {
    const { proxy, client } = await world({ onTestFinished });
    const stop = proxy.answerUpgrades(503);
    const ada = client();
    const connecting = ada.connect();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(proxy.dials.length).toBeLessThan(8);
    stop();
    await connecting;
    expect(ada.status.get().state).toBe('connected');
  });

  test('on a link that is slow by 300 ms each way everything works, only later', async ({
    expect,
    onTestFinished,
  }) => {
    const { proxy, client, server, errors } = await world({ onTestFinished });
    proxy.delay(300);
    const ada = client();
    const next = ada.channel('private-room').once('note', { timeout: 60_000 });
    await ada.channel('private-room').ready({ timeout: 60_000 });
    server.trigger('private-room', 'note', 'slow');
    expect(await next).toBe('slow');
    expect(errors).toEqual([]);
  });
});
