/** The curve of waiting between attempts. */
export interface BackoffOptions {
  /** The most the first wait can be, in milliseconds. */
  readonly base: number;
  /** The most any wait can be, in milliseconds. */
  readonly cap: number;
}

/**
 * Milliseconds to wait before attempt number `attempt` (0 is the first retry): anything from 0 to `base * 2 ** attempt`,
 * at most `cap`. Full jitter, because every client of a server that restarts comes back at the same moment.
 */
export function backoff(attempt: number, { base, cap }: BackoffOptions, random: () => number): number {
  return Math.round(random() * Math.min(cap, base * 2 ** attempt));
}
