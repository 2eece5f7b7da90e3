import type { RealtimeError } from '../errors';
import type { Acknowledgement, Stop } from '../types';

/** Somebody who waits for a message's end. */
export interface Waiter {
  /** The message that was published: another one may have taken its place, whose end counts then. */
  readonly id: string;
  /** Being stored is enough. */
  readonly none: boolean;
  readonly resolve: (acknowledgement: Acknowledgement) => void;
  readonly reject: (error: RealtimeError) => void;
  /** With whom it waits. */
  group: Waiters;
  /** Stops listening to its signal, where it has one. */
  release: Stop | undefined;
}

/** Everybody in this tab who waits for the end of one message. */
export class Waiters {
  /** The message whose end counts. */
  message: string;
  readonly #all = new Set<Waiter>();
  /** Those for whom being stored is enough: apart, because thousands of others may wait for what replaced them. */
  #untilStored: Set<Waiter> | undefined;

  constructor(message: string) {
    this.message = message;
  }

  get empty(): boolean {
    return this.#all.size === 0;
  }

  add(waiter: Waiter): void {
    waiter.group = this;
    this.#all.add(waiter);
    if (!waiter.none) return;
    this.#untilStored ??= new Set();
    this.#untilStored.add(waiter);
  }

  /** Lets one go; the caller tells it why. */
  remove(waiter: Waiter): void {
    this.#all.delete(waiter);
    this.#untilStored?.delete(waiter);
    waiter.release?.();
  }

  /** Whether somebody else waits for the very message that this one published. */
  shares(waiter: Waiter): boolean {
    for (const other of this.#all) if (other !== waiter && other.id === waiter.id) return true;
    return false;
  }

  /** One group of two, which waits for `message`. The smaller joins the larger: thousands may wait for what replaced them. */
  merge(other: Waiters, message: string): Waiters {
    const [small, large] = this.#all.size < other.#all.size ? [this, other] : [other, this];
    for (const waiter of small.#all) large.add(waiter);
    large.message = message;
    return large;
  }

  /** The message is stored, which is enough for some. */
  stored(acknowledgement: Acknowledgement): void {
    for (const waiter of this.#untilStored ?? []) {
      this.remove(waiter);
      waiter.resolve(acknowledgement);
    }
  }

  /** The end, for everybody. */
  settle(end: Acknowledgement | RealtimeError): void {
    for (const waiter of this.#all) {
      waiter.release?.();
      if (end instanceof Error) waiter.reject(end);
      else waiter.resolve(end);
    }
    this.#all.clear();
    this.#untilStored = undefined;
  }
}

/** The signals of those who wait: one listener for each signal, though thousands of messages may have the same. */
export class Withdrawals {
  readonly #followed = new Map<AbortSignal, Set<Waiter>>();
  readonly #withdraw: (waiter: Waiter, reason: unknown) => void;

  constructor(withdraw: (waiter: Waiter, reason: unknown) => void) {
    this.#withdraw = withdraw;
  }

  /** Withdraws for the waiter when `signal` aborts, unless that was stopped before. */
  follow(waiter: Waiter, signal: AbortSignal): Stop {
    const waiters = this.#followed.get(signal) ?? new Set<Waiter>();
    if (waiters.size === 0) {
      this.#followed.set(signal, waiters);
      signal.addEventListener('abort', this.#aborted, { once: true });
    }
    waiters.add(waiter);
    return () => {
      waiters.delete(waiter);
      if (waiters.size > 0 || this.#followed.get(signal) !== waiters) return;
      this.#followed.delete(signal);
      signal.removeEventListener('abort', this.#aborted);
    };
  }

  readonly #aborted = ({ target }: Event): void => {
    const signal = target as AbortSignal; // It is listened for on signals alone.
    for (const waiter of this.#followed.get(signal) ?? []) this.#withdraw(waiter, signal.reason);
  };
}
