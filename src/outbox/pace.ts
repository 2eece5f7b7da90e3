import type { Stopwatch } from '../support/stopwatch';
import type { Stop } from '../types';
import type { Lane } from './lane';
import { RecentTimes } from './recent-times';

/** How fast the server route may be. */
export interface PaceOptions {
  /** The most requests at the same time. */
  readonly concurrent: number;
  /** The most requests in any second. */
  readonly requestsPerSecond: number;
  /** Told of each message that has to wait for its turn in the second. */
  readonly onWait: () => void;
  /** Whether a request is just being gathered, so that more messages can go without another one. */
  readonly isGathering: () => boolean;
}

/** How many channels send to the server at the same time and in a second, and who waits for one of them to be done. */
export class Pace {
  readonly #watch: Stopwatch;
  readonly #options: PaceOptions;
  #flying = 0;
  readonly #held = new Set<Lane>();
  /** When requests were made. */
  readonly #made = new RecentTimes(1_000);
  #stopTimer: Stop | undefined;

  constructor(watch: Stopwatch, options: PaceOptions) {
    this.#watch = watch;
    this.#options = options;
  }

  /** Whether another message of the lane may depart; if not, the lane is advanced when one may. */
  admits(lane: Lane): boolean {
    const wait = this.#wait();
    if (wait === 0 && this.#flying < this.#options.concurrent) return true;
    if (wait > 0 && !this.#held.has(lane)) this.#options.onWait();
    this.#held.add(lane);
    if (wait > 0 && this.#stopTimer === undefined) {
      this.#stopTimer = this.#watch.after(wait, () => {
        this.#stopTimer = undefined;
        this.#give();
      });
    }
    return false;
  }

  /** Whether the lane waits for others. */
  holds(lane: Lane): boolean {
    return this.#held.has(lane);
  }

  departed(): void {
    this.#flying += 1;
    if (Number.isFinite(this.#options.requestsPerSecond)) this.#made.add(this.#watch.elapsed());
  }

  landed(): void {
    this.#flying -= 1;
    this.#give();
  }

  /** Leaves no timer. */
  stop(): void {
    this.#held.clear();
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  /** Gives free places to those who wait: to all who want one, for those who waited longest may have gone. */
  #give(): void {
    const { concurrent, isGathering } = this.#options;
    for (const lane of [...this.#held]) {
      if ((this.#flying >= concurrent || this.#wait() > 0) && !isGathering()) break;
      this.#held.delete(lane);
      lane.advance();
    }
    const [lane] = this.#held;
    if (lane !== undefined && this.#flying < concurrent) this.admits(lane);
  }

  #wait(): number {
    return this.#made.wait(this.#watch.elapsed(), this.#options.requestsPerSecond);
  }
}
