import type { ReadableStore, Stop } from '../types';

/**
 * A value that is only built when somebody looks, and tells at most once a microtask that it is another one: thousands
 * of changes that nobody watches cost nothing.
 */
export class PendingStore<T> implements ReadableStore<T> {
  readonly #build: () => T;
  readonly #report: (error: unknown) => void;
  readonly #listeners = new Set<{ readonly listener: (value: T) => void }>();
  #value: { readonly built: T } | undefined;
  #scheduled = false;

  /** `report` gets what a subscriber throws; the others are told all the same. */
  constructor(build: () => T, report: (error: unknown) => void) {
    this.#build = build;
    this.#report = report;
  }

  get(): T {
    this.#value ??= { built: this.#build() };
    return this.#value.built;
  }

  subscribe(listener: (value: T) => void): Stop {
    const entry = { listener };
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  /** What was built is out of date. */
  invalidate(): void {
    this.#value = undefined;
    if (this.#scheduled || this.#listeners.size === 0) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      const value = this.get();
      for (const entry of [...this.#listeners]) {
        // Stopped by one before it in this very round.
        if (!this.#listeners.has(entry)) continue;
        try {
          entry.listener(value);
        } catch (error) {
          this.#report(error);
        }
      }
    });
  }
}
