import type { ContestantName } from './contestant';
import { duration, median, most, type Samples } from './figures';
import { World, type WorldOptions } from './world';

/** One fault, what is measured while it lasts, and what must come out. */
export interface FaultRow {
  /** The name for `--rows`. */
  readonly id: string;
  /** The fault, for people. */
  readonly fault: string;
  /** What surewire must reach, for people. */
  readonly must: string;
  /** Its figure is in milliseconds: nothing else may run beside it. */
  readonly alone?: true;
  /** It takes minutes: it begins before the others. */
  readonly slow?: true;
  /** It has hundreds of clients: no other such row runs beside it. */
  readonly crowded?: true;
  /** Makes the fault and measures, in a world of its own. */
  readonly measure: (world: World) => Promise<Samples>;
  /** The samples, for people. */
  readonly tell: (samples: Samples) => string;
  /** Whether the samples are what they must be. */
  readonly holds: (samples: Samples) => boolean;
  /** The world it needs. */
  readonly world?: WorldOptions;
}

/** Runs a row for one library. Adds the sample `lateness`, the world's. */
export async function measureRow(row: FaultRow, name: ContestantName): Promise<Samples> {
  const world = await World.create(name, row.world);
  try {
    return { ...(await row.measure(world)), lateness: [world.lateness] };
  } finally {
    await world.end();
  }
}

/** The values of one name; throws when a row was asked for what it did not measure. */
export function values(samples: Samples, name: string): readonly number[] {
  const found = samples[name];
  if (found === undefined || found.length === 0) throw new Error(`There is no sample "${name}"`);
  return found;
}

/** "p50 2.1 s, max 6.0 s", or the one value. */
export function spread(times: readonly number[]): string {
  if (times.length === 1) return duration(times[0] ?? Number.NaN);
  return `p50 ${duration(median(times))}, max ${duration(most(times))}`;
}
