import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Child, obey, steadyNow } from './child';
import { duration, median, most, percentile, table, total } from './figures';
import {
  type FleetLibrary,
  type FleetLink,
  FleetMembers,
  type Footprint,
  type MembersSettings,
  type Reception,
  type Recovery,
} from './fleet-members';
import { EmbeddedFleetServer, type FleetServer, FleetServerProcess, SoketiFleetServer } from './fleet-server';
import { measured, type Row } from './results';

const help = `A fleet: thousands of clients over real sockets and real clocks, a load, and a server that goes away and comes back.

  npm run bench:fleet                                   10,000 clients in four processes, 1,000 messages a second for a minute;
                                                        then the server restarts, and is away for 3, 20 and 60 s
  npm run bench:fleet -- --clients 500 --seconds 10 --away 0,3    smaller
  npm run bench:fleet -- --library raw                  raw pusher-js in place of surewire
  npm run bench:fleet -- --link pusher-js               over the library's default, pusher-js and Node's WebSocket
  npm run bench:fleet -- --server embedded              only the embedded server, or only soketi
  npm run bench:fleet -- --save                         keeps the figures in bench/results
  npm run bench:fleet -- --help                         this

It takes six and a half minutes for each server on two idle cores, and ends by itself; --seconds 10 --away 0,3 is over after two and a half minutes.

Ten thousand clients in one machine are a load that no user's machine has, and the sockets are most of it. So the fleet dials over
\`webSocketLink({ WebSocket })\` with the socket of the package \`ws\`, as a Node process with many clients should; what a client
takes over the default is measured beside it, with a quarter of the fleet.

Each message goes to one channel, and each channel has ten clients. "back" counts from the moment the server takes
connections again until a client's channel is live. "peak" is the largest share of the fleet that dials within any 100 ms, failed
dials included: while the server is away, and after it is back. "expected" is that without the luck of a small fleet: the busiest
second by ten. Exits with 1 when surewire misses a target: ${'99.99'} % delivered, p99 50 ms, 100 kB resident a client, back p50 3 s
and max 10 s, 3.5 % of the fleet in any 100 ms (more only as far as luck explains it: three standard deviations).
`;

const target = { delivered: 0.9999, p99: 50, resident: 100_000, p50: 3_000, max: 10_000, share: 0.035 };
const perChannel = 10;
const window = 100;
/** Not everybody is back after so long, in milliseconds: not waited for. */
const patience = 150_000;
/** Files that a process has open besides the sockets of its clients. */
const otherFiles = 200;

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '10000' },
    processes: { type: 'string', default: '4' },
    rate: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '60' },
    away: { type: 'string', default: '0,3,20,60' },
    library: { type: 'string', default: 'surewire' },
    link: { type: 'string', default: 'ws' },
    server: { type: 'string', default: 'embedded,soketi' },
    save: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    /** For the processes that we start ourselves. */
    as: { type: 'string' },
    settings: { type: 'string', default: '{}' },
  },
});

if (values.as === 'server') obey(new FleetServerProcess().orders);
else if (values.as === 'members') {
  // Written by this program, below.
  obey(new FleetMembers(JSON.parse(values.settings) as MembersSettings).orders);
} else if (values.help) console.log(help);
else process.exit(await run());

interface Plan {
  readonly library: FleetLibrary;
  readonly link: FleetLink;
  readonly clients: number;
  readonly processes: number;
  readonly rate: number;
  readonly seconds: number;
  readonly away: readonly number[];
}

async function run(): Promise<number> {
  const plan: Plan = {
    library: values.library === 'raw' ? 'raw' : 'surewire',
    link: values.library !== 'raw' && values.link === 'ws' ? 'ws' : 'pusher-js',
    clients: Number(values.clients),
    processes: Math.min(Number(values.processes), Number(values.clients)),
    rate: Number(values.rate),
    seconds: Number(values.seconds),
    away: values.away === '' ? [] : values.away.split(',').map(Number),
  };
  const numbers = [plan.clients, plan.processes, plan.rate, plan.seconds];
  if (numbers.some((number) => !(number >= 1)) || plan.away.some((seconds) => !(seconds >= 0))) {
    console.error('See --help.');
    return 2;
  }
  const files = openFiles();
  if (plan.clients + otherFiles > files) {
    console.error(
      `The server needs an open file for each of ${plan.clients} clients, and this shell allows ${files}: run \`ulimit -n ${plan.clients + otherFiles}\` first, or pass --clients ${files - otherFiles}.`,
    );
    return 2;
  }
  let good = true;
  for (const name of values.server.split(',')) {
    const missing = name === 'soketi' ? SoketiFleetServer.missing() : undefined;
    if (missing !== undefined) {
      console.error(missing);
      continue;
    }
    const server = name === 'soketi' ? await SoketiFleetServer.create() : new EmbeddedFleetServer();
    if (name !== 'soketi') await server.start();
    const label = `fleet-${name}${plan.library === 'raw' ? '-raw' : ''}`;
    const settings = { ...plan, away: plan.away.join(', ') };
    const { rows } = await measured(label, { settings, save: values.save }, () => suffer(server, plan, name));
    good &&= plan.library === 'raw' || holds(rows, plan.clients);
  }
  return good ? 0 : 1;
}

/** All that happens to one fleet. */
async function suffer(server: FleetServer, plan: Plan, name: string): Promise<Row[]> {
  const { library, link, clients, processes, rate, seconds } = plan;
  const share = Math.ceil(clients / processes);
  const usual = link === 'ws' ? await footprint(server, share) : [];
  const members = Array.from({ length: processes }, (_, index) => {
    const settings: MembersSettings = {
      library,
      link,
      count: Math.min(share, clients - index * share),
      first: index * share,
      perChannel,
      key: server.key,
      // Each process to another address of this machine: the ports of one pair of addresses are soon used up.
      host: process.platform === 'linux' && name !== 'soketi' ? `127.0.0.${index + 1}` : '127.0.0.1',
      port: server.port,
    };
    return new Child('members', settings);
  });
  const row = (situation: string, metric: string, unit: string, samples: readonly number[]): Row => ({
    case: situation,
    contestant: library,
    metric,
    unit,
    samples,
  });
  try {
    console.error(`${name}: ${clients} clients of ${library} connect`);
    const empty = await server.usage();
    const footprints = await all(members, (child) => child.ask<Footprint>('start'));
    const rows = [
      row(
        'start',
        'resident a client',
        'B',
        footprints.map(({ resident }) => resident),
      ),
      row(
        'start',
        'heap a client',
        'B',
        footprints.map(({ heap }) => heap),
      ),
      row('start', 'until all are subscribed', 'ms', [most(footprints.map(({ took }) => took))]),
      ...usual.flatMap(({ resident, heap }) => [
        row("over pusher-js and Node's WebSocket", 'resident of each', 'B', [resident]),
        row("over pusher-js and Node's WebSocket", 'heap of each', 'B', [heap]),
      ]),
    ];
    const full = await server.usage();
    if (empty && full) {
      rows.push(
        row('start', "server's CPU a client", 'us', [(full.cpu - empty.cpu) / clients]),
        row('start', "server's memory a client", 'B', [(full.resident - empty.resident) / clients]),
      );
    }
    console.error(`${name}: ${rate} messages a second for ${seconds} s`);
    await all(members, (child) => child.ask('expect'));
    const before = await server.usage();
    const channels = Math.floor(clients / perChannel) || 1;
    const sent = await server.send({ channels, perSecond: rate, seconds });
    const after = await server.usage();
    const received = await all(members, (child) => child.ask<Reception>('received'));
    const latencies = received.flatMap((each) => each.latencies);
    const wanted = sent * Math.min(perChannel, clients);
    const deliveries = latencies.length;
    rows.push(
      row('load', 'wanted', '', [wanted]),
      row('load', 'delivered', '%', [(deliveries / wanted) * 100]),
      row('load', 'repeated', '', [total(received.map(({ repeated }) => repeated))]),
      ...([50, 99, 99.9, 100] as const).map((each) =>
        row('load', each === 100 ? 'latency max' : `latency p${each}`, 'ms', [
          percentile(latencies, each / 100),
        ]),
      ),
      row('load', 'CPU a delivery', 'us', [total(received.map(({ cpu }) => cpu)) / deliveries]),
      row('load', 'CPU a client and second', 'us', [
        total(received.map(({ cpu }) => cpu)) / clients / (seconds + 2),
      ]),
    );
    if (before && after) {
      const cpu = after.cpu - before.cpu;
      rows.push(
        row('load', "server's CPU, of one core", '%', [cpu / 1e4 / (seconds + 2)]),
        row('load', "server's CPU a delivery", 'us', [cpu / deliveries]),
      );
    }
    for (const away of plan.away) {
      console.error(`${name}: ${away === 0 ? 'the server restarts' : `the server is away for ${away} s`}`);
      const found = await outage(server, members, { away, clients, row });
      rows.push(...found);
      if (found.some(({ metric, samples }) => metric === 'back' && median(samples) < 100)) {
        console.error('Not everybody came back in time: what another outage would show is not that outage.');
        break;
      }
    }
    print(name, rows, clients);
    return rows;
  } finally {
    await Promise.all(members.map((child) => child.end()));
    await server.end();
  }
}

/** What so many clients take over the library's default. */
async function footprint(server: FleetServer, count: number): Promise<Footprint[]> {
  const settings: MembersSettings = {
    library: 'surewire',
    link: 'pusher-js',
    count,
    first: 0,
    perChannel,
    key: server.key,
    host: '127.0.0.1',
    port: server.port,
  };
  const child = new Child('members', settings);
  try {
    return [await child.ask<Footprint>('start')];
  } finally {
    await child.end();
  }
}

async function outage(
  server: FleetServer,
  members: readonly Child[],
  about: {
    readonly away: number;
    readonly clients: number;
    readonly row: (situation: string, metric: string, unit: string, samples: readonly number[]) => Row;
  },
): Promise<Row[]> {
  const { away, clients, row } = about;
  // One outage must not go on from the last: a connection counts as stable, and the waits start over, after 30 s.
  await wait(31_000);
  await all(members, (child) => child.ask('outage'));
  await server.kill();
  await wait(away * 1_000);
  const at = await server.start();
  const recoveries = await all(members, (child) =>
    child.ask<Recovery>('recovered', { until: steadyNow() + patience }),
  );
  const back = recoveries.flatMap(({ live }) => live.filter((when) => when >= at).map((when) => when - at));
  const dials = recoveries.flatMap((recovery) => recovery.dials.map((when) => when - at));
  const before = dials.filter((when) => when < 0);
  const after = dials.filter((when) => when >= 0);
  const situation = away === 0 ? 'restart' : `away ${away} s`;
  const part = (list: readonly number[], stretch: number): number =>
    (busiest(list, stretch) / (stretch / window) / clients) * 100;
  return [
    row(situation, 'back', '%', [(back.length / clients) * 100]),
    ...([50, 95, 99, 100] as const).map((each) =>
      row(situation, each === 100 ? 'back max' : `back p${each}`, 'ms', [percentile(back, each / 100)]),
    ),
    row(situation, 'peak while away', '%', [part(before, window)]),
    row(situation, 'peak after', '%', [part(after, window)]),
    row(situation, 'expected peak after', '%', [part(after, 1_000)]),
    row(situation, 'dials a client', '', [dials.length / clients]),
  ];
}

function print(name: string, rows: readonly Row[], clients: number): void {
  console.log(`\n${clients} clients, ${name}:\n`);
  const lines = rows.map(({ case: situation, metric, unit, samples }) => {
    const value = median(samples);
    const written =
      unit === 'ms'
        ? duration(value)
        : unit === 'B'
          ? `${(value / 1_000).toFixed(1)} kB`
          : amount(value, unit);
    return [situation, metric, written];
  });
  console.log(table(lines));
  for (const complaint of complaints(rows, clients)) console.log(`NOT: ${complaint}`);
}

function amount(value: number, unit: string): string {
  const digits = unit === '%' ? 3 : Number.isInteger(value) ? 0 : 1;
  return `${value.toFixed(digits)} ${unit}`.trim();
}

function holds(rows: readonly Row[], clients: number): boolean {
  return complaints(rows, clients).length === 0;
}

/** The targets that were missed. */
function complaints(rows: readonly Row[], clients: number): string[] {
  // Six of 200 clients are 3 %: what luck adds to a small fleet is no fault.
  const luck = 3 * Math.sqrt(target.share / clients);
  const limits: Readonly<Record<string, number>> = {
    'resident a client': target.resident,
    'latency p99': target.p99,
    'back p50': target.p50,
    'back max': target.max,
    'peak after': (target.share + luck) * 100,
  };
  return rows.flatMap(({ case: situation, metric, samples }) => {
    const value = median(samples);
    const limit = limits[metric];
    const missed =
      (limit !== undefined && !(value <= limit)) ||
      (metric === 'delivered' && value < target.delivered * 100) ||
      (metric === 'back' && value < 100);
    return missed ? [`${situation}: ${metric} is ${Number(value.toPrecision(4))}`] : [];
  });
}

/** The most dials within any stretch of so many milliseconds. */
function busiest(dials: readonly number[], stretch: number): number {
  const sorted = Float64Array.from(dials).sort();
  let first = 0;
  let found = 0;
  for (const [index, at] of sorted.entries()) {
    while ((sorted[first] ?? at) <= at - stretch) first += 1;
    found = Math.max(found, index - first + 1);
  }
  return found;
}

function all<T>(members: readonly Child[], ask: (child: Child) => Promise<T>): Promise<T[]> {
  return Promise.all(members.map(ask));
}

/** How many files a process may have open: Node raises the soft limit to the hard one by itself. */
function openFiles(): number {
  // Or the report asks for the names of all peers.
  Object.assign(process.report, { excludeNetwork: true });
  const { userLimits } = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft: number | string } };
  };
  const limit = Number(userLimits?.open_files?.soft ?? Number.POSITIVE_INFINITY);
  return Number.isNaN(limit) ? Number.POSITIVE_INFINITY : limit;
}
