import type { ReadableStore, Stop } from '../types';
import { Listeners } from './listeners';

/** A value that tells when it is replaced. */
export class Store<T> implements ReadableStore<T> {
  readonly initial: T;
  #value: T;
  readonly #report: (error: unknown) => void;
  /** Made for the first subscriber: most stores never have one. */
  #listeners: Listeners<T> | undefined;

  /** `report` gets what a subscriber throws; the others are told all the same. */
  constructor(value: T, report: (error: unknown) => void, initial: T = value) {
    this.initial = initial;
    this.#value = value;
    this.#report = report;
  }

  /** What Vue, and Alpine with it, put no proxy around: applications keep such things in their data, and a proxy has no `#` members. */
  get __v_skip(): true {
    return true;
  }

  get(): T {
    return this.#value;
  }

  /** Replaces the value. The same reference again tells nobody. */
  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    // A subscriber that replaced the value meanwhile has told everybody: do not go on with an old one.
    this.#listeners?.tell(value, this.#report, () => Object.is(value, this.#value));
  }

  subscribe(listener: (value: T) => void): Stop {
    this.#listeners ??= new Listeners();
    return this.#listeners.add(listener);
  }
}
