import EventEmitter from 'eventemitter3';
import type { Stop } from '../types';

/**
 * Calls listeners by event name; what one throws is reported and does not keep the others from running. Every `on`
 * is a registration of its own, a stop that is called during an emit takes effect at once.
 */
export class Emitter<Events extends Record<keyof Events, readonly unknown[]>> {
  readonly #emitter = new EventEmitter<Record<string, (...values: readonly unknown[]) => void>>();
  readonly #report: (error: unknown, event: keyof Events & string) => void;

  /** `report` gets what a listener throws, with the event it was called for. */
  constructor(report: (error: unknown, event: keyof Events & string) => void) {
    this.#report = report;
  }

  /** How many listeners `event` has. */
  count(event: keyof Events & string): number {
    return this.#emitter.listenerCount(event);
  }

  on<E extends keyof Events & string>(event: E, listener: (...values: Events[E]) => void): Stop {
    let live = true;
    // A closure a registration: its identity makes the stop exact, and the try keeps each listener to itself.
    const guarded = (...values: readonly unknown[]): void => {
      if (!live) return;
      try {
        listener(...(values as unknown as Events[E]));
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

  /** Calls the listeners of `event` in the order of their registration; false when there was none. */
  emit<E extends keyof Events & string>(event: E, ...values: Events[E]): boolean {
    return this.#emitter.emit(event, ...values);
  }

  /** Forgets every listener. */
  clear(): void {
    this.#emitter.removeAllListeners();
  }
}
