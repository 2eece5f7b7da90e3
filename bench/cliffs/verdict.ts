import { median } from '../figures';
import type { Row } from '../results';

/** What each of so many things cost, in microseconds of CPU. */
export interface Cost {
  readonly size: number;
  readonly cost: number;
}

/** Something that takes longer is a cliff, in milliseconds. */
export const deadline = 60_000;
const tolerance = 1.5;

/** The costs of a case by size. */
export function costsOf(rows: readonly Row[]): readonly Cost[] {
  return rows
    .filter(({ unit }) => unit === 'us')
    .map(({ metric, samples }) => ({ size: Number(/\d+$/.exec(metric)?.[0]), cost: median(samples) }));
}

/** Says how the cost of each thing grows with how many there are. */
export function verdict(costs: readonly Cost[]): 'flat' | 'n log n' | 'CLIFF' | 'not measured' {
  // Of ten things the first ones cost the most.
  const first = costs.find(({ size }) => size >= 50) ?? costs[0];
  const last = costs.at(-1);
  if (first === undefined || last === undefined) return 'not measured';
  if (last.cost * last.size >= deadline * 1_000) return 'CLIFF';
  const growth = last.cost / first.cost;
  if (growth <= tolerance) return 'flat';
  return growth <= tolerance * (Math.log(last.size) / Math.log(first.size)) ? 'n log n' : 'CLIFF';
}
