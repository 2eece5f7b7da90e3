import type { RealtimeError } from '../errors';
import type { StoredMessage } from '../ports';
import type { ReadableStore, RejectedMessage } from '../types';
import { visiblePart } from './message';
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
    this.add(record, error, at);
    return record;
  }

  /** The client is destroyed. */
  end(): void {
    this.#store.end();
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

  /** Takes in one that says that it was rejected, such as one that an earlier page kept. */
  add(record: StoredMessage, error: RealtimeError, rejectedAt: number): void {
    this.#kept.set(record.id, { message: record, view: { ...visiblePart(record), rejectedAt, error } });
    this.#store.invalidate();
    const [oldest] = this.#kept.keys();
    if (this.#kept.size <= most || oldest === undefined) return;
    this.#kept.delete(oldest);
    this.#dropped(oldest);
  }
}
