import type { ChannelStatistics } from '../figures';

/** So many channels that nobody holds are remembered: an application may publish to one for each of its users. */
const othersRemembered = 1_000;

interface Counts {
  received: number;
  receivedBytes: number;
  sent: number;
  sentBytes: number;
}

/** The figures of single channels: of all that are held, and of the last that were published to without. */
export class ChannelCounts {
  readonly #held = new Map<string, Counts>();
  /** The oldest first. */
  readonly #others = new Map<string, Counts>();

  held(channel: string): void {
    if (this.#held.has(channel)) return;
    this.#held.set(channel, this.#others.get(channel) ?? none());
    this.#others.delete(channel);
  }

  released(channel: string): void {
    this.#held.delete(channel);
  }

  received(channel: string, bytes: number): void {
    // Nothing is kept for a channel that nobody holds: those names are the server's to choose.
    const counts = this.#held.get(channel);
    if (counts === undefined) return;
    counts.received += 1;
    counts.receivedBytes += bytes;
  }

  sent(channel: string, bytes: number): void {
    const counts = this.#held.get(channel) ?? this.#other(channel);
    counts.sent += 1;
    counts.sentBytes += bytes;
  }

  snapshot(): Readonly<Record<string, ChannelStatistics>> {
    // Without a prototype, because a channel may be called `__proto__`.
    const channels: Record<string, ChannelStatistics> = Object.create(null);
    for (const [name, counts] of this.#others) channels[name] = { ...counts };
    for (const [name, counts] of this.#held) channels[name] = { ...counts };
    return channels;
  }

  #other(channel: string): Counts {
    const counts = this.#others.get(channel) ?? none();
    this.#others.delete(channel);
    this.#others.set(channel, counts);
    const [oldest] = this.#others.keys();
    if (this.#others.size > othersRemembered && oldest !== undefined) this.#others.delete(oldest);
    return counts;
  }
}

function none(): Counts {
  return { received: 0, receivedBytes: 0, sent: 0, sentBytes: 0 };
}
