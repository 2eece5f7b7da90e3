import type { Clock } from '../ports';
import type { Stop } from '../types';

// A longer timer fires at once.
const longestWait = 2 ** 31 - 1;

/**
 * How long it has been, by any clock. Somebody may set the clock on the wall while we wait, forwards or back: what counts is the
 * clock's own count where it has one, else the steps forward between two looks, and that a timer which woke has run its time.
 */
export class Stopwatch {
  readonly #clock: Clock;
  #total = 0;
  #seen: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds since some beginning. They never run backwards. */
  elapsed(): number {
    const counted = this.#clock.elapsed?.();
    if (counted !== undefined) return counted;
    const now = this.#clock.now();
    this.#total += Math.max(0, now - (this.#seen ?? now));
    this.#seen = now;
    return this.#total;
  }

  /**
   * Wakes once after `ms` milliseconds, or after the longest wait that there is: check what you are waiting for. Whole ones: after a part
   * of one a clock may show the time that it showed before, and who looks again would do so without an end.
   */
  after(ms: number, wake: () => void): Stop {
    const wait = Math.min(Math.max(0, Math.ceil(ms)), longestWait);
    const due = this.elapsed() + wait;
    return this.#clock.after(wait, () => {
      if (this.elapsed() < due) this.#total = due;
      wake();
    });
  }
}
