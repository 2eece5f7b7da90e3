import type { PendingMessage, ReadableStore, RealtimeError, RejectedMessage, Stop } from 'surewire';
import type { DemoClient } from '../demo-client.ts';
import { contentOf } from './content.ts';

/** Where a message is on its way from this page to somebody else. */
export type Station = 'waiting' | 'in-flight' | 'accepted' | 'delivered';

/** One message of ours, from the moment it was published to its end. */
export interface Journey {
  readonly id: string;
  readonly event: string;
  readonly text: string;
  /** How far it came. */
  readonly station: Station;
  /** How it ended; absent while it is under way. */
  readonly end?: 'accepted' | 'delivered' | 'unconfirmed' | 'discarded' | 'rejected' | 'expired';
  readonly attempts: number;
  readonly createdAt: number;
  /** How long it took, in milliseconds, when it went well. */
  readonly latency?: number;
  /** How many receivers confirmed it. */
  readonly receivers?: number;
  readonly error?: RealtimeError;
}

/** So many messages that have ended are remembered. */
const remembered = 12;

/** Our messages, oldest first: those in the outbox, and the last ones that have ended, also those of the page before this one. */
export class Journeys implements ReadableStore<readonly Journey[]> {
  readonly initial: readonly Journey[] = [];
  readonly #client: DemoClient;
  readonly #listeners = new Set<(value: readonly Journey[]) => void>();
  readonly #ended = new Map<string, Journey>();
  #value: readonly Journey[] = [];

  constructor(client: DemoClient) {
    this.#client = client;
  }

  /** Follows the messages of the client until the returned stop. */
  follow(): Stop {
    const client = this.#client;
    const stops = [
      client.outbox.pending.subscribe(() => this.#look()),
      client.outbox.rejected.subscribe(() => this.#look()),
      // By events and not by promises: those of an earlier page are gone.
      client.on('acknowledged', ({ level, latency, receivers }, message) => {
        const reached = level === 'delivered' ? 'delivered' : 'accepted';
        this.#end(message, {
          station: reached,
          end: reached,
          latency,
          ...(receivers === undefined ? {} : { receivers }),
        });
      }),
      client.on('rejected', (error, message) => {
        if (error.code === 'unconfirmed')
          this.#end(message, { station: 'accepted', end: 'unconfirmed', error });
        else if (error.code === 'aborted') this.#end(message, { station: 'waiting', end: 'discarded' });
        else this.#end(message, { station: 'in-flight', end: 'rejected', error });
      }),
      client.on('expired', (error, message) =>
        this.#end(message, { station: 'waiting', end: 'expired', error }),
      ),
    ];
    this.#look();
    return () => {
      for (const stop of stops) stop();
    };
  }

  get(): readonly Journey[] {
    return this.#value;
  }

  subscribe(listener: (value: readonly Journey[]) => void): Stop {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #end(
    message: PendingMessage,
    how: Omit<Journey, 'id' | 'event' | 'text' | 'attempts' | 'createdAt'>,
  ): void {
    const journey = begin(message);
    if (journey === undefined) return;
    this.#ended.delete(message.id);
    this.#ended.set(message.id, { ...journey, ...how });
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > remembered && oldest !== undefined) this.#ended.delete(oldest);
    this.#look();
  }

  #look(): void {
    const { pending, rejected } = this.#client.outbox;
    const journeys = new Map(this.#ended);
    for (const message of rejected.get()) {
      const journey = begin(message);
      const { code } = message.error;
      const end = code === 'message-expired' ? 'expired' : 'rejected';
      const station = message.attempts === 0 ? 'waiting' : 'in-flight';
      if (journey) journeys.set(message.id, { ...journey, station, end, error: message.error });
    }
    for (const message of pending.get()) {
      const journey = begin(message);
      const station = message.state === 'unconfirmed' ? 'accepted' : message.state;
      const why = message.error === undefined ? {} : { error: message.error };
      if (journey) journeys.set(message.id, { ...journey, station, ...why });
    }
    this.#value = [...journeys.values()].sort((a, b) => a.createdAt - b.createdAt);
    for (const listener of [...this.#listeners]) listener(this.#value);
  }
}

/** Older than this page: of the one before it, or of another tab that was there first. */
export function isOfEarlierPage({ createdAt }: { readonly createdAt: number }): boolean {
  return createdAt < performance.timeOrigin;
}

/** What people notice of a message; undefined for pointers, typing and pulses, which are not shown. */
function begin(
  message: PendingMessage | RejectedMessage,
): Pick<Journey, 'id' | 'event' | 'text' | 'attempts' | 'createdAt'> | undefined {
  const { id, event, attempts, createdAt } = message;
  const text = contentOf(message);
  return text === undefined ? undefined : { id, event, text, attempts, createdAt };
}
