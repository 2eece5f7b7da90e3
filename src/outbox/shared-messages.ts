import type { Clock, StoredMessage } from '../ports';
import { errorOf } from '../support/error-record';
import { pause } from '../support/pause';
import type { Dispatcher } from './dispatcher';
import { abortedError } from './errors';
import type { Entry } from './lane';
import { isOver } from './message';
import { type TabMessage, tabEnd } from './tab-protocol';
import type { OutboxWriter } from './writer';

type Settled = Extract<TabMessage, { type: 'settled' }>;
type Progress = Extract<TabMessage, { type: 'progress' }>;

/** So long, in milliseconds, thousands of messages may be taken in before the page has its turn, and after how many we look. */
const slice = 12;
const lookEvery = 50;
/** How many ends are kept for tabs that were not listening. */
const remembered = 1_000;

/** Our messages, as far as other tabs and earlier pages are concerned: what they left, what they tell, what they are told. */
export class SharedMessages {
  readonly #dispatcher: Dispatcher;
  readonly #writer: OutboxWriter;
  readonly #tab: string;
  readonly #clock: Clock;
  /** When somebody signed out. */
  #clearedAt = Number.NEGATIVE_INFINITY;
  readonly #ends = new Map<string, { readonly settled: Settled; readonly at: number }>();

  constructor(dispatcher: Dispatcher, writer: OutboxWriter, tab: string, clock: Clock) {
    this.#clock = clock;
    this.#dispatcher = dispatcher;
    this.#writer = writer;
    this.#tab = tab;
  }

  /** Takes in what is in the storage already, in its order; gives up when `life` aborts. The page has its turn now and then. */
  async restore(stored: readonly StoredMessage[], life: AbortSignal): Promise<void> {
    // Of two with one number the older was replaced, and a crash kept both.
    const ordered = [...stored].sort((a, b) => a.sequence - b.sequence || a.createdAt - b.createdAt);
    const { watch } = this.#dispatcher;
    let began = watch.elapsed();
    for (const [index, record] of ordered.entries()) {
      if (index % lookEvery === lookEvery - 1 && watch.elapsed() - began > slice) {
        await pause(this.#clock, 0, [life]);
        if (life.aborted) return;
        began = watch.elapsed();
      }
      const known = this.#dispatcher.queue.get(record.id);
      if (known) this.#dispatcher.step(known, { type: 'returned' });
      else if (this.#isCleared(record) || (record.rejected === undefined && this.#isOver(record)))
        void this.#writer.remove(record.id);
      else this.#take(record);
    }
  }

  /** Nobody else offers anything any more: we do. */
  returnAll(): void {
    for (const entry of this.#dispatcher.queue.entries()) this.#dispatcher.step(entry, { type: 'returned' });
  }

  /** The tab whose these were is gone: they are ours, and their ends are told here. */
  orphaned(tab: string): void {
    for (const entry of this.#dispatcher.queue.entries()) {
      if (entry.from === tab) entry.from = undefined;
      if (entry.message.record.tab === tab) this.#dispatcher.step(entry, { type: 'adopted', tab: this.#tab });
    }
  }

  /** Takes in what another tab hands over, which has stored it. Answers with the ends that it missed. */
  takeOver(messages: readonly StoredMessage[], from: string): readonly Settled[] {
    const missed: Settled[] = [];
    for (const record of messages) {
      if (this.#isCleared(record)) {
        const end = tabEnd(abortedError(record, 'was discarded: the user signed out.'));
        missed.push({ type: 'settled', ids: [record.id], end });
      } else if (this.#dispatcher.rejected.forget(record.id) || !this.#isOver(record)) {
        this.#writer.expect(record.id);
        const entry = this.#dispatcher.queue.get(record.id) ?? this.#take(record, from);
        if (entry && (entry.waiters === undefined || entry.waiters.empty)) entry.from = from;
      } else {
        const end = this.#ends.get(record.id);
        if (end) missed.push(end.settled);
      }
    }
    this.#dispatcher.advance();
    return missed;
  }

  /** Another tab leads from now on: everything of ours that it may not know of. What others published is theirs, and its. */
  handOver(mayLeave: (record: StoredMessage) => boolean): readonly StoredMessage[] {
    const messages: StoredMessage[] = [];
    for (const entry of [...this.#dispatcher.queue.entries()]) {
      if (entry.lane.offers(entry) || isOver(entry.message)) continue;
      if (entry.from !== undefined) {
        this.letGo(entry);
        continue;
      }
      // Whoever was offering it leads no longer; what the next one cannot send, we do.
      this.#dispatcher.step(entry, { type: 'returned' });
      const { state, record, withdrawn } = entry.message;
      if (state === 'waiting' && !withdrawn && mayLeave(record)) messages.push(record);
    }
    return messages;
  }

  /** Another tab is so far with one of our messages. */
  follow({ id, trying, attempts, error }: Progress): void {
    const entry = this.#dispatcher.queue.get(id);
    if (!entry || entry.lane.offers(entry)) return;
    this.#dispatcher.step(entry, { type: 'followed', trying, attempts, error: error && errorOf(error) });
    // It has just failed again.
    if (!trying) this.#dispatcher.flushes.release([entry]);
  }

  /** Remembers the end of messages, for tabs that were not listening. */
  remember(settled: Settled): void {
    const end = { settled, at: this.#clock.now() };
    for (const id of settled.ids) this.#ends.set(id, end);
    if (this.#ends.size <= remembered) return;
    for (const id of this.#ends.keys()) {
      if (this.#ends.size <= remembered) return;
      this.#ends.delete(id);
    }
  }

  /** The user signed out, at this time on the wall. */
  cleared(at: number): void {
    this.#clearedAt = Math.max(this.#clearedAt, at);
  }

  /** Whether it is from before that: storages may write late, after the death of the tab that asked for it. */
  #isCleared({ createdAt }: StoredMessage): boolean {
    return createdAt < this.#clearedAt;
  }

  /** A message is published again under its id: it has no end any more. */
  forget(id: string): void {
    this.#ends.delete(id);
  }

  /** Whether the message has had its end: whoever tells of it tells old news, unless it was published once more after a bad one. */
  #isOver({ id, sequence }: StoredMessage): boolean {
    const end = this.#ends.get(id);
    if (end === undefined) return false;
    if (!('error' in end.settled.end) || sequence <= end.at) return true;
    this.#ends.delete(id);
    return false;
  }

  /** Messages ended in another tab: by being sent there, or because whoever published them gave them up. */
  settledElsewhere(settled: Settled): void {
    this.remember(settled);
    const { ids, end } = settled;
    const givenUp = 'error' in end && end.error.code === 'aborted';
    for (const id of ids) {
      const entry = this.#dispatcher.queue.get(id);
      if (!entry) {
        if (givenUp || !('error' in end)) this.#dispatcher.rejected.forget(id);
        continue;
      }
      if (isOver(entry.message)) continue;
      if (givenUp && entry.lane.offers(entry)) {
        // It may have arrived; it gets no other attempt.
        this.#dispatcher.step(entry, { type: 'withdrawn' });
        continue;
      }
      this.#dispatcher.settle(entry, 'error' in end ? errorOf(end.error) : end.acknowledgement, ids[0] ?? id);
      entry.lane.advance();
    }
  }

  /** Another tab wants all tried now. `tell` is called for those of its messages that cannot go on: it does not see what they wait for. */
  hurry(): void {
    const foreign = Array.from(this.#dispatcher.queue.entries()).filter(({ from }) => from !== undefined);
    const ids = foreign.map(({ message }) => message.record.id);
    this.#dispatcher.settleNow(ids, () => this.#tellProgress(ids));
  }

  /** One of ours, or of another tab, has taken the place of `old`. */
  replaced(old: Entry, fresh: Entry): void {
    const { id, attempts } = old.message.record;
    // A tab that replaced its own message knows that it did, unless that was just being offered.
    if (!old.covers && (old.from === undefined || (old.from === fresh.from && attempts === 0))) return;
    fresh.covers = new Set([...(fresh.covers ?? []), id, ...(old.covers ?? [])]);
  }

  /** Takes a message out without an end: another tab, or a later page, sends it. */
  letGo(entry: Entry): void {
    this.#dispatcher.leaveLane(entry);
    this.#dispatcher.step(entry, { type: 'settled' });
    this.#dispatcher.forget(entry);
  }

  /** Takes a message in: a rejected one to be looked at, any other to be sent, or to go on waiting for receivers. */
  #take(record: StoredMessage, from?: string): Entry | undefined {
    const dispatcher = this.#dispatcher;
    if (record.rejected !== undefined) {
      const { code, reason, status, at } = record.rejected;
      const { channel, event } = record;
      const error = errorOf({ code, message: reason, retryable: false, channel, event, status });
      if (dispatcher.keepsRejected) dispatcher.rejected.add(record, error, at);
      else void this.#writer.remove(record.id);
      return undefined;
    }
    const entry = dispatcher.enter(record, 'waiting', from);
    const accepted = record.delivery?.accepted;
    if (accepted) {
      const { at, ...acceptance } = accepted;
      dispatcher.step(entry, { type: 'accepted', acceptance, at });
      dispatcher.leaveLane(entry);
      dispatcher.awaitReceivers(entry);
    } else dispatcher.await(entry);
    return entry;
  }

  #tellProgress(ids: readonly string[]): void {
    for (const id of ids) {
      const entry = this.#dispatcher.queue.get(id);
      if (entry?.message.state === 'waiting') this.#dispatcher.tabs?.progressed(entry);
    }
  }
}
