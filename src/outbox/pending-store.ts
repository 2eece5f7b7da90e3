import { Listeners } from '../support/listeners';
import { soon } from '../support/soon';
import type { ReadableStore, Stop } from '../types';

/**
 * A list that is only built when somebody looks, and tells at most once a microtask that it is another one: thousands
 * of changes that nobody watches cost nothing.
 */
export class PendingStore<T extends readonly unknown[]> implements ReadableStore<T> {
  // Nothing is pending before anything happened, and an empty list is one of whatever items.
  readonly initial: T = [] as unknown as T;
  readonly #build: () => T;
  readonly #listeners = new Listeners<T>();
  readonly #report: (error: unknown) => void;
  #value: { readonly built: T } | undefined;
  #scheduled = false;
  #ended = false;

  /** `report` gets what a subscriber throws; the others are told all the same. */
  constructor(build: () => T, report: (error: unknown) => void) {
    this.#build = build;
    this.#report = report;
  }

  /** See `Store`. */
  get __v_skip(): true {
    return true;
  }

  get(): T {
    this.#value ??= { built: this.#build() };
    return this.#value.built;
  }

  subscribe(listener: (value: T) => void): Stop {
    return this.#listeners.add(listener);
  }

  /** What was built is out of date. */
  invalidate(): void {
    this.#value = undefined;
    if (this.#scheduled || this.#ended || this.#listeners.empty) return;
    this.#scheduled = true;
    soon(() => {
      this.#scheduled = false;
      if (!this.#ended) this.#listeners.tell(this.get(), this.#report);
    });
  }

  /** Tells the last list at once, and nobody afterwards: the client is destroyed. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#value = undefined;
    this.#listeners.tell(this.get(), this.#report);
  }
}
