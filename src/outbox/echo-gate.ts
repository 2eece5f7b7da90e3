import type { Clock, PublishingChannels } from '../ports';
import type { Stop } from '../types';

/** The longest that a message waits for its channel, in milliseconds, from when the network is back. */
const longestWait = 10_000;

/**
 * Holds messages back until the channel is live on which the server echoes them: earlier, the echo would fall into our own gap,
 * and everybody would see the message but its sender. Channels that nobody here follows, and refused ones, are not waited for.
 */
export class EchoGate {
  readonly #clock: Clock;
  readonly #channels: PublishingChannels;
  readonly #open: (channel: string) => void;
  /** The channels that are waited for, and those that were waited for long enough. */
  readonly #waits = new Map<string, Stop | 'over'>();

  /** `open` is called when a channel was waited for long enough. */
  constructor(clock: Clock, channels: PublishingChannels, open: (channel: string) => void) {
    this.#clock = clock;
    this.#channels = channels;
    this.#open = open;
  }

  /** Whether a message has to wait for its channel. Asked while there is a network. */
  isShut(channel: string): boolean {
    if (this.#state(channel) !== 'subscribing') return false;
    const wait = this.#waits.get(channel);
    if (wait === undefined) {
      const stop = this.#clock.after(longestWait, () => {
        this.#waits.set(channel, 'over');
        this.#open(channel);
      });
      this.#waits.set(channel, stop);
    }
    return wait !== 'over';
  }

  /** The channel is in another state: the next wait is a new one. */
  changed(channel: string): void {
    if (this.#state(channel) === 'subscribing') return;
    this.#forget(channel);
  }

  /** The network is gone, or back: all waits begin anew. */
  restart(): void {
    for (const channel of [...this.#waits.keys()]) this.#forget(channel);
  }

  #forget(channel: string): void {
    const wait = this.#waits.get(channel);
    if (typeof wait === 'function') wait();
    this.#waits.delete(channel);
  }

  #state(channel: string): string | undefined {
    try {
      return this.#channels.get(channel).subscription.get().state;
    } catch {
      // A channel of an earlier page, which this one does not know.
      return undefined;
    }
  }
}
