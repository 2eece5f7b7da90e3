import type { Stop } from '../types';
import { neededFunction } from './given';
import { promised } from './promised';

/** How a store is listened to. */
export const subscribing = 'subscribe((value) => { … })';

/** Those who subscribed to a value. What one throws is reported, and the others are told all the same. */
export class Listeners<T> {
  // Boxed, so that the same function may subscribe twice and each undo takes away its own.
  readonly #entries = new Set<{ readonly listener: (value: T) => void }>();
  readonly #report: (error: unknown) => void;

  /** `report` gets what a listener throws. */
  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  /** Whether nobody would be told. */
  get empty(): boolean {
    return this.#entries.size === 0;
  }

  /** Throws a `ConfigurationError` for what is no function. */
  add(listener: (value: T) => void): Stop {
    const entry = { listener: neededFunction(listener, subscribing) };
    this.#entries.add(entry);
    return () => {
      this.#entries.delete(entry);
    };
  }

  /** Calls those who are there now, in the order of their coming, for as long as `isCurrent`. */
  tell(value: T, isCurrent: () => boolean = () => true): void {
    for (const entry of [...this.#entries]) {
      if (!isCurrent()) return;
      // A stop takes effect at once: who called it may have taken down what the listener works on.
      if (!this.#entries.has(entry)) continue;
      try {
        // An async listener throws later.
        promised((entry.listener as (value: T) => unknown)(value))?.then(undefined, this.#report);
      } catch (error) {
        this.#report(error);
      }
    }
  }

  clear(): void {
    this.#entries.clear();
  }
}
