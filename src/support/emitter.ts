import EventEmitter from 'eventemitter3';
import type { Stop } from '../types';
import { neededFunction } from './given';
import type { Life } from './life';
import { promised } from './promised';

/** Whose listeners they are. */
export interface ListenerOwner {
  /** Once it has ended, nobody is called. Left out: for ever. */
  readonly life?: Life | undefined;
  /** Gets what a listener threw, with the event it was called for. */
  threw(cause: unknown, event?: string): void;
}

type Listener = (first: unknown, second: unknown) => unknown;
type Call = (first: unknown, second: unknown, event: string | symbol) => void;

/** One `on`. eventemitter3 calls its `call` with it as `this`, so that a registration costs an object and no closures. */
class Registration {
  stopped = false;
  readonly #emitter: Emitter<never>;
  readonly #clears: number;
  readonly #listener: Listener;
  readonly #filter: Listener | undefined;

  constructor(emitter: Emitter<never>, listener: Listener, filter: Listener | undefined) {
    this.#emitter = emitter;
    this.#clears = emitter.clears;
    this.#listener = listener;
    this.#filter = filter;
  }

  get #silent(): boolean {
    const { clears, owner } = this.#emitter;
    return this.stopped || clears !== this.#clears || owner.life?.ended === true;
  }

  #threw(cause: unknown, event: string | symbol): void {
    // A symbol means nothing to people.
    this.#emitter.owner.threw(cause, typeof event === 'string' ? event : undefined);
  }

  /** The one place that calls listeners of events. */
  call(first: unknown, second: unknown, event: string | symbol): void {
    if (this.#silent) return;
    const filter = this.#filter;
    const listener = this.#listener;
    try {
      if (filter !== undefined) {
        const passes = filter(first, second);
        // A promise looks like a yes: an async filter would let everything pass.
        const later = promised(passes);
        if (later !== undefined) {
          later.then(undefined, () => {});
          throw new TypeError('A filter must answer synchronously, not with a promise.');
        }
        if (!passes || this.#silent) return;
      }
      this.#emitter.calls += 1;
      // An async listener throws later.
      promised(listener(first, second))?.then(undefined, (cause) => this.#threw(cause, event));
    } catch (cause) {
      this.#threw(cause, event);
    }
  }
}

/**
 * Calls listeners by event name; what one throws is reported and does not keep the others from running. Every `on`
 * is a registration of its own, and its stop takes effect at once, also during an emit.
 */
export class Emitter<Events extends { [Event in keyof Events]: readonly [unknown, unknown?] }> {
  readonly owner: ListenerOwner;
  /** How often a listener was called. */
  calls = 0;
  /** How often everybody was taken away. */
  clears = 0;
  /** How many registrations there are. */
  size = 0;
  readonly #emitter = new EventEmitter<Record<string | symbol, Call>>();

  constructor(owner: ListenerOwner) {
    this.owner = owner;
  }

  /** Whether anybody listens to `event`. */
  has(event: keyof Events & (string | symbol)): boolean {
    return this.#emitter.listenerCount(event) > 0;
  }

  /** Calls `listener` at each `event` for which `filter`, where there is one, answers with something true. Throws a `ConfigurationError` for what is no function. */
  on<Event extends keyof Events & (string | symbol)>(
    event: Event,
    listener: (first: Events[Event][0], second: Exclude<Events[Event][1], undefined>) => void,
    filter?: (first: Events[Event][0], second: Exclude<Events[Event][1], undefined>) => unknown,
  ): Stop {
    // `emit` brings the values of `Event` to the listeners of `Event`, which the compiler cannot see through eventemitter3.
    neededFunction(listener, `on(${JSON.stringify(event)}, (value) => { … })`);
    const made = new Registration(this as never, listener as Listener, filter as Listener | undefined);
    this.#emitter.on(event, made.call, made);
    this.size += 1;
    const { clears } = this;
    return () => {
      if (made.stopped) return;
      made.stopped = true;
      if (clears !== this.clears) return;
      this.size -= 1;
      this.#emitter.off(event, made.call, made);
    };
  }

  /** Calls the listeners of `event` in the order of their registration. Whether any was: a filter may let none be. */
  emit<Event extends keyof Events & (string | symbol)>(event: Event, ...values: Events[Event]): boolean {
    const { calls } = this;
    this.#emitter.emit(event, values[0], values[1], event);
    return this.calls > calls;
  }

  /** Forgets every listener; takes effect at once, also during an emit. */
  clear(): void {
    this.clears += 1;
    this.size = 0;
    this.#emitter.removeAllListeners();
  }
}
