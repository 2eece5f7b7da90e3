import { backoff } from '../support/backoff';
import type { CloseReaction } from './codes';

/**
 * The curve: full jitter, gentle with the user for the first two minutes of an outage, then with the server. With a cap of 8 s half of
 * a fleet is back 2.5 s after its server, everybody within 8 s, and no more than 3.5 % of them dial in any 100 ms.
 */
const curve = { base: 1_000, cap: 8_000 };
const longOutage = 120_000;
const longOutageCap = 30_000;
/** While the device says that it is offline: now and then, because it may be wrong. */
const offlinePause = 30_000;
/** 4004, over quota: from one to five minutes. */
const slowBase = 60_000;
const slowCurve = { base: 60_000, cap: 240_000 };
/** 4100, over capacity: not within a second. */
const overloadPause = 1_000;
/** What a dial can take, at most: a clock that jumped makes no long outage of a short one. */
const longestDial = 20_000;

/** How long to wait before the next dial, by what has happened since the last stable connection. */
export class DiallingSchedule {
  readonly #random: () => number;
  #attempts = 0;
  #failures = 0;
  /** How long we have been trying: dials and waits together, in milliseconds. */
  #outage = 0;
  #dialledAt: number | undefined;

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

  /** So many dials did not get as far as the network. */
  dialledBefore(attempts: number): void {
    this.#attempts = Math.max(0, attempts);
  }

  /** A dial begins. */
  dialled(now: number): void {
    this.#attempts += 1;
    this.#dialledAt = now;
  }

  /** A dial failed or a connection was lost: the wait before the next dial, in milliseconds. */
  failed(reaction: CloseReaction, now: number): number {
    this.#outage += Math.min(longestDial, Math.max(0, now - (this.#dialledAt ?? now)));
    const wait = this.#wait(reaction);
    this.#outage += wait;
    this.#failures += 1;
    return wait;
  }

  /** The wait before the next dial while the device says that there is no network: half of it by chance. */
  offline(): number {
    return Math.round((offlinePause / 2) * (1 + this.#random()));
  }

  /** The network is back, so what failed says nothing about what comes: within a second, and not everybody at the same moment. */
  renewed(): number {
    this.#failures = 0;
    this.#outage = 0;
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
    this.#outage = 0;
    this.#dialledAt = undefined;
  }

  #wait(reaction: CloseReaction): number {
    if (reaction === 'slowly') return slowBase + backoff(this.#failures, slowCurve, this.#random);
    if (reaction === 'at-once' && this.#failures === 0) return 0;
    const cap = this.#outage >= longOutage ? longOutageCap : curve.cap;
    const wait = backoff(this.#failures, { ...curve, cap }, this.#random);
    return reaction === 'later' ? overloadPause + wait : wait;
  }
}
