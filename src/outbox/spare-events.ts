import type { Clock } from '../ports';
import type { Transport } from '../transport-port';
import { type PeerPublisher, span } from './peer-publisher';
import { RecentTimes } from './recent-times';

/** A client event of ours, not of the application's. */
export interface SpareEvent {
  readonly channel: string;
  readonly event: string;
  readonly data: unknown;
}

/** A complaint of the server about what we wrote comes within this time, in milliseconds. */
const lately = 5_000;

/**
 * Client events that no message of the application's shall wait for: they get at most half of what the server allows. While messages
 * wait all the time they get one a second, so that they are not put off for ever.
 */
export class SpareEvents {
  readonly #peer: PeerPublisher;
  readonly #clock: Clock;
  readonly #takes = new Set<() => SpareEvent | undefined>();
  /** When they were written. */
  readonly written: RecentTimes = new RecentTimes(span);
  #last = Number.NEGATIVE_INFINITY;

  constructor(peer: PeerPublisher, clock: Clock) {
    this.#peer = peer;
    this.#clock = clock;
    peer.share(this);
  }

  /** Whether any is there to be written. */
  get any(): boolean {
    return this.#takes.size > 0;
  }

  /** Writes what `take` returns, if it still returns anything then, when no message of the application's has to wait for that. */
  add(take: () => SpareEvent | undefined): void {
    this.#takes.add(take);
    this.#peer.proceed();
  }

  /** Whether nothing of the application's was written in the last few seconds, but something of ours: a complaint is about that. */
  get areToBlame(): boolean {
    const now = this.#clock.now();
    return Math.abs(now - this.#last) < lately && Math.abs(now - this.#peer.lastPublished) >= lately;
  }

  /** How long, in milliseconds, until one may be written; for ever when there is none. `busy` when messages wait, `limit` for both in a second. */
  wait(busy: boolean, limit: number): number {
    // Where one in a second is much of it, who publishes goes first.
    if (!this.any || (busy && limit < 4)) return Number.POSITIVE_INFINITY;
    return this.written.wait(this.#clock.now(), busy ? 1 : Math.max(1, Math.floor(limit / 2)));
  }

  /** Writes the next one; false when it is not wanted any more, or the transport cannot. */
  write(transport: Pick<Transport, 'send'>): boolean {
    const [take] = this.#takes;
    if (take === undefined) return false;
    this.#takes.delete(take);
    const spare = take();
    try {
      if (spare === undefined || !transport.send(spare.channel, spare.event, spare.data)) return false;
    } catch {
      // What a transport cannot send now it says to the application's messages, too.
      return false;
    }
    this.#last = this.#clock.now();
    this.written.add(this.#last);
    return true;
  }
}
