import { RealtimeError } from '../errors';
import type { Acceptance, StoredMessage } from '../ports';
import { recordOf } from '../support/error-record';
import type { Acknowledgement, PendingMessage, PublishOptions, ReadableStore } from '../types';
import { Acknowledgements } from './acknowledgements';
import { acceptedMessage, unacceptedMessage, wantedDelivery } from './outbox-delivery';
import { type Entry, isWaiting, settleWaiters, viewOf, type Waiter } from './outbox-entry';
import { abortedError, expiredError, unconfirmedError } from './outbox-errors';
import { OutboxExpiry } from './outbox-expiry';
import { OutboxFlushes } from './outbox-flushes';
import type { OutboxGates } from './outbox-gates';
import { OutboxLane } from './outbox-lane';
import { OutboxQueue } from './outbox-queue';
import { RejectedMessages } from './outbox-rejected';
import type { OutboxSettings, OutgoingMessage } from './outbox-settings';
import type { OutboxTabs } from './outbox-tabs';
import { OutboxTraffic } from './outbox-traffic';
import { OutboxWriter } from './outbox-writer';
import { PendingStore } from './pending-store';

/** The life of every message, from being taken to its one end. */
export class OutboxLedger {
  readonly queue: OutboxQueue;
  readonly writer: OutboxWriter;
  readonly rejected: RejectedMessages;
  readonly flushes: OutboxFlushes = new OutboxFlushes();
  readonly acknowledgements: Acknowledgements;
  readonly #settings: OutboxSettings;
  readonly #gates: OutboxGates;
  readonly #tabs: OutboxTabs;
  readonly #traffic = new OutboxTraffic();
  readonly #expiry: OutboxExpiry;
  readonly #pending: PendingStore<readonly PendingMessage[]>;
  #sequence = 0;

  constructor(settings: OutboxSettings, gates: OutboxGates, tabs: OutboxTabs) {
    this.#settings = settings;
    this.#gates = gates;
    this.#tabs = tabs;
    const { storage, clock, report } = settings;
    this.writer = new OutboxWriter({ storage, clock, report });
    this.queue = new OutboxQueue(
      (route, channel) => this.#createLane(route, channel),
      ({ route, channel }, exists) => {
        if (route === 'peer') settings.onPeerDemand?.(channel, exists);
      },
    );
    this.acknowledgements = new Acknowledgements({
      clock,
      hold: settings.hold ?? (() => () => {}),
      onConfirmation: settings.onConfirmation ?? (() => {}),
    });
    this.#expiry = new OutboxExpiry(clock, (now) => this.#expire(now));
    this.#pending = new PendingStore<readonly PendingMessage[]>(
      () => [...this.queue.entries()].map(viewOf),
      (cause) => report(new RealtimeError('listener', 'A subscriber of outbox.pending threw.', { cause })),
    );
    this.rejected = new RejectedMessages(
      (id) => void this.writer.remove(id),
      (cause) => report(new RealtimeError('listener', 'A subscriber of outbox.rejected threw.', { cause })),
    );
  }

  /** What applications see of what has not ended. */
  get pending(): ReadableStore<readonly PendingMessage[]> {
    return this.#pending;
  }

  /** Offers what can be offered now. */
  advance(): void {
    for (const lane of this.queue.lanes()) lane.advance();
  }

  /** Offers at once what waits for another attempt. */
  insist(): void {
    for (const lane of this.queue.lanes()) lane.insist();
  }

  /** Takes a message out because somebody on this side wants it so; false when it has had its end. */
  discard(id: string): boolean {
    const entry = this.queue.get(id);
    if (!entry && this.rejected.forget(id)) {
      void this.writer.remove(id);
      this.#tabs.tellEnd([id], { error: recordOf(new RealtimeError('aborted', 'It was discarded.')) });
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
    // From the back: a lane must not offer its next message while we take them all.
    for (const { message } of [...this.queue.entries()].reverse()) this.discard(message.id);
    for (const id of this.rejected.ids) this.discard(id);
  }

  /** Lets go of everything: what waits rejects with code `aborted`. What is stored stays stored. No timer is left. */
  destroy(): void {
    for (const lane of this.queue.lanes()) lane.stop();
    for (const entry of this.queue.entries()) {
      if (entry.state === 'accepted') continue;
      entry.state = 'ended';
      // Thousands may wait that nobody waits for: an error each takes its time.
      if (entry.waiters.length === 0) continue;
      settleWaiters(entry, abortedError(entry.message, 'was given up: the client was destroyed.'));
    }
    this.queue.clear();
    this.acknowledgements.destroy();
    this.#tabs.leave(this.writer.end());
    this.#expiry.stop();
    this.flushes.end();
    this.#pending.invalidate();
  }

  /** Takes in what is in the storage already, in its order. */
  restore(stored: readonly StoredMessage[]): void {
    // Of two with one number the older was replaced, and a crash kept both.
    const ordered = [...stored].sort((a, b) => a.sequence - b.sequence || a.createdAt - b.createdAt);
    for (const message of ordered) {
      const known = this.queue.get(message.id);
      // Whoever had the turn before us may have been offering it.
      if (known?.state === 'in-flight' && !known.lane.offers(known)) known.state = 'waiting';
      if (known) continue;
      if (message.rejected === undefined) this.#reenter(message);
      else if (this.#settings.keepRejected) this.rejected.restore(message);
      else void this.writer.remove(message.id);
    }
    this.#expiry.check();
  }

  /** Takes in what another tab hands over, which has stored it. */
  takeOver(messages: readonly StoredMessage[]): void {
    for (const message of messages) {
      this.writer.expect(message.id);
      const entry = this.queue.get(message.id) ?? this.enter(message, 'waiting');
      if (entry.waiters.length === 0) entry.foreign = true;
    }
    this.#expiry.check();
    this.advance();
  }

  /** Another tab is so far with one of our messages. */
  follow(
    entry: Entry,
    { state, attempts, error }: Pick<PendingMessage, 'state' | 'attempts' | 'error'>,
  ): void {
    entry.state = state;
    entry.message = { ...entry.message, attempts };
    entry.error = error;
    entry.view = undefined;
    this.#pending.invalidate();
    // It has just failed again.
    if (state === 'waiting') this.flushes.release([entry]);
  }

  /** The waiting message with this `replaces` key, whose place a new one would take. */
  replaceable(
    { route, channel }: Pick<OutgoingMessage, 'route' | 'channel'>,
    key: string | undefined,
  ): Entry | undefined {
    return key === undefined ? undefined : this.queue.lane(route, channel)?.waitingFor(key);
  }

  /** Takes a message to be stored and sent; `resolve` or `reject` is called at its end. */
  take(
    outgoing: OutgoingMessage,
    options: PublishOptions,
    createdAt: number,
    { resolve, reject }: Pick<Waiter, 'resolve' | 'reject'>,
  ): void {
    const { expiresIn = this.#settings.expiresIn, replaces, acknowledge, signal } = options;
    const delivery = wantedDelivery(options);
    // At least the time, so that the numbers go on growing when those in the storage could not be read.
    this.#sequence = Math.max(this.#sequence + 1, createdAt);
    const { channel, event, data, route, bytes } = outgoing;
    const entry = this.enter(
      {
        id: outgoing.id ?? this.#settings.createId(),
        channel,
        event,
        data,
        route,
        bytes,
        sequence: this.replaceable(outgoing, replaces)?.message.sequence ?? this.#sequence,
        createdAt,
        expiresAt: createdAt + expiresIn,
        attempts: 0,
        ...(replaces === undefined ? undefined : { replaces }),
        ...(delivery && { delivery }),
        ...this.#tabs.bind(route, delivery !== undefined || this.queue.lane(route, channel)?.bound === true),
      },
      'storing',
    );
    const withdraw = (): void => this.#withdraw(waiter, signal?.reason);
    const release = (): void => signal?.removeEventListener('abort', withdraw);
    const waiter: Waiter = { own: entry, entry, none: acknowledge === 'none', resolve, reject, release };
    signal?.addEventListener('abort', withdraw, { once: true });
    entry.waiters = [...entry.waiters, waiter];
    void this.#store(entry);
    this.#expiry.include(entry.message.expiresAt);
  }

  /** Publishes a rejected message again. What replaced it, or was published since, is not undone by that. */
  revive(kept: StoredMessage): void {
    this.rejected.forget(kept.id);
    const { replaces: _, rejected: __, ...message } = kept;
    const now = this.#settings.clock.now();
    this.#sequence = Math.max(this.#sequence + 1, now);
    const expiresAt = now + this.#settings.expiresIn;
    const again = unacceptedMessage({ ...message, sequence: this.#sequence, expiresAt, attempts: 0 });
    const entry = this.enter(again, 'storing');
    void this.#store(entry);
    this.#expiry.include(expiresAt);
  }

  /** Takes a message in, in the place of the one whose key it has. */
  enter(message: StoredMessage, state: 'storing' | 'waiting'): Entry {
    this.#sequence = Math.max(this.#sequence, message.sequence);
    const old = this.replaceable(message, message.replaces);
    const entry = this.queue.enter(message, state);
    if (message.delivery) this.acknowledgements.expect(message);
    // Other tabs, and storages, may tell of an older one after the newer.
    if (old && old.message.createdAt > message.createdAt) this.#replace(entry, old);
    else if (old) this.#replace(old, entry);
    this.#pending.invalidate();
    return entry;
  }

  /** Takes in what an earlier page left: one that was accepted goes on waiting for receivers. */
  #reenter(message: StoredMessage): void {
    const entry = this.enter(message, 'waiting');
    if (!message.delivery?.accepted) return;
    entry.lane.remove(entry);
    this.queue.tidy(entry.lane);
    entry.state = 'unconfirmed';
    this.#awaitReceivers(entry);
  }

  /** `fresh` takes the place of `old`, and with it those who wait for its end. */
  #replace(old: Entry, fresh: Entry): void {
    fresh.lane.replace(old, fresh);
    fresh.waiters = [...old.waiters, ...fresh.waiters];
    fresh.covers = [...fresh.covers, ...old.covers, old.message.id];
    for (const waiter of fresh.waiters) waiter.entry = fresh;
    old.waiters = [];
    old.state = 'ended';
    this.#forget(old);
    if (fresh.message.sequence !== old.message.sequence) {
      fresh.message = { ...fresh.message, sequence: old.message.sequence };
      void this.writer.put(fresh.message);
    }
    void this.writer.remove(old.message.id).then(() => {
      this.#settings.onSettled?.({ type: 'replaced', message: viewOf(old), by: fresh.message.id });
    });
  }

  async #store(entry: Entry): Promise<void> {
    await this.writer.put(entry.message);
    if (entry.state !== 'storing') return;
    entry.state = 'waiting';
    const { id, createdAt } = entry.message;
    const acceptedAt = this.#settings.clock.now();
    const latency = Math.max(0, acceptedAt - createdAt);
    for (const { none, resolve } of entry.waiters) {
      if (none) resolve({ id, level: 'stored', acceptedAt, attempts: 0, latency });
    }
    this.#tabs.stored(entry.message);
    entry.lane.advance();
  }

  #createLane(route: StoredMessage['route'], channel: string): OutboxLane {
    const { clock, random, backoff, attemptTimeout, publishers } = this.#settings;
    const lane: OutboxLane = new OutboxLane({
      route,
      channel,
      clock,
      random,
      backoff,
      publisher: publishers[route],
      // A peer message may wait for its turn as long as the subscription lasts: nothing of it can hang.
      attemptTimeout: route === 'server' ? attemptTimeout : undefined,
      isOpen: (message) => this.#isOpen(message) && this.#traffic.admits(lane),
      departed: () => this.#traffic.departed(lane),
      landed: () => this.#traffic.landed(lane),
      changed: (entry) => {
        entry.view = undefined;
        this.#pending.invalidate();
        if (entry.foreign) this.#tell(entry);
      },
      accepted: (entry, acceptance) => this.#accept(entry, acceptance),
      rejected: (entry, error) => this.reject(entry, error),
      delayed: (entry) => this.#delay(entry),
      // Only for somebody who waits: a lane of thousands rests often.
      rested: () => {
        if (!this.flushes.any || this.#traffic.holds(lane)) return;
        // What another tab sends rests when that one says so, unless there is no network.
        const elsewhere = ({ message }: Entry): boolean =>
          this.#gates.isOpen(message) && !this.#tabs.sends(message.tab);
        this.flushes.release([...lane.entries()].filter((entry) => !elsewhere(entry)));
      },
    });
    return lane;
  }

  #isOpen(message: StoredMessage): boolean {
    return this.#gates.isOpen(message) && this.#tabs.sends(message.tab);
  }

  /**
   * Another tab wants all tried now: it is told of those of its messages that cannot go on. It is waiting for them, perhaps, and
   * does not see what they wait for.
   */
  insistFor(): void {
    const ids = [...this.queue.entries()].filter(({ foreign }) => foreign).map(({ message }) => message.id);
    const tellRest = (): void => {
      for (const id of ids) {
        const entry = this.queue.get(id);
        if (entry?.state === 'waiting') this.#tell(entry);
      }
    };
    this.flushes.wait(ids, () => this.insist(), tellRest);
  }

  /** Tells the tab that published it how far a message is. */
  #tell({ message: { id, attempts }, state, error }: Entry): void {
    this.#tabs.tell({
      type: 'tried',
      id,
      attempts,
      state: state === 'in-flight' ? state : 'waiting',
      error: error && recordOf(error),
    });
  }

  #accept(entry: Entry, acceptance: Acceptance): void {
    const { delivery } = entry.message;
    if (!delivery || entry.withdrawn || acceptance.level === 'delivered') {
      this.#acknowledge(entry, acceptance);
      return;
    }
    entry.message = acceptedMessage(entry.message, delivery, acceptance, this.#settings.clock.now());
    entry.state = 'unconfirmed';
    entry.view = undefined;
    this.queue.tidy(entry.lane);
    this.#pending.invalidate();
    this.flushes.release([entry]);
    // A crash before it is written repeats it; receivers know its id.
    void this.writer.put(entry.message);
    this.#awaitReceivers(entry);
  }

  #awaitReceivers(entry: Entry): void {
    const { id, createdAt, attempts, delivery } = entry.message;
    const accepted = delivery?.accepted;
    if (!accepted) return;
    const { at: acceptedAt, ...acceptance } = accepted;
    this.acknowledgements.await(id, delivery, (receivers) => {
      if (receivers >= delivery.receivers) {
        this.#acknowledge(entry, { ...acceptance, level: 'delivered', receivers });
      } else {
        const latency = Math.max(0, acceptedAt - createdAt);
        const known: Acknowledgement = { id, ...acceptance, acceptedAt, attempts, latency };
        this.reject(entry, unconfirmedError(entry.message, delivery, receivers, known));
      }
    });
  }

  #acknowledge(entry: Entry, acceptance: Acceptance & { readonly receivers?: number }): void {
    const { id, createdAt, attempts } = entry.message;
    const acceptedAt = this.#settings.clock.now();
    const latency = Math.max(0, acceptedAt - createdAt);
    this.settle(entry, { id, ...acceptance, acceptedAt, attempts, latency });
  }

  /** A good end. `by` is given when another tab told of it: the message that was sent, this one or one that took its place. */
  settle(entry: Entry, acknowledgement: Acknowledgement, by?: string): void {
    const { id } = entry.message;
    const message = viewOf(entry);
    entry.lane.remove(entry);
    entry.state = 'accepted';
    this.queue.tidy(entry.lane);
    void this.writer.remove(id).then(() => {
      this.#forget(entry);
      settleWaiters(entry, acknowledgement);
      if (by === undefined) this.#tabs.tellEnd([id, ...entry.covers], { acknowledgement });
      if (entry.foreign) return;
      if (by === undefined || by === id) {
        this.#settings.onSettled?.({ type: 'acknowledged', message, acknowledgement });
      } else this.#settings.onSettled?.({ type: 'replaced', message, by });
    });
  }

  /** Takes the message out at once; its promise follows when the storage has forgotten it. `by` is as in `#settle`. */
  reject(entry: Entry, error: RealtimeError, by?: string): void {
    const message = viewOf(entry);
    entry.lane.remove(entry);
    entry.state = 'ended';
    this.#forget(entry);
    // Whoever discarded or withdrew it has decided already.
    const keep = this.#settings.keepRejected && error.code !== 'aborted' && error.code !== 'outbox-full';
    void (keep ? this.#keep(entry.message, error, by) : this.writer.remove(message.id)).then(() => {
      settleWaiters(entry, error);
      if (by === undefined) this.#tabs.tellEnd([message.id, ...entry.covers], { error: recordOf(error) });
      if (entry.foreign) return;
      if (by === undefined || by === message.id)
        this.#settings.onSettled?.({ type: 'rejected', message, error });
      else this.#settings.onSettled?.({ type: 'replaced', message, by });
    });
  }

  async #keep(message: StoredMessage, error: RealtimeError, by: string | undefined): Promise<void> {
    const record = this.rejected.keep(message, error, this.#settings.clock.now());
    // The tab that told us has stored it.
    if (by === undefined) await this.writer.put(record);
  }

  #delay(entry: Entry): void {
    const { message, error } = entry;
    const newer = this.replaceable(message, message.replaces);
    if (message.expiresAt <= this.#settings.clock.now()) this.reject(entry, expiredError(message, error));
    else if (newer && newer !== entry) this.#replace(entry, newer);
    else if (this.#tabs.sends(message.tab)) void this.writer.put(message);
    // Robbed of its turn, this tab does not know whether the message is still to be stored. Nobody else may know it at all.
    else if (!entry.foreign) this.#tabs.stored(message);
  }

  #withdraw(waiter: Waiter, reason: unknown): void {
    const { entry, own } = waiter;
    if (entry.state === 'accepted' || entry.state === 'ended') return;
    if (own === entry && isWaiting(entry)) {
      this.reject(entry, abortedError(entry.message, 'was withdrawn by its signal.', reason));
      entry.lane.advance();
      return;
    }
    if (own === entry && entry.state === 'unconfirmed') {
      this.reject(entry, abortedError(own.message, 'had been sent when its signal ended the wait.', reason));
      return;
    }
    if (own === entry) {
      entry.withdrawn = true;
      if (!entry.lane.offers(entry))
        this.#tabs.tellEnd([entry.message.id], {
          error: recordOf(abortedError(own.message, 'was withdrawn.')),
        });
    }
    entry.waiters = entry.waiters.filter((other) => other !== waiter);
    const how = own === entry ? 'was in flight, and may arrive' : 'had been replaced by a newer message';
    waiter.reject(
      abortedError(own.message, `is no longer waited for, as its signal asked; it ${how}.`, reason),
    );
  }

  #forget(entry: Entry): void {
    this.acknowledgements.forget(entry.message.id);
    if (!this.queue.forget(entry)) return;
    if (this.queue.size === 0) {
      this.#expiry.stop();
      this.#tabs.owe();
    }
    this.flushes.release([entry]);
    this.#pending.invalidate();
  }

  #expire(now: number): number | undefined {
    const lanes = new Set<OutboxLane>();
    let next: number | undefined;
    for (const entry of this.queue.entries()) {
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
}
