import { backoff } from '../support/backoff';
import type { CloseReaction } from './codes';

/** The curve: full jitter, gentle with the user for the first two minutes of an outage, then with the server. */
const curve = { base: 1_000, cap: 15_000 };
const longOutage = 120_000;
const longOutageCap = 30_000;
/** 4004, over quota: from one to five minutes. */
const slowBase = 60_000;
const slowCurve = { base: 60_000, cap: 240_000 };
/** 4100, over capacity: not within a second. */
const overloadPause = 1_000;

/** How long to wait before the next dial, by what has happened since the last stable connection. */
export class DiallingSchedule {
  readonly #random: () => number;
  #attempts = 0;
  #failures = 0;
  #outageSince: number | undefined;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Dials since the last stable connection. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Failed dials and lost connections since the last stable one: the exponent of the curve. */
  get failures(): number {
    return this.#failures;
  }

  /** A dial begins. */
  dialled(now: number): void {
    this.#attempts += 1;
    this.#outageSince ??= now;
  }

  /** A dial failed or a connection was lost: the wait before the next dial, in milliseconds. */
  failed(reaction: CloseReaction, now: number): number {
    this.#outageSince ??= now;
    const wait = this.#wait(reaction, now - this.#outageSince);
    this.#failures += 1;
    return wait;
  }

  /** The network is back, so what failed says nothing about what comes: within a second, and not everybody at the same moment. */
  renewed(): number {
    this.#failures = 0;
    return this.soon();
  }

  /** Somebody looks at the page again: within a second. */
  soon(): number {
    return backoff(0, curve, this.#random);
  }

  /** The connection was stable, or a new beginning is wanted. */
  reset(): void {
    this.#attempts = 0;
    this.#failures = 0;
    this.#outageSince = undefined;
  }

  #wait(reaction: CloseReaction, outage: number): number {
    if (reaction === 'slowly') return slowBase + backoff(this.#failures, slowCurve, this.#random);
    if (reaction === 'at-once' && this.#failures === 0) return 0;
    const cap = outage >= longOutage ? longOutageCap : curve.cap;
    const wait = backoff(this.#failures, { ...curve, cap }, this.#random);
    return reaction === 'later' ? overloadPause + wait : wait;
  }
}
