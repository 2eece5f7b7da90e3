import type { RealtimeError } from '../errors';
import type { Clock } from '../ports';

/** An answer of the application's endpoint that takes longer, in milliseconds, says that it has too much to do. */
const slow = 3_000;
/** How far apart channels ask an endpoint that has just said so, in milliseconds: at first, and at most. */
const first = 10;
const most = 200;
/** So long an endpoint has to be quick before it is believed, in milliseconds. */
const memory = 10_000;

/**
 * How fast the application's endpoint is asked when many channels come back at once: as fast as it answers, until it says that
 * this is too much. Then they spread over time, the wider the more they are, and less and less once it is quick again.
 */
export class Pace {
  readonly #clock: Clock;
  /** Milliseconds between two channels, on average. */
  #distance = 0;
  #changedAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The endpoint answered after so many milliseconds. */
  answered(took: number): void {
    if (took >= slow) this.#slowDown();
    else if (this.#distance > 0 && this.#since >= memory) {
      this.#distance = this.#distance > first ? this.#distance / 2 : 0;
      this.#changedAt = this.#clock.now();
    }
  }

  /** The endpoint failed. */
  failed({ status, retryAfter }: RealtimeError): void {
    if (status === 429 || status === 503 || retryAfter !== undefined) this.#slowDown();
  }

  /** Over how many milliseconds `count` channels spread. */
  spread(count: number): number {
    return count * this.#distance;
  }

  get #since(): number {
    return Math.abs(this.#clock.now() - this.#changedAt);
  }

  #slowDown(): void {
    // Many answers of one moment say it once.
    if (this.#distance > 0 && this.#since < 1_000) return;
    this.#distance = Math.min(most, Math.max(first, 2 * this.#distance));
    this.#changedAt = this.#clock.now();
  }
}
