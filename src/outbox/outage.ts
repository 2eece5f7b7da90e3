import { type BackoffOptions, backoff } from '../support/backoff';
import type { Stopwatch } from '../support/stopwatch';
import type { Stop } from '../types';
import type { Lane } from './lane';

/**
 * The server route's endpoint fails: one trouble of all who send to it, so that lanes wait together, one of them tries when the wait
 * is over, and all go on once something has gone through. Who fails although others get through waits alone, and holds nobody up.
 *
 * A single lane that fails shows nothing about the others: they are held once a second one has failed, or the endpoint named a time.
 */
export class Outage {
  readonly #watch: Stopwatch;
  readonly #curve: BackoffOptions;
  readonly #random: () => number;
  /** Counts failures, and so tells what began before one of them. */
  #tick = 0;
  /** The lanes that failed when nothing had gone through since, and when; the latest last. */
  readonly #failing = new Map<Lane, number>();
  /** Those that had failed when something that began later went through: the next time it is their own matter. */
  readonly #doubted = new Set<Lane>();
  /** Those whose own matter it is. */
  readonly #singled = new Set<Lane>();
  /** Those who asked, and were held. */
  readonly #held = new Set<Lane>();
  #wait: { readonly stop: Stop; readonly demanded: boolean } | undefined;
  #failures = 0;
  /** Who tries for all, while its attempt is under way. */
  #probe: Lane | undefined;
  /** Who is not held just now. */
  #insists: Lane | undefined;

  constructor(watch: Stopwatch, curve: BackoffOptions, random: () => number) {
    this.#watch = watch;
    this.#curve = curve;
    this.#random = random;
  }

  /** When an attempt begins: what is handed back as `since`. */
  get tick(): number {
    return this.#tick;
  }

  /** Whether the lane has to wait; if so, it is advanced when it may try. */
  holds(lane: Lane): boolean {
    if (!this.#binds(lane)) return false;
    this.#held.add(lane);
    return true;
  }

  /** Whether the lane fails although others get through: its messages share no request, lest they fail with it. */
  isSingledOut(lane: Lane): boolean {
    return this.#singled.has(lane);
  }

  /** An attempt of the lane begins. */
  departed(lane: Lane): void {
    if (this.#insists === lane) {
      this.#endWait();
      this.#probe = lane;
    } else if (this.#failing.size > 0 && this.#wait === undefined) this.#probe ??= lane;
  }

  /** Nothing of the lane is under way any more. One that tried for all, and whose attempt said nothing, lets another one try. */
  landed(lane: Lane): void {
    if (this.#probe !== lane) return;
    this.#probe = undefined;
    this.#next();
  }

  /** An attempt of the lane failed, and is to be repeated; false when the lane has to wait by itself. */
  failed(lane: Lane, retryAfter: number | undefined): boolean {
    if (this.#doubted.delete(lane)) this.#singled.add(lane);
    if (this.#singled.has(lane)) return false;
    this.#tick += 1;
    this.#failing.delete(lane);
    this.#failing.set(lane, this.#tick);
    if (this.#probe === lane) this.#probe = undefined;
    // Whoever tries for all just now began later, and knows better.
    if (this.#probe === undefined || retryAfter !== undefined) this.#rest(retryAfter);
    return true;
  }

  /** The endpoint took a message of the lane, or said no to it, in an attempt that began at `since`. */
  answered(lane: Lane, since: number): void {
    this.#doubted.delete(lane);
    this.#singled.delete(lane);
    const before = this.#failing.size;
    if (before === 0) return;
    this.#failing.delete(lane);
    for (const [each, at] of this.#failing) {
      // What was under way when the trouble began says nothing about it.
      if (at > since) break;
      this.#failing.delete(each);
      this.#doubted.add(each);
    }
    if (this.#failing.size === before) return;
    if (this.#probe === lane) this.#probe = undefined;
    this.#release();
  }

  /** The lane has no message any more. */
  left(lane: Lane): void {
    for (const lanes of [this.#doubted, this.#singled, this.#held]) lanes.delete(lane);
    const wasFailing = this.#failing.delete(lane);
    if (wasFailing && this.#failing.size < 2) this.#release();
    this.landed(lane);
  }

  /** Circumstances have changed: all may try, unless the endpoint named a time. Who calls advances the lanes. */
  hurry(): void {
    if (this.#wait?.demanded) this.#failures = 0;
    else this.forget();
  }

  /** All may try. Who calls advances the lanes. */
  forget(): void {
    this.#failures = 0;
    this.#failing.clear();
    this.#probe = undefined;
    this.#endWait();
  }

  /** Somebody insists on this lane: it tries now, for all, if nothing else keeps it from that. */
  insist(lane: Lane): void {
    if (!this.#binds(lane)) return;
    this.#insists = lane;
    lane.advance();
    this.#insists = undefined;
  }

  /** Leaves no timer. */
  stop(): void {
    this.forget();
    this.#held.clear();
  }

  #binds(lane: Lane): boolean {
    if (this.#insists === lane || (this.#wait === undefined && (this.#probe ?? lane) === lane)) return false;
    return this.#failing.size > 1 || this.#wait?.demanded === true || this.#failing.has(lane);
  }

  /** Once, however many of one request failed. */
  #rest(retryAfter: number | undefined): void {
    const demanded = retryAfter !== undefined;
    if (this.#wait !== undefined && (!demanded || this.#wait.demanded)) return;
    const milliseconds = backoff(this.#failures, this.#curve, this.#random, retryAfter);
    if (this.#wait === undefined) this.#failures += 1;
    this.#wait?.stop();
    const stop = this.#watch.after(milliseconds, () => {
      this.#wait = undefined;
      this.#next();
    });
    this.#wait = { stop, demanded };
  }

  /** One tries: rather one that has not failed, for what failed may be what is wrong; else the one whose failure is oldest. */
  #next(): void {
    const fresh = [...this.#held].filter((lane) => !this.#failing.has(lane) && !this.#singled.has(lane));
    for (const lane of new Set([...fresh, ...this.#failing.keys(), ...this.#held])) {
      if (this.#probe !== undefined) return;
      this.#held.delete(lane);
      lane.advance();
    }
  }

  #release(): void {
    if (this.#failing.size === 0) {
      this.#failures = 0;
      this.#probe = undefined;
      this.#endWait();
    }
    const held = [...this.#held];
    this.#held.clear();
    for (const lane of held) lane.advance();
  }

  #endWait(): void {
    this.#wait?.stop();
    this.#wait = undefined;
  }
}
