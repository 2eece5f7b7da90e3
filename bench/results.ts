import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';

/** One figure of one contestant in one case, with every sample that it was made from. */
export interface Row {
  readonly case: string;
  readonly contestant: string;
  readonly metric: string;
  /** Such as `us`, `ms`, `B`, `%`; `x raw` is a ratio to raw pusher-js in the same round. */
  readonly unit: string;
  readonly samples: readonly number[];
}

/** One run of one measurement, as it is kept in `bench/results`. */
export interface Result {
  readonly measurement: string;
  readonly date: string;
  readonly machine: Machine;
  /** The load average over a minute, before and after: what else the machine did. */
  readonly load: { readonly before: number; readonly after: number };
  /** What the run was told, in words. */
  readonly settings: Readonly<Record<string, number | string>>;
  readonly rows: readonly Row[];
}

/** Where figures come from. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory: string;
  readonly system: string;
  readonly node: string;
}

const folder = join(process.cwd(), 'bench', 'results');

/** Runs a measurement and, when asked to, keeps what it found. */
export async function measured(
  measurement: string,
  { settings, save }: { readonly settings: Result['settings']; readonly save: boolean },
  work: () => Promise<readonly Row[]>,
): Promise<Result> {
  const [before = 0] = loadavg();
  const rows = await work();
  const [after = 0] = loadavg();
  const where = machine();
  const result: Result = {
    measurement,
    date: new Date().toISOString(),
    machine: where,
    load: { before: rounded(before), after: rounded(after) },
    settings,
    rows: rows.map((row) => ({ ...row, samples: row.samples.map(rounded) })),
  };
  console.error(`\n${aboutRun(result)}`);
  if (save) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${measurement}.json`), `${text(result)}\n`);
    console.error(`Kept in bench/results/${measurement}.json`);
  }
  return result;
}

/** The runs that are kept, by measurement. */
export function kept(): ReadonlyMap<string, Result> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const results = files.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Result);
  return new Map(results.map((result) => [result.measurement, result]));
}

/** When and where something was measured, in one line. */
export function aboutRun({ measurement, date, machine: where, load }: Result): string {
  const { cpu, cores, memory, system, node } = where;
  return `${measurement}: ${date.slice(0, 16).replace('T', ' ')} UTC, ${cores} x ${cpu}, ${memory}, ${system}, Node ${node}, load average ${load.before} before and ${load.after} after`;
}

function machine(): Machine {
  const [first] = cpus();
  return {
    cpu: first?.model ?? 'unknown',
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${type()} ${release().split('.').slice(0, 2).join('.')}`,
    node: process.version,
  };
}

/** JSON with a line for each row: what changed between two runs can be read. */
function text({ rows, ...about }: Result): string {
  const head = JSON.stringify(about, undefined, 2).slice(0, -2);
  return `${head},\n  "rows": [\n${rows.map((row) => `    ${JSON.stringify(row)}`).join(',\n')}\n  ]\n}`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
