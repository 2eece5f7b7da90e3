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

/** A server that asks for more than this is asked again all the same, in milliseconds. */
const longestDemand = 5 * 60_000;

/**
 * Milliseconds to wait when the server may have named a time (`Retry-After`): never less than our own backoff, never more than
 * five minutes, and spread, because it named the same time to everybody.
 */
export function retryWait(
  attempt: number,
  demanded: number | undefined,
  options: BackoffOptions,
  random: () => number,
): number {
  const own = backoff(attempt, options, random);
  if (demanded === undefined || !(demanded >= 0)) return own;
  return Math.min(longestDemand, demanded) + own;
}
