import { setTimeout as wait } from 'node:timers/promises';
import type { ContestantName } from './contestant';
import { type FaultRow, spread, values } from './fault-row';
import { median, most, type Samples } from './figures';
import { howLong, type World } from './world';

/** Enough for a median that does not depend on luck: our waits are random. */
const crowd = 200;
/** Longer than either library ever needs in these rows. */
const patience = 40_000;
/** What the measurement itself adds: ticks are sent now and then, and a handshake takes a while on a busy machine. */
const tolerance = 500;

async function back(world: World, outage: (world: World) => Promise<void>): Promise<Samples> {
  const listeners = await world.listeners(crowd);
  await wait(500);
  await outage(world);
  return { back: await listeners.untilHeard(patience) };
}

/** Takes the proxy away for so long: connections are reset, dials refused. */
async function refused({ proxy }: World, milliseconds: number): Promise<void> {
  proxy.refuse();
  proxy.reset();
  await wait(milliseconds);
  await proxy.listen();
}

function tellBack(samples: Samples): string {
  const times = values(samples, 'back');
  const never = times.filter((time) => time >= patience).length;
  return `back after ${spread(times)}${never === 0 ? '' : `, ${never} of ${times.length} never`}`;
}

const noticing = { raw: 100_000, surewire: 40_000 } as const satisfies Record<ContestantName, number>;

/** How links break, and how long it takes to know and to come back. */
export const linkRows: readonly FaultRow[] = [
  {
    id: 'reset',
    fault: 'link reset and refused for 5 s, 50 server messages meanwhile',
    must: 'the gap told; back within 5 s (p50)',
    crowded: true,
    async measure(world) {
      const listeners = await world.listeners(crowd);
      await wait(500);
      const { proxy, server } = world;
      proxy.refuse();
      proxy.reset();
      for (let number = 0; number < 50; number += 1) {
        await wait(100);
        server.trigger('messages', 'message', { number });
      }
      await proxy.listen();
      const times = await listeners.untilHeard(patience);
      await wait(100);
      return {
        back: times,
        lost: listeners.received.map((count) => 50 - count),
        gaps: listeners.all.map((contestant) => contestant.gaps('messages')),
      };
    },
    tell: (samples) => {
      const silent = values(samples, 'gaps').filter((count) => count === 0).length;
      const told = silent === 0 ? 'gap told' : 'silently';
      return `lost ${median(values(samples, 'lost'))}, ${told}; ${tellBack(samples)}`;
    },
    holds: (samples) =>
      values(samples, 'gaps').every((count) => count === 1) && median(values(samples, 'back')) <= 5_000,
  },
  {
    id: 'half-open',
    fault: 'half-open link (the server told an idle limit of 30 s)',
    must: 'noticed within 25 s',
    slow: true,
    async measure(world) {
      const [listener] = (await world.listeners(1)).all;
      await wait(1_000);
      world.proxy.blackhole();
      return { noticed: [await howLong(() => listener?.saysConnected() === false, noticing[world.name])] };
    },
    tell: (samples) => `noticed after ${spread(values(samples, 'noticed'))}`,
    holds: (samples) => most(values(samples, 'noticed')) <= 25_000,
  },
  {
    id: 'half-open-offline',
    fault: 'half-open link, and the device says `offline`',
    must: 'noticed at once (50 ms)',
    alone: true,
    async measure(world) {
      const [listener] = (await world.listeners(1)).all;
      await wait(1_000);
      world.proxy.blackhole();
      listener?.network('offline');
      return { noticed: [await howLong(() => listener?.saysConnected() === false, patience)] };
    },
    tell: (samples) => `noticed after ${spread(values(samples, 'noticed'))}`,
    holds: (samples) => most(values(samples, 'noticed')) <= 50,
  },
  {
    id: 'truth',
    fault: 'truth after a reset',
    must: 'say `connected` for at most 100 ms (p50)',
    alone: true,
    async measure(world) {
      const lies: number[] = [];
      while (lies.length < 5) {
        const [listener] = (await world.listeners(1)).all;
        await wait(500);
        world.proxy.refuse();
        world.proxy.reset();
        lies.push(await howLong(() => listener?.saysConnected() === false, patience));
        listener?.close();
        await world.proxy.listen();
      }
      return { lie: lies };
    },
    tell: (samples) => `says so for ${spread(values(samples, 'lie'))}`,
    holds: (samples) => median(values(samples, 'lie')) <= 100,
  },
  {
    id: 'restart',
    fault: 'server restarts, 3 s away',
    must: 'back within 5 s (p50)',
    crowded: true,
    measure: (world) =>
      back(world, async () => {
        world.server.restart({ downFor: 3_000 });
        await refused(world, 3_000);
      }),
    tell: tellBack,
    holds: (samples) => median(values(samples, 'back')) <= 5_000,
  },
  {
    id: 'refused',
    fault: 'server refuses for 20 s',
    must: 'back within 5 s (p50), 15 s (max)',
    crowded: true,
    measure: (world) => back(world, () => refused(world, 20_000)),
    tell: tellBack,
    holds: (samples) =>
      median(values(samples, 'back')) <= 5_000 && most(values(samples, 'back')) <= 15_000 + tolerance,
  },
  {
    id: 'gateway',
    fault: 'a gateway answers upgrades with 503 for 5 s after a reset',
    must: 'back within 5 s (p50)',
    crowded: true,
    measure: (world) =>
      back(world, async ({ proxy }) => {
        const stop = proxy.answerUpgrades(503);
        proxy.reset();
        await wait(5_000);
        stop();
      }),
    tell: tellBack,
    holds: (samples) => median(values(samples, 'back')) <= 5_000,
  },
  {
    id: 'wifi-back',
    fault: 'Wi-Fi lost for 5 s, with `offline` and `online`',
    must: 'back within 1.5 s of `online` (max)',
    async measure(world) {
      const listeners = await world.listeners(20);
      await wait(500);
      const heal = world.proxy.blackhole();
      // Of the raw clients one is enough to tell: pusher-js has one such emitter in a process.
      const told = world.name === 'raw' ? listeners.all.slice(0, 1) : listeners.all;
      for (const listener of told) listener.network('offline');
      await wait(5_000);
      heal();
      for (const listener of told) listener.network('online');
      return { back: await listeners.untilHeard(patience) };
    },
    tell: tellBack,
    holds: (samples) => most(values(samples, 'back')) <= 1_500,
  },
];
