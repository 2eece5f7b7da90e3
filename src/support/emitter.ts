import EventEmitter from 'eventemitter3';
import type { Stop } from '../types';

/**
 * Calls listeners by event name; what one throws is reported and does not keep the others from running. Every `on`
 * is a registration of its own, and its stop takes effect at once, also during an emit.
 */
export class Emitter<Events extends { [Event in keyof Events]: readonly [unknown, unknown?] }> {
  readonly #emitter = new EventEmitter<Record<string, (first: unknown, second: unknown) => void>>();
  readonly #report: (error: unknown, event: keyof Events & string) => void;
  #clears = 0;

  /** `report` gets what a listener throws, with the event it was called for. */
  constructor(report: (error: unknown, event: keyof Events & string) => void) {
    this.#report = report;
  }

  /** Whether anybody listens to `event`. */
  has(event: keyof Events & string): boolean {
    return this.#emitter.listenerCount(event) > 0;
  }

  on<Event extends keyof Events & string>(
    event: Event,
    listener: (first: Events[Event][0], second: Exclude<Events[Event][1], undefined>) => void,
  ): Stop {
    let live = true;
    const clears = this.#clears;
    // A closure a registration: its identity makes the stop exact, and the try keeps each listener to itself.
    const guarded = (first: unknown, second: unknown): void => {
      if (!live || clears !== this.#clears) return;
      try {
        const answer = (listener as (first: unknown, second: unknown) => unknown)(first, second);
        // An async listener throws later.
        if (answer instanceof Promise) answer.catch((error: unknown) => this.#report(error, event));
      } catch (error) {
        this.#report(error, event);
      }
    };
    this.#emitter.on(event, guarded);
    return () => {
      live = false;
      this.#emitter.off(event, guarded);
    };
  }

  /** Calls the listeners of `event` in the order of their registration. */
  emit<Event extends keyof Events & string>(event: Event, ...values: Events[Event]): void {
    this.#emitter.emit(event, values[0], values[1]);
  }

  /** Forgets every listener; takes effect at once, also during an emit. */
  clear(): void {
    this.#clears += 1;
    this.#emitter.removeAllListeners();
  }
}
