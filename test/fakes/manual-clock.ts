import type { Clock } from '../../src/ports';
import type { Stop } from '../../src/types';

interface Wake {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

// Bound at load: a test that replaces the global timers must not stop the clock that it moves by hand.
const realImmediate = setImmediate;

/** Time that stands still until a test moves it. */
export class ManualClock implements Clock {
  // Timers do not follow the clock on the wall, so the two are apart.
  #elapsed = 0;
  #start: number;
  #slept = 0;
  #order = 0;
  readonly #wakes = new Set<Wake>();

  /** `start` is the time at first, in milliseconds since 1970. */
  constructor(start: number = Date.UTC(2026, 0, 1)) {
    this.#start = start;
  }

  /** How many wakes are waiting: 0 is what "no timer is left" means. */
  get waiting(): number {
    return this.#wakes.size;
  }

  now(): number {
    return this.#start + this.#elapsed;
  }

  elapsed(): number {
    return this.#elapsed + this.#slept;
  }

  after(ms: number, wake: () => void): Stop {
    const entry = { at: this.#elapsed + Math.max(0, ms), order: this.#order++, wake };
    this.#wakes.add(entry);
    return () => {
      this.#wakes.delete(entry);
    };
  }

  /** Lets promises settle, without moving time. */
  async settle(): Promise<void> {
    await new Promise<void>((resolve) => realImmediate(resolve));
  }

  /**
   * Moves time by `ms`, running what falls due in the order of its time; promises settle before the first wake and
   * after each one, so that what they set up is seen.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await this.settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#elapsed = Math.max(this.#elapsed, next.at);
      this.#wakes.delete(next);
      next.wake();
      await this.settle();
    }
    this.#elapsed = end;
  }

  /** Sets the clock on the wall by `ms`; timers do not notice, and no length is another: somebody corrected it. */
  jump(ms: number): void {
    this.#start += ms;
  }

  /** Lets the machine sleep for `ms`: timers do not notice. */
  sleep(ms: number): void {
    this.#start += ms;
    this.#slept += ms;
  }

  #next(end: number): Wake | undefined {
    let first: Wake | undefined;
    for (const entry of this.#wakes) {
      if (entry.at > end) continue;
      if (
        first === undefined ||
        entry.at < first.at ||
        (entry.at === first.at && entry.order < first.order)
      ) {
        first = entry;
      }
    }
    return first;
  }
}
