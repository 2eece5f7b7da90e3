import type { RealtimeError } from '../errors';
import type { StoredMessage } from '../ports';
import { errorOf } from '../support/error-record';
import type { ReadableStore, RejectedMessage } from '../types';
import { PendingStore } from './pending-store';

/** They are there to be looked at, and nobody looks at more. */
const most = 100;

interface Kept {
  readonly message: StoredMessage;
  readonly view: RejectedMessage;
}

/** Messages that have ended badly and are kept for somebody to decide about. */
export class RejectedMessages {
  readonly #kept = new Map<string, Kept>();
  readonly #store: PendingStore<readonly RejectedMessage[]>;
  readonly #dropped: (id: string) => void;

  /** `dropped` gets the ids of those that newer ones have pushed out. */
  constructor(dropped: (id: string) => void, report: (error: unknown) => void) {
    this.#dropped = dropped;
    this.#store = new PendingStore<readonly RejectedMessage[]>(
      () => [...this.#kept.values()].map(({ view }) => view),
      report,
    );
  }

  get store(): ReadableStore<readonly RejectedMessage[]> {
    return this.#store;
  }

  /** The ids, oldest rejection first. */
  get ids(): readonly string[] {
    return [...this.#kept.keys()];
  }

  /** Keeps a message; the answer is the record to store for it. */
  keep(message: StoredMessage, error: RealtimeError, at: number): StoredMessage {
    const { code, message: reason, status } = error;
    const record = {
      ...message,
      rejected: { code, reason, at, ...(status === undefined ? undefined : { status }) },
    };
    this.#add(record, error, at);
    return record;
  }

  /** Takes in one that an earlier page kept. */
  restore(record: StoredMessage, { code, reason, status, at }: NonNullable<StoredMessage['rejected']>): void {
    const { channel, event } = record;
    this.#add(record, errorOf({ code, message: reason, retryable: false, channel, event, status }), at);
  }

  get(id: string): StoredMessage | undefined {
    return this.#kept.get(id)?.message;
  }

  /** Lets one go, discarded or published again; false when there is none. */
  forget(id: string): boolean {
    const known = this.#kept.delete(id);
    if (known) this.#store.invalidate();
    return known;
  }

  #add(record: StoredMessage, error: RealtimeError, rejectedAt: number): void {
    const { id, channel, event, data, route, attempts, createdAt, expiresAt, bytes } = record;
    const view = {
      id,
      channel,
      event,
      data,
      route,
      attempts,
      createdAt,
      expiresAt,
      bytes,
      rejectedAt,
      error,
    };
    this.#kept.set(id, { message: record, view });
    this.#store.invalidate();
    const [oldest] = this.#kept.keys();
    if (this.#kept.size <= most || oldest === undefined) return;
    this.#kept.delete(oldest);
    this.#dropped(oldest);
  }
}
