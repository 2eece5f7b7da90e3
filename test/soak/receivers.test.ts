import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { FaultProxy } from '../../bench/fault-proxy';
import { type Gap, RealtimeClient, type UntypedChannels, webSocketLink } from '../../src/index';
import { createTestServer } from '../../src/testing/index';
import { Chronicle } from './chronicle';

const seconds = Number(process.env['SUREWIRE_SOAK_SECONDS'] ?? 100);
const seed = Number(process.env['SUREWIRE_SEED'] ?? Date.now() % 2 ** 31);
const channels = ['news', 'private-plugin-7', 'presence-room'];
const crowd = 6;

/** Chance that comes again with the seed (a linear congruential generator). */
function chance(): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test(
  `over ${seconds} s of cuts, dead links and endpoints that fail, everybody hears the history, in order, once`,
  async () => {
    console.info(`SUREWIRE_SEED=${seed}`);
    const random = chance();
    const between = (least: number, most: number): number => least + Math.floor(random() * (most - least));
    const server = createTestServer();
    const listening = await server.listen();
    const proxy = await FaultProxy.open({ host: '127.0.0.1', port: listening.port });
    const clients: RealtimeClient<UntypedChannels>[] = [];
    onTestFinished(async () => {
      for (const client of clients) client.destroy();
      proxy.close();
      await listening.close();
      await server.stop();
    });

    let recovery = 0;
    const chronicles = Array.from({ length: crowd }, (_, index) => {
      const chronicle = new Chronicle(channels);
      const client = new RealtimeClient<UntypedChannels>({
        ...listening.options,
        port: proxy.port,
        ...(index % 2 === 0 ? { transport: webSocketLink() } : {}),
        messageId: (data) => (data as { readonly id?: string }).id,
        recover: async (gap: Gap) => {
          await wait(recovery);
          return chronicle.missed(gap);
        },
      });
      client.on('error', ({ code, channel }) => {
        if (code === 'recovery' && channel !== undefined) chronicle.reported(channel);
      });
      for (const name of channels) {
        client.channel(name).on('said', (_, message) => chronicle.heard(message));
      }
      clients.push(client);
      return chronicle;
    });
    await Promise.all(clients.flatMap((client) => channels.map((name) => client.channel(name).ready())));

    const say = (): void => {
      const name = channels[between(0, channels.length)] ?? 'news';
      const [entry] = chronicles.map((chronicle) => chronicle.next(name));
      // One id everywhere: the frame's, the payload's and the history's.
      if (entry !== undefined) server.trigger(name, entry.event, entry.data, { id: entry.id });
      if (random() < 0.05) server.trigger(name, 'client-said', { id: chronicles[0]?.guess(name) });
    };
    const faults: readonly (() => void | Promise<void>)[] = [
      () => proxy.reset(),
      async () => {
        for (let time = 0; time < 4; time += 1) {
          proxy.reset();
          await wait(between(50, 600));
        }
      },
      async () => {
        const end = proxy.blackhole();
        await wait(between(50, 4_000));
        end();
      },
      async () => {
        proxy.refuse();
        proxy.reset();
        await wait(between(50, 2_000));
        await proxy.listen();
      },
      () => server.close([4100, 4200, 4201, 1001][between(0, 4)]),
      () => void server.rejectAuth([500, 503, 429][between(0, 3)] ?? 500, between(1, 6)),
      () => void server.hangAuth(between(1, 3)),
      () => {
        recovery = between(0, 3_000);
      },
      async () => {
        const client = clients[between(0, crowd)];
        client?.disconnect();
        await wait(between(0, 500));
        client?.connect().catch(() => {});
      },
    ];
    const end = performance.now() + seconds * 1_000;
    const talk = (async () => {
      while (performance.now() < end) {
        say();
        await wait(between(2, 30));
      }
    })();
    while (performance.now() < end) {
      await faults[between(0, faults.length)]?.();
      await wait(between(20, 1_500));
    }
    await talk;
    recovery = 0;
    for (const client of clients) client.connect().catch(() => {});
    await expect.poll(() => chronicles.flatMap(({ faults }) => faults), { timeout: 60_000 }).toEqual([]);
    console.info(`${chronicles[0]?.said} messages to ${crowd} clients`);
  },
  (seconds + 120) * 1_000,
);
