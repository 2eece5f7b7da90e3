import type { StoredMessage } from '../ports';
import type { PublishOptions } from '../types';
import { unacceptedMessage, wantedDelivery } from './delivery';
import type { OutboxEnds } from './ends';
import { acknowledgementOf, type Entry, viewOf, type Waiter } from './entry';
import type { OutboxLedger } from './ledger';
import type { OutgoingMessage } from './settings';

/** How messages come in: published here, found in the storage, handed over by another tab, published again. */
export class OutboxIntake {
  readonly #ledger: OutboxLedger;
  readonly #ends: OutboxEnds;
  #sequence = 0;

  constructor(ledger: OutboxLedger, ends: OutboxEnds) {
    this.#ledger = ledger;
    this.#ends = ends;
  }

  /** Takes a message to be stored and sent; `resolve` or `reject` is called at its end. */
  take(
    outgoing: OutgoingMessage,
    options: PublishOptions,
    createdAt: number,
    { resolve, reject }: Pick<Waiter, 'resolve' | 'reject'>,
  ): void {
    const { settings, tabs, queue } = this.#ledger;
    const { expiresIn = settings.expiresIn, replaces, acknowledge, signal } = options;
    const { channel, event, data, route, bytes } = outgoing;
    const delivery = wantedDelivery(options);
    const fresh = this.#nextSequence(createdAt);
    const entry = this.#store({
      id: outgoing.id ?? settings.createId(),
      channel,
      event,
      data,
      route,
      bytes,
      sequence: this.#ledger.replaceable(outgoing, replaces)?.message.sequence ?? fresh,
      createdAt,
      expiresAt: createdAt + expiresIn,
      attempts: 0,
      ...(replaces === undefined ? undefined : { replaces }),
      ...(delivery && { delivery }),
      ...tabs.bind(route, delivery !== undefined || queue.lane(route, channel)?.bound === true),
    });
    const withdraw = (): void => this.#ends.withdraw(waiter, signal?.reason);
    const release = (): void => signal?.removeEventListener('abort', withdraw);
    const waiter: Waiter = { own: entry, entry, none: acknowledge === 'none', resolve, reject, release };
    signal?.addEventListener('abort', withdraw, { once: true });
    entry.waiters = [...entry.waiters, waiter];
  }

  /** Publishes a rejected message again. What replaced it, or was published since, is not undone by that. */
  revive(kept: StoredMessage): void {
    const { rejected, settings } = this.#ledger;
    rejected.forget(kept.id);
    const { replaces: _, rejected: __, ...message } = kept;
    const now = settings.clock.now();
    const sequence = this.#nextSequence(now);
    this.#store(
      unacceptedMessage({ ...message, sequence, expiresAt: now + settings.expiresIn, attempts: 0 }),
    );
  }

  /** Takes in what is in the storage already, in its order. */
  restore(stored: readonly StoredMessage[]): void {
    const { queue, rejected, settings, writer, expiry } = this.#ledger;
    // Of two with one number the older was replaced, and a crash kept both.
    const ordered = [...stored].sort((a, b) => a.sequence - b.sequence || a.createdAt - b.createdAt);
    for (const message of ordered) {
      const known = queue.get(message.id);
      // Whoever had the turn before us may have been offering it.
      if (known?.state === 'in-flight' && !known.lane.offers(known)) known.state = 'waiting';
      if (known) continue;
      if (message.rejected === undefined) this.#reenter(message);
      else if (settings.keepRejected) rejected.restore(message, message.rejected);
      else void writer.remove(message.id);
    }
    expiry.check();
  }

  /** Takes in what another tab hands over, which has stored it. */
  takeOver(messages: readonly StoredMessage[]): void {
    const { queue, writer, expiry } = this.#ledger;
    for (const message of messages) {
      writer.expect(message.id);
      const entry = queue.get(message.id) ?? this.#enter(message, 'waiting');
      if (entry.waiters.length === 0) entry.foreign = true;
    }
    expiry.check();
    queue.advance();
  }

  /** `fresh` takes the place of `old`, and with it those who wait for its end. */
  replace(old: Entry, fresh: Entry): void {
    const { writer, settings } = this.#ledger;
    fresh.lane.replace(old, fresh);
    fresh.waiters = [...old.waiters, ...fresh.waiters];
    fresh.covers = [...fresh.covers, ...old.covers, old.message.id];
    for (const waiter of fresh.waiters) waiter.entry = fresh;
    old.waiters = [];
    old.state = 'ended';
    this.#ledger.forget(old);
    if (fresh.message.sequence !== old.message.sequence) {
      fresh.message = { ...fresh.message, sequence: old.message.sequence };
      void writer.put(fresh.message);
    }
    void writer.remove(old.message.id).then(() => {
      settings.onSettled?.({ type: 'replaced', message: viewOf(old), by: fresh.message.id });
    });
  }

  /** At least the time, so that the numbers go on growing when those in the storage could not be read. */
  #nextSequence(now: number): number {
    this.#sequence = Math.max(this.#sequence + 1, now);
    return this.#sequence;
  }

  /** Takes a message in, in the place of the one whose key it has. */
  #enter(message: StoredMessage, state: 'storing' | 'waiting'): Entry {
    const { queue, acknowledgements, pending } = this.#ledger;
    this.#sequence = Math.max(this.#sequence, message.sequence);
    const old = this.#ledger.replaceable(message, message.replaces);
    const entry = queue.enter(message, state);
    if (message.delivery) acknowledgements.expect(message);
    // Other tabs, and storages, may tell of an older one after the newer.
    if (old && old.message.createdAt > message.createdAt) this.replace(entry, old);
    else if (old) this.replace(old, entry);
    pending.invalidate();
    return entry;
  }

  /** Takes in what an earlier page left: one that was accepted goes on waiting for receivers. */
  #reenter(message: StoredMessage): void {
    const { queue } = this.#ledger;
    const entry = this.#enter(message, 'waiting');
    const { delivery } = message;
    if (!delivery?.accepted) return;
    entry.lane.remove(entry);
    queue.tidy(entry.lane);
    entry.state = 'unconfirmed';
    this.#ends.awaitReceivers(entry, delivery, delivery.accepted);
  }

  /** Takes a message in, and stores it before it is offered. */
  #store(message: StoredMessage): Entry {
    const { writer, expiry } = this.#ledger;
    const entry = this.#enter(message, 'storing');
    void writer.put(entry.message).then(() => this.#stored(entry));
    expiry.include(message.expiresAt);
    return entry;
  }

  #stored(entry: Entry): void {
    if (entry.state !== 'storing') return;
    const { settings, tabs } = this.#ledger;
    entry.state = 'waiting';
    const stored = acknowledgementOf(entry, { level: 'stored' }, settings.clock.now());
    for (const { none, resolve } of entry.waiters) if (none) resolve(stored);
    tabs.stored(entry.message);
    entry.lane.advance();
  }
}
