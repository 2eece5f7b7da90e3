import type { Stop } from '../types';
import { neededFunction } from './given';
import { promised } from './promised';

/** How a store is listened to. */
export const subscribing = 'subscribe((value) => { … })';

/** One `subscribe`: the same function may subscribe twice, and each undo takes away its own. Without a listener once that was called. */
interface Entry<T> {
  listener: ((value: T) => unknown) | undefined;
}

/** Those who subscribed to a value. What one throws is reported, and the others are told all the same. */
export class Listeners<T> {
  /** One by itself: most stores have no other, and a set is three times as large as all the rest of them. */
  #entries: Entry<T> | Set<Entry<T>> | undefined;

  /** Whether nobody would be told. */
  get empty(): boolean {
    return this.#entries === undefined || (this.#entries instanceof Set && this.#entries.size === 0);
  }

  /** Throws a `ConfigurationError` for what is no function. */
  add(listener: (value: T) => void): Stop {
    const entry: Entry<T> = { listener: neededFunction(listener, subscribing) };
    const others = this.#entries;
    if (others instanceof Set) others.add(entry);
    else this.#entries = others === undefined ? entry : new Set([others, entry]);
    return () => {
      entry.listener = undefined;
      if (this.#entries instanceof Set) this.#entries.delete(entry);
      else if (this.#entries === entry) this.#entries = undefined;
    };
  }

  /** Calls those who are there now, in the order of their coming, for as long as `isCurrent`. `report` gets what one throws. */
  tell(value: T, report: (error: unknown) => void, isCurrent?: () => boolean): void {
    for (const entry of this.#entries instanceof Set ? [...this.#entries] : [this.#entries]) {
      if (isCurrent?.() === false) return;
      try {
        // A stop takes effect at once: who called it may have taken down what the listener works on.
        const answer: unknown = entry?.listener?.(value);
        // An async listener throws later.
        promised(answer)?.then(undefined, report);
      } catch (error) {
        report(error);
      }
    }
  }
}
