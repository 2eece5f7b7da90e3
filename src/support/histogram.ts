/** The upper bound of each bucket: an eighth more than the one before, from 1 ms to beyond ten minutes. */
const bounds: readonly number[] = Array.from({ length: 115 }, (_, index) => 1.125 ** index);

/** Counts durations in fixed buckets, so that memory does not grow and a quantile is right to within an eighth. */
export class Histogram {
  readonly #counts = new Uint32Array(bounds.length + 1);
  #total = 0;

  /** How many durations were recorded. */
  get total(): number {
    return this.#total;
  }

  /** Records a duration in milliseconds. */
  record(milliseconds: number): void {
    // The other way round, so that what is no number counts as no time.
    const index = !(milliseconds > 1) ? 0 : Math.ceil(Math.log(milliseconds) / Math.log(1.125));
    const bucket = Math.min(index, bounds.length);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total += 1;
  }

  /** The duration, in milliseconds, that the given share of all did not exceed; 0 when there was none. */
  quantile(share: number): number {
    let left = Math.ceil(this.#total * share);
    if (left === 0) return 0;
    for (const [index, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0) return Math.round(bounds[Math.min(index, bounds.length - 1)] ?? 0);
    }
    return Math.round(bounds.at(-1) ?? 0);
  }
}
