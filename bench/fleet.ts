import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ContestantName } from './contestant';
import { duration, median, most, percentile, table } from './figures';
import { World } from './world';

const help = `A fleet after a restart: so many clients over real sockets and real clocks, a server that is away, and what its network
sees. Dials that fail are counted, too.

  npm run bench:fleet                                  200 clients, away 10 s and 60 s, raw pusher-js beside surewire
  npm run bench:fleet -- --clients 1000 --down 10,30   others
  npm run bench:fleet -- --only surewire               without raw pusher-js
  npm run bench:fleet -- --help                        this

"peak" is the largest share of the fleet that dials within any 100 ms: while the server is away, and after it is back.
"late" is by how much the machine kept the process waiting, at worst: whatever waited so long then happens at once.
"expected" is that peak without the luck of a small fleet: the share that dials in a second, by ten.
Exits with 1 when surewire misses a target: p50 <= 5 s, max <= 15 s, peak <= 3 % of the fleet once the server is back
(more only as far as luck explains it: three standard deviations above 3 %).
`;

/** What happened in one outage. */
interface Outage {
  readonly name: ContestantName;
  readonly down: number;
  readonly back: readonly number[];
  /** Dials in milliseconds since the server was back; before that, negative. */
  readonly dials: readonly number[];
  readonly lateness: number;
}

const target = { p50: 5_000, max: 15_000, share: 0.03 };
/** What the measurement itself adds: ticks are sent now and then, handshakes take a while on a busy machine. */
const tolerance = 500;
const window = 100;

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '200' },
    down: { type: 'string', default: '10,60' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(help);
else process.exit(await run(Number(values.clients), values.down.split(',').map(Number)));

async function run(clients: number, downs: readonly number[]): Promise<number> {
  const names = (['raw', 'surewire'] as const).filter((name) => (values.only ?? name) === name);
  if (!(clients >= 1) || downs.some((down) => !(down > 0)) || names.length === 0) {
    console.error('See --help.');
    return 2;
  }
  const outages: Outage[] = [];
  // One after the other: what is counted is what happens within 100 ms.
  for (const down of downs) for (const name of names) outages.push(await suffer(name, clients, down * 1_000));
  const lines = outages.map((outage) => describe(outage, clients));
  const header = [
    'away',
    'client',
    'back p50',
    'p95',
    'max',
    'peak while away',
    'peak after',
    'expected',
    'dials',
    'late',
    '',
  ];
  console.log(table([header, ...lines]));
  return lines.some((line) => line.at(-1) === 'NOT') ? 1 : 0;
}

async function suffer(name: ContestantName, clients: number, down: number): Promise<Outage> {
  const world = await World.create(name);
  try {
    const listeners = await world.listeners(clients);
    await wait(1_000);
    const before = world.proxy.dials.length;
    const stop = world.proxy.turnAway();
    world.server.restart();
    world.proxy.reset();
    await wait(down);
    stop();
    const heal = performance.now();
    const back = await listeners.untilHeard(120_000);
    const dials = world.proxy.dials.slice(before).map((at) => at - heal);
    return { name, down, back, dials, lateness: world.lateness };
  } finally {
    await world.end();
  }
}

function describe({ name, down, back, dials, lateness }: Outage, clients: number): string[] {
  const after = dials.filter((at) => at >= 0);
  const peak = busiest(after, window) / clients;
  const luck = 3 * Math.sqrt(target.share / clients);
  const good =
    median(back) <= target.p50 && most(back) <= target.max + tolerance && peak <= target.share + luck;
  return [
    duration(down),
    name,
    duration(median(back)),
    duration(percentile(back, 0.95)),
    duration(most(back)),
    share(
      busiest(
        dials.filter((at) => at < 0),
        window,
      ) / clients,
    ),
    share(peak),
    share(busiest(after, 1_000) / 10 / clients),
    String(dials.length),
    duration(lateness),
    name === 'raw' ? '' : good ? 'ok' : 'NOT',
  ];
}

/** The most dials within any stretch of so many milliseconds. */
function busiest(dials: readonly number[], stretch: number): number {
  const sorted = dials.toSorted((a, b) => a - b);
  let first = 0;
  let found = 0;
  for (const [index, at] of sorted.entries()) {
    while ((sorted[first] ?? at) <= at - stretch) first += 1;
    found = Math.max(found, index - first + 1);
  }
  return found;
}

function share(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}
