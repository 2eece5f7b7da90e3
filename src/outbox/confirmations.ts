import type { Clock } from '../ports';
import { receiversAnswer } from '../support/confirmable';
import { RecentIds } from '../support/recent-ids';
import type { ChannelKind, Stop, SubscriptionState } from '../types';
import type { SpareEvent } from './spare-events';

/** What confirming takes. */
export interface ConfirmationsParts {
  readonly clock: Clock;
  /** Tells this client from the channel's other receivers. */
  readonly receiver: () => string;
  /** Whether the message was published by this client. */
  readonly isOwn: (id: string) => boolean;
  readonly isSubscribed: (channel: string) => boolean;
  /** Calls back when a client event may be written without the application's having to wait, and writes what it returns. */
  readonly whenSpare: (take: () => SpareEvent | undefined) => void;
}

/** Where confirmations go: the channel that a message came on. */
interface Place {
  readonly name: string;
  readonly kind: ChannelKind;
}

/** So long we wait for more to put into the same event, in milliseconds. */
const gathering = 20;
/** What a listener got so long ago, in milliseconds, nobody waits for any more. */
const lifetime = 10_000;
/** Ids in one event: of the longest ids that we take, they are well below the smallest limit of a payload. */
const most = 100;
/** Ids that wait on one channel; more than can be told in time. */
const mostDue = 1_000;

/** Tells senders who ask for it that a listener got their message. */
export class Confirmations {
  readonly #parts: ConfirmationsParts;
  /** By channel: the ids that are to be told, and since when. */
  readonly #due = new Map<string, Map<string, number>>();
  /** The channels that gather, or wait for their turn. */
  readonly #scheduled = new Map<string, Stop>();
  readonly #confirmed = new RecentIds();
  #silent = false;

  constructor(parts: ConfirmationsParts) {
    this.#parts = parts;
  }

  /** A listener got the message. */
  heard(place: Place, id: string): void {
    if (this.#parts.isOwn(id)) return;
    this.#confirmed.add(id);
    this.#add(place, id);
  }

  /** The message came again, and was dropped: the sender may have missed our word. */
  repeated(place: Place, id: string): void {
    if (this.#confirmed.has(id)) this.#add(place, id);
  }

  /** What is due goes when the channel is back, and never when it was given up. */
  subscription(channel: string, state: SubscriptionState): void {
    if (state === 'subscribed' && this.#due.has(channel)) this.#schedule(channel);
    else if (state === 'unsubscribed' || state === 'refused') this.#due.delete(channel);
  }

  /** The server takes no client events: says nothing until `renew()`. */
  silence(): void {
    this.#silent = true;
    this.#due.clear();
  }

  /** Another connection may be allowed what the last one was not. */
  renew(): void {
    this.#silent = false;
  }

  /** Says nothing any more, and leaves no timer. */
  destroy(): void {
    this.silence();
    for (const stop of this.#scheduled.values()) stop();
    this.#scheduled.clear();
  }

  #add({ name, kind }: Place, id: string): void {
    // Where servers pass client events on: not without authorization, nor what they cannot read.
    if (this.#silent || (kind !== 'private' && kind !== 'presence')) return;
    const due = this.#due.get(name) ?? new Map<string, number>();
    this.#due.set(name, due);
    due.set(id, this.#parts.clock.now());
    const [oldest] = due.keys();
    if (due.size > mostDue && oldest !== undefined) due.delete(oldest);
    this.#schedule(name);
  }

  #schedule(channel: string): void {
    if (this.#scheduled.has(channel)) return;
    const { clock, whenSpare } = this.#parts;
    const stop = clock.after(gathering, () => whenSpare(() => this.#take(channel)));
    this.#scheduled.set(channel, stop);
  }

  #take(channel: string): SpareEvent | undefined {
    const { clock, isSubscribed, receiver } = this.#parts;
    this.#scheduled.delete(channel);
    const due = this.#due.get(channel);
    if (due === undefined) return undefined;
    const now = clock.now();
    for (const [id, since] of due) if (Math.abs(now - since) > lifetime) due.delete(id);
    if (!isSubscribed(channel)) return undefined;
    const ids = [...due.keys()].slice(0, most);
    for (const id of ids) due.delete(id);
    if (due.size === 0) this.#due.delete(channel);
    else this.#schedule(channel);
    const [id] = ids;
    if (id === undefined) return undefined;
    const named = ids.length === 1 ? { id } : { ids };
    return { channel, event: receiversAnswer, data: { ...named, receiver: receiver() } };
  }
}
