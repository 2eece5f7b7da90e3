import type { Stopwatch } from '../support/stopwatch';
import type { Stop } from '../types';

/** One timer for many times: it wakes at the earliest, and asks for the next. */
export class OutboxExpiry {
  readonly #watch: Stopwatch;
  readonly #expire: (now: number) => number | undefined;
  readonly #nap: number;
  #next: { readonly at: number; readonly stop: Stop } | undefined;

  /** `expire` ends what is too old, and returns when the next one will be, if there is one. It is asked every `nap` milliseconds at least. */
  constructor(
    watch: Stopwatch,
    expire: (now: number) => number | undefined,
    nap: number = Number.POSITIVE_INFINITY,
  ) {
    this.#watch = watch;
    this.#expire = expire;
    this.#nap = nap;
  }

  /** Something expires at this time of the stopwatch. */
  include(at: number): void {
    if (this.#next && this.#next.at <= at) return;
    this.stop();
    const wait = Math.min(this.#nap, at - this.#watch.elapsed());
    this.#next = { at, stop: this.#watch.after(wait, () => this.check()) };
  }

  /** Looks now, and sets the timer anew. */
  check(): void {
    this.stop();
    const next = this.#expire(this.#watch.elapsed());
    if (next !== undefined) this.include(next);
  }

  /** Nothing expires any more; leaves no timer. */
  stop(): void {
    this.#next?.stop();
    this.#next = undefined;
  }
}
