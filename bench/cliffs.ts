import { parseArgs } from 'node:util';
import { Child, obey } from './child';
import { cliffCases } from './cliffs/cases';
import { costsOf, deadline, verdict } from './cliffs/verdict';
import { table } from './figures';
import { measured, type Row } from './results';

const help = `Looks for cliffs: the CPU for each thing, against how many there are. Each size in a fresh process, after a run of
the smallest size that warms up; medians of the rounds.

  npm run bench -- cliffs                          every case, 3 rounds: about five minutes
  npm run bench -- cliffs --case 'channels;listeners'   only these
  npm run bench -- cliffs --rounds 1               rougher: about two minutes
  npm run bench -- cliffs --rounds 1 --largest 1000   quick: half a minute
  npm run bench -- cliffs --save                   keeps the figures in bench/results
  npm run bench -- cliffs --help                   this

flat:     the largest size costs at most half as much again for each thing as the smallest of 50 and more
n log n:  it grows with the logarithm of how many there are, give or take half
CLIFF:    it grows faster, or it did not end within a minute. Exits with 1 then.

Cases:
${Object.entries(cliffCases)
  .map(([name, { about }]) => `  ${name}: ${about}`)
  .join('\n')}
`;

/** What a process found: CPU in microseconds, and what is left in its heap, in bytes. */
interface Found {
  readonly cpu: number;
  readonly heap: number;
}

const { values } = parseArgs({
  options: {
    case: { type: 'string', default: Object.keys(cliffCases).join(';') },
    rounds: { type: 'string', default: '3' },
    largest: { type: 'string', default: 'Infinity' },
    save: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    /** For the processes that we start ourselves. */
    as: { type: 'string' },
    settings: { type: 'string' },
  },
});

if (values.as !== undefined) obey({ measure });
else if (values.help) console.log(help);
else process.exit(await look());

async function measure({ name, size }: { readonly name: string; readonly size: number }): Promise<Found> {
  const cliff = cliffCases[name];
  if (cliff === undefined) throw new Error(`There is no case "${name}"`);
  await (await cliff.prepare(Math.min(size, cliff.sizes[1] ?? size)))();
  const run = await cliff.prepare(size);
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const from = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(from);
  globalThis.gc?.();
  return { cpu: user + system, heap: process.memoryUsage().heapUsed - before };
}

async function look(): Promise<number> {
  const names = values.case.split(';');
  const [rounds, largest] = [Number(values.rounds), Number(values.largest)];
  const unknown = names.filter((name) => !(name in cliffCases));
  if (unknown.length > 0 || !(rounds >= 1) || !(largest > 1)) {
    console.error(`${unknown.join(', ') || '--rounds, --largest'}? See --help.`);
    return 2;
  }
  const settings = { rounds };
  const { rows } = await measured('cliffs', { settings, save: values.save }, async () => {
    const found: Row[] = [];
    for (const name of names) found.push(...(await measureCase(name, rounds, largest)));
    return found;
  });
  const lines = names.map((name) =>
    line(
      name,
      rows.filter((row) => row.case === name),
    ),
  );
  console.log('CPU for each thing, by how many there are:\n');
  console.log(table([['', 'sizes', '', ''], ...lines]));
  return lines.some((cells) => cells.at(-1) === 'CLIFF') ? 1 : 0;
}

async function measureCase(name: string, rounds: number, largest: number): Promise<Row[]> {
  const { sizes = [], unit = '' } = cliffCases[name] ?? {};
  const rows: Row[] = [];
  for (const size of sizes.filter((each) => each <= largest)) {
    const runs: Found[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const found = await inProcess(name, size);
      runs.push(found);
      if (found.cpu === Number.POSITIVE_INFINITY) break;
    }
    const row = { case: name, contestant: 'surewire' };
    // JSON knows no infinity: what did not end costs the whole deadline.
    const cpu = runs.map((found) => Math.min(found.cpu, deadline * 1_000) / size);
    rows.push({ ...row, metric: `CPU a ${unit}, of ${size}`, unit: 'us', samples: cpu });
    rows.push({ ...row, metric: `heap left, of ${size}`, unit: 'B', samples: runs.map(({ heap }) => heap) });
    console.error(`${name}: ${size}`);
    if (runs.some((found) => found.cpu === Number.POSITIVE_INFINITY)) break;
  }
  return rows;
}

async function inProcess(name: string, size: number): Promise<Found> {
  const child = new Child('case');
  const late = new Promise<Found>((resolve) => {
    setTimeout(() => resolve({ cpu: Number.POSITIVE_INFINITY, heap: 0 }), deadline).unref();
  });
  try {
    return await Promise.race([child.ask<Found>('measure', { name, size }), late]);
  } finally {
    await child.end();
  }
}

function line(name: string, rows: readonly Row[]): string[] {
  const costs = costsOf(rows);
  return [
    name,
    costs.map(({ size }) => size.toLocaleString('en')).join(' / '),
    costs.map(({ cost }) => `${cost.toPrecision(3)} us`).join(' / '),
    verdict(costs),
  ];
}
