import type { Clock } from '../ports';
import type { Stop } from '../types';

// setTimeout's own limit: a longer one fires at once.
const longestWait = 2 ** 31 - 1;

/** One timer for many times: it wakes at the earliest, and asks for the next. */
export class OutboxExpiry {
  readonly #clock: Clock;
  readonly #expire: (now: number) => number | undefined;
  #next: { readonly at: number; readonly stop: Stop } | undefined;

  /** `expire` ends what is too old, and returns when the next one will be, if there is one. */
  constructor(clock: Clock, expire: (now: number) => number | undefined) {
    this.#clock = clock;
    this.#expire = expire;
  }

  /** Something expires at this time. */
  include(at: number): void {
    if (this.#next && this.#next.at <= at) return;
    this.stop();
    const wait = Math.min(Math.max(0, at - this.#clock.now()), longestWait);
    this.#next = { at, stop: this.#clock.after(wait, () => this.check()) };
  }

  /** Looks now, and sets the timer anew. */
  check(): void {
    this.stop();
    const next = this.#expire(this.#clock.now());
    if (next !== undefined) this.include(next);
  }

  /** Nothing expires any more; leaves no timer. */
  stop(): void {
    this.#next?.stop();
    this.#next = undefined;
  }
}
