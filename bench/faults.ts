import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { authorizationRows } from './authorization-rows';
import { codeRows } from './code-rows';
import type { ContestantName } from './contestant';
import { endWithParent } from './end-with-parent';
import { type FaultRow, measureRow } from './fault-row';
import { duration, merge, most, type Samples, table } from './figures';
import { linkRows } from './link-rows';
import { publishingRows } from './publishing-rows';
import { throughPusher } from './pusher-contestant';
import { measured, type Row } from './results';
import { visitRows } from './visit-rows';

const rows: readonly FaultRow[] = [
  ...linkRows,
  ...publishingRows,
  ...visitRows,
  ...authorizationRows,
  ...codeRows,
];
const contestants: readonly ContestantName[] = ['raw', 'surewire'];
/** So many rows at a time: most of them only wait. */
const width = 4;
/** A process that waits for the machine so long is mentioned, in milliseconds. */
const tooLate = 400;
/** No row takes so long. */
const deadline = 200_000;

const help = `Makes links, servers and endpoints fail, and shows what raw pusher-js 8.6 (defaults, WebSocket only) and surewire make
of it: each row in a process of its own, with an embedded server, a proxy that breaks connections, and fresh clients.

  npm run bench:faults                      every row, once: about six minutes
  npm run bench:faults -- --rows reset,cut  only these
  npm run bench:faults -- --repeat 5        each row so often; medians and losses of all runs together
  npm run bench:faults -- --through pusher  surewire behind surewire/pusher, without the rows that load pages of their own
  npm run bench:faults -- --json            the samples as JSON, without the table
  npm run bench:faults -- --save            keeps the samples in bench/results
  npm run bench:faults -- --help            this

Exits with 1 when surewire misses a "must". Times are in ms or s; "back" counts from the moment the fault is over.

Rows:
${table(rows.map(({ id, fault }) => [`  ${id}`, fault]))}
`;

interface Finding {
  readonly raw: Samples | string;
  readonly surewire: Samples | string;
}

const { values: given } = parseArgs({
  options: {
    rows: { type: 'string' },
    repeat: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    through: { type: 'string' },
    save: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    /** For the processes that we start ourselves. */
    measure: { type: 'string' },
  },
});

// The processes that measure inherit it.
if (given.through === 'pusher') process.env[throughPusher] = '1';

if (given.help) console.log(help);
else if (given.measure !== undefined) await measure(given.measure);
else process.exitCode = await compare(given.rows, Number(given.repeat), given.json);

/** Measures one row for one library, and tells the samples on the last line. */
async function measure(text: string): Promise<void> {
  endWithParent();
  const [id, name] = text.split(':');
  const row = rows.find((candidate) => candidate.id === id);
  const contestant = contestants.find((candidate) => candidate === name);
  if (row === undefined || contestant === undefined) throw new Error(`There is no row "${text}"`);
  console.log(JSON.stringify(await measureRow(row, contestant)));
  // pusher-js leaves timers behind; there is nothing to wait for.
  process.exit(0);
}

async function compare(names: string | undefined, repeat: number, json: boolean): Promise<number> {
  // Rows of whole pages load surewire itself.
  const suitable =
    process.env[throughPusher] === undefined ? rows : rows.filter((row) => !visitRows.includes(row));
  const wanted = names?.split(',') ?? suitable.map(({ id }) => id);
  const unknown = wanted.filter((id) => !rows.some((row) => row.id === id));
  if (unknown.length > 0 || !Number.isInteger(repeat) || repeat < 1) {
    console.error(`Unknown: ${unknown.join(', ') || `--repeat ${repeat}`}. See --help.`);
    return 2;
  }
  const chosen = rows.filter(({ id }) => wanted.includes(id));
  const started = performance.now();
  const findings = new Map<FaultRow, Finding>();
  const report = (row: FaultRow, finding: Finding): void => {
    findings.set(row, finding);
    if (!json) console.error(`${findings.size} of ${chosen.length}: ${row.id}`);
  };
  const work = async (row: FaultRow): Promise<void> => report(row, await both(row, repeat));
  const alone = chosen.filter((row) => row.alone === true);
  const crowded = chosen.filter((row) => row.crowded === true);
  const light = chosen.filter((row) => row.alone !== true && row.crowded !== true);
  const slowFirst = light.toSorted((a, b) => Number(b.slow ?? false) - Number(a.slow ?? false));
  const measurement = process.env[throughPusher] === undefined ? 'faults' : 'faults-pusher';
  await measured(measurement, { settings: { rounds: repeat }, save: given.save }, async () => {
    await Promise.all([inTurns(1, crowded, work), inTurns(width, slowFirst, work)]);
    await inTurns(1, alone, work);
    return chosen.flatMap((row) => keptRows(row, findings.get(row)));
  });
  if (json) console.log(JSON.stringify(Object.fromEntries(chosen.map((row) => [row.id, findings.get(row)]))));
  const lines = chosen.map((row) => [row.fault, ...verdict(row, findings.get(row))]);
  const missed = lines.filter((line) => line[4] !== 'ok').length;
  if (!json) {
    console.log(table([['fault', 'raw pusher-js', 'surewire', 'must', ''], ...lines]));
    const seconds = Math.round((performance.now() - started) / 1_000);
    console.log(`\n${chosen.length - missed} of ${chosen.length} ok, in ${seconds} s, each row ${repeat} x.`);
  }
  return missed === 0 ? 0 : 1;
}

function keptRows({ id }: FaultRow, finding: Finding | undefined): Row[] {
  return contestants.flatMap((contestant) => {
    const samples = finding?.[contestant] ?? {};
    if (typeof samples === 'string') return [];
    return Object.entries(samples).map(([metric, values]) => ({
      case: id,
      contestant,
      metric,
      unit: '',
      samples: values,
    }));
  });
}

function verdict(row: FaultRow, finding: Finding | undefined): string[] {
  const { raw = 'not measured', surewire = 'not measured' } = finding ?? {};
  const [rawText, ourText] = [raw, surewire].map((samples) =>
    typeof samples === 'string' ? samples : row.tell(samples) + lateness(samples),
  );
  const good = typeof surewire !== 'string' && row.holds(surewire);
  return [rawText ?? '', ourText ?? '', row.must, good ? 'ok' : 'NOT'];
}

/** Times are worth as much as the machine had time for us. */
function lateness(samples: Samples): string {
  const worst = most(samples['lateness'] ?? [0]);
  return worst < tooLate ? '' : ` (machine late by ${duration(worst)})`;
}

async function both(row: FaultRow, repeat: number): Promise<Finding> {
  const measured = async (name: ContestantName): Promise<Samples | string> => {
    const runs: Samples[] = [];
    try {
      while (runs.length < repeat) runs.push(await inProcess(`${row.id}:${name}`));
      return merge(runs);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  if (row.alone === true) return { raw: await measured('raw'), surewire: await measured('surewire') };
  const [raw, surewire] = await Promise.all([measured('raw'), measured('surewire')]);
  return { raw, surewire };
}

function inProcess(text: string): Promise<Samples> {
  return new Promise((resolve, reject) => {
    const [script = ''] = process.argv.slice(1);
    const measurement = spawn(process.execPath, [script, '--measure', text], { timeout: deadline });
    let [said, complained] = ['', ''];
    measurement.stdout.on('data', (chunk) => {
      said += chunk;
    });
    measurement.stderr.on('data', (chunk) => {
      complained += chunk;
    });
    measurement.on('error', reject);
    measurement.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(said.trim().split('\n').at(-1) ?? ''));
      else {
        const why = complained.split('\n').find((line) => /Error/.test(line)) ?? `exit code ${code}`;
        reject(new Error(`broke: ${why.trim()}`));
      }
    });
  });
}

/** Does the work on each thing, so many at a time. */
async function inTurns<T>(
  count: number,
  things: readonly T[],
  work: (thing: T) => Promise<void>,
): Promise<void> {
  const left = [...things];
  const take = async (): Promise<void> => {
    for (let thing = left.shift(); thing !== undefined; thing = left.shift()) await work(thing);
  };
  await Promise.all(Array.from({ length: count }, take));
}
