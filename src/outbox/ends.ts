import { RealtimeError } from '../errors';
import type { Acceptance, StoredMessage } from '../ports';
import type { Acknowledgement } from '../types';
import { acceptedMessage } from './delivery';
import { acknowledgementOf, type Entry, isWaiting, settleWaiters, viewOf, type Waiter } from './entry';
import { abortedError, expiredError, unconfirmedError } from './errors';
import type { OutboxLane } from './lane';
import type { OutboxLedger } from './ledger';
import type { OutboxOutcome } from './settings';

type Delivery = NonNullable<StoredMessage['delivery']>;

/** How messages end, each of them once. */
export class OutboxEnds {
  readonly #ledger: OutboxLedger;

  constructor(ledger: OutboxLedger) {
    this.#ledger = ledger;
  }

  /** A publisher has taken it: the end, unless receivers are to confirm it. */
  accept(entry: Entry, acceptance: Acceptance): void {
    const { queue, flushes, writer, settings } = this.#ledger;
    const { delivery } = entry.message;
    if (!delivery || entry.withdrawn || acceptance.level === 'delivered') {
      this.#acknowledge(entry, acceptance);
      return;
    }
    const accepted = { ...acceptance, at: settings.clock.now() };
    entry.message = acceptedMessage(entry.message, delivery, accepted);
    entry.state = 'unconfirmed';
    queue.tidy(entry.lane);
    this.#ledger.changed(entry);
    flushes.release([entry]);
    // A crash before it is written repeats it; receivers know its id.
    void writer.put(entry.message);
    this.awaitReceivers(entry, delivery, accepted);
  }

  /** It was accepted, and ends when enough receivers have confirmed it, or too few in time. */
  awaitReceivers(
    entry: Entry,
    delivery: Delivery,
    { at: acceptedAt, ...acceptance }: NonNullable<Delivery['accepted']>,
  ): void {
    this.#ledger.acknowledgements.await(entry.message.id, delivery, (receivers) => {
      if (receivers >= delivery.receivers) {
        this.#acknowledge(entry, { ...acceptance, level: 'delivered', receivers });
      } else {
        const known = acknowledgementOf(entry, acceptance, acceptedAt);
        this.reject(entry, unconfirmedError(entry.message, delivery, receivers, known));
      }
    });
  }

  /** A good end. `by` is given when another tab told of it: the message that was sent, this one or one that took its place. */
  settle(entry: Entry, acknowledgement: Acknowledgement, by?: string): void {
    const { queue, writer } = this.#ledger;
    const outcome = { type: 'acknowledged', message: viewOf(entry), acknowledgement } as const;
    entry.lane.remove(entry);
    entry.state = 'accepted';
    queue.tidy(entry.lane);
    void writer.remove(entry.message.id).then(() => {
      this.#ledger.forget(entry);
      this.#tell(entry, acknowledgement, outcome, by);
    });
  }

  /** A bad one: takes the message out at once; its promise follows when the storage has forgotten it. `by` is as in `settle`. */
  reject(entry: Entry, error: RealtimeError, by?: string): void {
    const { writer, settings } = this.#ledger;
    const outcome = { type: 'rejected', message: viewOf(entry), error } as const;
    entry.lane.remove(entry);
    entry.state = 'ended';
    this.#ledger.forget(entry);
    // Whoever discarded or withdrew it has decided already.
    const keep = settings.keepRejected && error.code !== 'aborted' && error.code !== 'outbox-full';
    const written = keep ? this.#keep(entry.message, error, by) : writer.remove(entry.message.id);
    void written.then(() => this.#tell(entry, error, outcome, by));
  }

  /** Takes a message out because somebody on this side wants it so; false when it has had its end. */
  discard(id: string): boolean {
    const { queue, rejected, writer, tabs } = this.#ledger;
    const entry = queue.get(id);
    if (!entry && rejected.forget(id)) {
      void writer.remove(id);
      tabs.talk.tellEnd([id], new RealtimeError('aborted', 'It was discarded.'));
      return true;
    }
    // An accepted one has had its end; only the storage does not know yet.
    if (!entry || entry.state === 'accepted') return false;
    const arrived = entry.state === 'in-flight' ? ' It was in flight, and may have arrived.' : '';
    const sent = entry.state === 'unconfirmed' ? ' It had been sent, and waited for receivers.' : '';
    this.reject(entry, abortedError(entry.message, `was discarded.${arrived}${sent}`));
    entry.lane.advance();
    return true;
  }

  /** Discards everything. */
  discardAll(): void {
    const { queue, rejected } = this.#ledger;
    // From the back: a lane must not offer its next message while we take them all.
    for (const { message } of [...queue.entries()].reverse()) this.discard(message.id);
    for (const id of rejected.ids) this.discard(id);
  }

  /** Its signal asks that somebody waits no longer: a message that was not offered yet ends with that. */
  withdraw(waiter: Waiter, reason: unknown): void {
    const { entry, own } = waiter;
    if (entry.state === 'accepted' || entry.state === 'ended') return;
    const waits = isWaiting(entry);
    if (own === entry && (waits || entry.state === 'unconfirmed')) {
      const how = waits ? 'was withdrawn by its signal.' : 'had been sent when its signal ended the wait.';
      this.reject(entry, abortedError(own.message, how, reason));
      entry.lane.advance();
      return;
    }
    if (own === entry) {
      entry.withdrawn = true;
      if (!entry.lane.offers(entry)) {
        const { talk } = this.#ledger.tabs;
        talk.tellEnd([entry.message.id], abortedError(own.message, 'was withdrawn.'));
      }
    }
    entry.waiters = entry.waiters.filter((other) => other !== waiter);
    const how = own === entry ? 'was in flight, and may arrive' : 'had been replaced by a newer message';
    waiter.reject(
      abortedError(own.message, `is no longer waited for, as its signal asked; it ${how}.`, reason),
    );
  }

  /** Ends what waits and is too old; returns when the next one will be. */
  expire(now: number): number | undefined {
    const lanes = new Set<OutboxLane>();
    let next: number | undefined;
    for (const entry of this.#ledger.queue.entries()) {
      const { message, error, lane } = entry;
      if (message.expiresAt > now) {
        next = Math.min(next ?? message.expiresAt, message.expiresAt);
      } else if (isWaiting(entry)) {
        // One in flight may yet succeed; if it does not, it ends with its attempt.
        this.reject(entry, expiredError(message, error));
        lanes.add(lane);
      }
    }
    for (const lane of lanes) lane.advance();
    return next;
  }

  /** Everything ends: what waits rejects with code `aborted`. */
  abandon(): void {
    const { queue } = this.#ledger;
    for (const lane of queue.lanes()) lane.stop();
    for (const entry of queue.entries()) {
      if (entry.state === 'accepted') continue;
      entry.state = 'ended';
      // Thousands may wait that nobody waits for: an error each takes its time.
      if (entry.waiters.length === 0) continue;
      settleWaiters(entry, abortedError(entry.message, 'was given up: the client was destroyed.'));
    }
  }

  #acknowledge(entry: Entry, acceptance: Acceptance & { readonly receivers?: number }): void {
    this.settle(entry, acknowledgementOf(entry, acceptance, this.#ledger.settings.clock.now()));
  }

  async #keep(message: StoredMessage, error: RealtimeError, by: string | undefined): Promise<void> {
    const { rejected, writer, settings } = this.#ledger;
    const record = rejected.keep(message, error, settings.clock.now());
    // The tab that told us has stored it.
    if (by === undefined) await writer.put(record);
  }

  /** Everybody who waits for the end, here and in other tabs. */
  #tell(
    entry: Entry,
    end: Acknowledgement | RealtimeError,
    outcome: OutboxOutcome,
    by: string | undefined,
  ): void {
    const { tabs, settings } = this.#ledger;
    const { message } = outcome;
    settleWaiters(entry, end);
    if (by === undefined) tabs.talk.tellEnd([message.id, ...entry.covers], end);
    if (entry.foreign) return;
    const own = by === undefined || by === message.id;
    settings.onSettled?.(own ? outcome : { type: 'replaced', message, by });
  }
}
