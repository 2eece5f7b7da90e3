/** The curve of waiting between attempts. */
export interface BackoffOptions {
  /** The most the first wait can be, in milliseconds. */
  readonly base: number;
  /** The most any wait can be, in milliseconds. */
  readonly cap: number;
}

/** However long a server asks us to wait (`Retry-After`), we ask again after so many milliseconds. */
export const longestAsked: number = 5 * 60_000;
/** The same wish is told to many at the same moment: up to this share of it is added by chance. */
const askedSpread = 0.5;

/**
 * Milliseconds to wait before attempt number `attempt` (0 is the first retry): anything from 0 to `base * 2 ** attempt`,
 * at most `cap`. Full jitter, because every client of a server that restarts comes back at the same moment.
 *
 * `asked` is the server's wish (`Retry-After`, in milliseconds). It never makes us quicker than our own curve, never keeps us longer
 * than five minutes and a half of that, and those who were told the same do not come back together.
 */
export function backoff(
  attempt: number,
  { base, cap }: BackoffOptions,
  random: () => number,
  asked?: number,
): number {
  const own = random() * Math.min(cap, base * 2 ** attempt);
  if (asked === undefined || !(asked > 0)) return Math.round(own);
  const wish = Math.min(asked, longestAsked);
  return Math.round(Math.max(own, wish * (1 + askedSpread * random())));
}
