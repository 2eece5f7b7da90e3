import type { ReadableStore, Stop } from '../types';

/** A value that tells when it is replaced. */
export class Store<T> implements ReadableStore<T> {
  #value: T;
  readonly #listeners = new Set<{ readonly listener: (value: T) => void }>();
  readonly #report: (error: unknown) => void;

  /** `report` gets what a subscriber throws; the others are told all the same. */
  constructor(value: T, report: (error: unknown) => void) {
    this.#value = value;
    this.#report = report;
  }

  get(): T {
    return this.#value;
  }

  /** Replaces the value. The same reference again tells nobody. */
  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const entry of [...this.#listeners]) {
      // A subscriber that replaced the value meanwhile has told everybody: do not go on with an old one.
      if (!Object.is(value, this.#value)) return;
      // A stop takes effect at once: who called it may have taken down what the subscriber works on.
      if (!this.#listeners.has(entry)) continue;
      try {
        entry.listener(value);
      } catch (error) {
        this.#report(error);
      }
    }
  }

  subscribe(listener: (value: T) => void): Stop {
    // Boxed, so that the same function may subscribe twice and each undo takes away its own.
    const entry = { listener };
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }
}
