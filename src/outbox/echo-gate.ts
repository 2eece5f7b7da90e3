import type { Clock } from '../ports';
import type { Stop } from '../types';

/** The longest that a message waits for its channel, in milliseconds, from when the network is back, as far as anybody knows. */
const longestWait = 10_000;

/**
 * Holds messages back until whoever publishes them hears the channel on which the server echoes them: earlier, the echo would fall
 * into a gap, and everybody would see the message but its sender. It goes by keys: a channel, or another tab and its channel.
 */
export class EchoGate {
  readonly #clock: Clock;
  readonly #isAwaited: (key: string) => boolean;
  readonly #open: () => void;
  /** What is waited for, and what was waited for long enough. */
  readonly #waits = new Map<string, Stop | 'over'>();
  /** Whether there is a network. */
  online = true;

  /** `isAwaited` says whether the channel is about to be live; `open` is called when it was waited for long enough. */
  constructor(clock: Clock, isAwaited: (key: string) => boolean, open: () => void) {
    this.#clock = clock;
    this.#isAwaited = isAwaited;
    this.#open = open;
  }

  /** Whether a message has to wait for its channel. */
  isShut(key: string): boolean {
    if (!this.#isAwaited(key)) return false;
    const wait = this.#waits.get(key);
    // The time counts from when there is a network.
    if (wait === undefined && this.online) {
      const stop = this.#clock.after(longestWait, () => {
        this.#waits.set(key, 'over');
        this.#open();
      });
      this.#waits.set(key, stop);
    }
    return wait !== 'over';
  }

  /** The channel is in another state: the next wait is a new one. */
  changed(key: string): void {
    if (!this.#isAwaited(key)) this.#forget(key);
  }

  /** Whether there is a network: all waits begin anew. Without one no timer is left. */
  setOnline(online: boolean): void {
    this.online = online;
    this.restart();
  }

  /** The network is not back yet, as the connection has just found out: all waits begin anew. */
  restart(): void {
    for (const key of [...this.#waits.keys()]) {
      this.#forget(key);
      this.isShut(key);
    }
  }

  #forget(key: string): void {
    const wait = this.#waits.get(key);
    if (typeof wait === 'function') wait();
    this.#waits.delete(key);
  }
}
