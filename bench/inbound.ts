import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { endWithParent } from './end-with-parent';
import { median, most, table } from './figures';
import { type Flood, serveFlood } from './flood-server';
import { cpuPerMessage, heapWith, type Receiver } from './inbound-clients';

const help = `What an inbound message costs: CPU of the whole client process, divided by raw pusher-js's in the same round. Fresh
processes, contestants in turn, the server in a process of its own; medians of the rounds.

  npm run bench                 7 rounds, then the heap of a channel with one listener
  npm run bench -- --rounds 3   faster
  npm run bench -- --cell 1x200 only this cell: channels x bytes
  npm run bench -- --help       this

surewire takes the platform's WebSocket, which Node has, too; pusher-js brings one of its own for Node, and "same socket" is
surewire on that one. "bare" is a socket with the two JSON.parse that the wire format asks for: the limit. "raw again" is raw
pusher-js once more: what it differs from 1 is noise. Exits with 1 when surewire is above 1.0 in a cell by more than the noise (0.05).
`;

interface Cell {
  readonly channels: number;
  readonly bytes: number;
  readonly count: number;
  readonly warmUp: number;
}

const cells: readonly Cell[] = [
  { channels: 1, bytes: 200, count: 70_000, warmUp: 25_000 },
  { channels: 500, bytes: 200, count: 70_000, warmUp: 25_000 },
  { channels: 1, bytes: 8_000, count: 5_000, warmUp: 1_500 },
];
const contestants: readonly (readonly [label: string, receiver: Receiver])[] = [
  ['raw', 'raw'],
  ['surewire', 'surewire'],
  ['same socket', 'surewire-same-socket'],
  ['bare', 'bare'],
  ['bare, same socket', 'bare-same-socket'],
  ['raw again', 'raw'],
];
const noise = 0.05;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    cell: { type: 'string' },
    help: { type: 'boolean', default: false },
    /** For the processes that we start ourselves. */
    serve: { type: 'boolean', default: false },
    receive: { type: 'string' },
  },
});

if (values.serve || values.receive !== undefined) endWithParent();
if (values.help) console.log(help);
else if (values.serve) console.log(await serveFlood());
else if (values.receive !== undefined) await receiveFlood(JSON.parse(values.receive));
else process.exitCode = await compare(Number(values.rounds));

/** What a client's process is told. */
interface Order {
  readonly receiver: Receiver;
  readonly port: number;
  readonly flood: Flood;
  /** Left out: the heap is measured and not the CPU. */
  readonly warmUp?: number;
}

async function receiveFlood({ receiver, port, flood, warmUp }: Order): Promise<void> {
  const value =
    warmUp === undefined
      ? await heapWith(receiver, flood.channels, port)
      : await cpuPerMessage(receiver, { flood, port, warmUp });
  console.log(value);
  process.exit(0);
}

async function compare(rounds: number): Promise<number> {
  const chosen = cells.filter(
    ({ channels, bytes }) => (values.cell ?? nameOf(channels, bytes)) === nameOf(channels, bytes),
  );
  if (!(rounds >= 1) || chosen.length === 0) {
    console.error('See --help.');
    return 2;
  }
  const server = start(['--serve']);
  try {
    const port = Number(await server.line);
    const lines: string[][] = [];
    let good = true;
    for (const cell of chosen) {
      const ratios = await ratiosOf(cell, port, rounds);
      const ours = median(ratios.get('surewire') ?? []);
      good &&= ours <= 1 + noise;
      lines.push([
        nameOf(cell.channels, cell.bytes),
        `${median(ratios.get('microseconds') ?? []).toFixed(1)} us`,
        ...contestants.slice(1).map(([label]) => spread(ratios.get(label) ?? [])),
      ]);
    }
    const header = ['channels x bytes', 'raw', ...contestants.slice(1).map(([label]) => `${label} / raw`)];
    console.log(`CPU per inbound message, median of ${rounds} rounds (largest):\n`);
    console.log(table([header, ...lines]));
    console.log('\nHeap per channel with one listener:\n');
    for (const receiver of ['raw', 'surewire'] as const) {
      console.log(`${receiver.padEnd(10)} ${Math.round(await heapPerChannel(receiver, port))} B`);
    }
    return good ? 0 : 1;
  } finally {
    server.end();
  }
}

async function ratiosOf(cell: Cell, port: number, rounds: number): Promise<Map<string, number[]>> {
  const { warmUp, ...flood } = cell;
  const ratios = new Map<string, number[]>();
  const add = (label: string, value: number): unknown =>
    ratios.set(label, [...(ratios.get(label) ?? []), value]);
  for (let round = 0; round < rounds; round += 1) {
    const times = new Map<string, number>();
    // Each round begins with another one, so that none is always first.
    const order = contestants.map((_, index) => contestants[(index + round) % contestants.length]);
    for (const contestant of order) {
      if (contestant === undefined) continue;
      const [label, receiver] = contestant;
      times.set(label, await ask({ receiver, port, flood, warmUp }));
    }
    const raw = times.get('raw') ?? Number.NaN;
    add('microseconds', raw);
    for (const [label, time] of times) if (label !== 'raw') add(label, time / raw);
    console.error(`${nameOf(cell.channels, cell.bytes)}: round ${round + 1} of ${rounds}`);
  }
  return ratios;
}

/** From the difference between many and some, so that the client itself is not counted. */
async function heapPerChannel(receiver: Receiver, port: number): Promise<number> {
  const [some, many] = [1_000, 5_000];
  const heap = (channels: number): Promise<number> =>
    ask({ receiver, port, flood: { channels, bytes: 200, count: 1 } });
  return ((await heap(many)) - (await heap(some))) / (many - some);
}

async function ask(order: Order): Promise<number> {
  const client = start(['--receive', JSON.stringify(order)]);
  const value = Number(await client.line);
  client.end();
  return value;
}

/** A process of ours, and the first line that it writes. */
function start(parameters: readonly string[]): { readonly line: Promise<string>; end(): void } {
  const [script = ''] = process.argv.slice(1);
  const child = spawn(process.execPath, ['--expose-gc', script, ...parameters], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const line = new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk) => resolve(String(chunk).trim()));
    child.once('exit', (code) => reject(new Error(`A process ended early, with exit code ${code}`)));
  });
  return { line, end: () => child.kill() };
}

function nameOf(channels: number, bytes: number): string {
  return `${channels}x${bytes}`;
}

function spread(ratios: readonly number[]): string {
  return `${median(ratios).toFixed(2)} (${most(ratios).toFixed(2)})`;
}
