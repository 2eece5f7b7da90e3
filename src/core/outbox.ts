import { RealtimeError } from '../errors';
import type { Acceptance, StoredMessage } from '../ports';
import { deferred } from '../support/deferred';
import { errorOf, recordOf } from '../support/error-record';
import type {
  Acknowledgement,
  PendingMessage,
  PublishOptions,
  ReadableStore,
  RejectedMessage,
  Outbox as VisibleOutbox,
} from '../types';
import { Acknowledgements } from './acknowledgements';
import { acceptedMessage, deliveryRefusal, unacceptedMessage, wantedDelivery } from './outbox-delivery';
import { type Entry, isWaiting, settleWaiters, viewOf, type Waiter } from './outbox-entry';
import {
  abortedError,
  droppedError,
  expiredError,
  expiryError,
  fullError,
  noPublisherError,
  signalError,
  unconfirmedError,
} from './outbox-errors';
import { OutboxExpiry } from './outbox-expiry';
import { OutboxFlushes } from './outbox-flushes';
import { OutboxLane } from './outbox-lane';
import type { OutboxMessage } from './outbox-message';
import { OutboxQueue } from './outbox-queue';
import { RejectedMessages } from './outbox-rejected';
import type { OutboxSettings, OutgoingMessage } from './outbox-settings';
import { OutboxTabs } from './outbox-tabs';
import { OutboxWriter } from './outbox-writer';
import { PendingStore } from './pending-store';

export type { OutboxOutcome, OutboxSettings, OutgoingMessage } from './outbox-settings';

/** The messages we owe, oldest first. */
export class Outbox implements VisibleOutbox {
  /** The waits for receivers. */
  readonly acknowledgements: Acknowledgements;
  readonly #settings: OutboxSettings;
  readonly #writer: OutboxWriter;
  readonly #queue: OutboxQueue;
  readonly #pending: PendingStore<readonly PendingMessage[]>;
  readonly #rejected: RejectedMessages;
  readonly #flushes = new OutboxFlushes();
  readonly #expiry: OutboxExpiry;
  readonly #confirmed = new Set<string>();
  readonly #tabs: OutboxTabs;
  /** While the storage is being read. */
  #loading: Promise<void> | undefined;
  readonly #gone = deferred<void>();
  #online = true;
  #sequence = 0;
  #destroyed = false;

  constructor(settings: OutboxSettings) {
    this.#settings = settings;
    const { storage, clock, report } = settings;
    this.#writer = new OutboxWriter({ storage, clock, report });
    this.#queue = new OutboxQueue(
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
    this.#tabs = new OutboxTabs(settings.tabs, {
      clock,
      random: settings.random,
      begin: () => this.#begin(),
      changed: () => this.#advanceAll(),
      adopt: (tab) => this.#adopt(tab),
      handOver: () => this.#handOver(),
      pending: () => this.#queue.size > 0,
      online: () => this.#online,
      receive: (message) => this.#receive(message),
    });
    this.#expiry = new OutboxExpiry(clock, (now) => this.#expire(now));
    this.#pending = new PendingStore<readonly PendingMessage[]>(
      () => [...this.#queue.entries()].map(viewOf),
      (cause) => report(new RealtimeError('listener', 'A subscriber of outbox.pending threw.', { cause })),
    );
    this.#rejected = new RejectedMessages(
      (id) => void this.#writer.remove(id),
      (cause) => report(new RealtimeError('listener', 'A subscriber of outbox.rejected threw.', { cause })),
    );
  }

  get pending(): ReadableStore<readonly PendingMessage[]> {
    return this.#pending;
  }

  get rejected(): ReadableStore<readonly RejectedMessage[]> {
    return this.#rejected.store;
  }

  /** How much is pending, without a list being built; `oldest` is the `createdAt` of the message that came first. */
  get depth(): { readonly messages: number; readonly bytes: number; readonly oldest?: number } {
    const { size: messages, bytes, oldest } = this.#queue;
    return { messages, bytes, ...(oldest ? { oldest: oldest.message.createdAt } : undefined) };
  }

  /**
   * Takes part with the other tabs, and takes in what an earlier page left in the storage as soon as it is our turn to send.
   * What is published meanwhile waits behind it. When the storage cannot be read, that is reported and we begin empty.
   */
  async load(): Promise<void> {
    this.#tabs.join();
    await this.#loading;
  }

  /** The end of the message, for better or worse; see `PublishOptions.acknowledge` for what it waits for. */
  publish(message: OutgoingMessage, options: PublishOptions = {}): Promise<Acknowledgement> {
    const createdAt = this.#settings.clock.now();
    return new Promise((resolve, reject) => {
      const refusal = this.#refusal(message, options);
      if (refusal) reject(refusal);
      else this.#take(message, options, createdAt, resolve, reject);
    });
  }

  /** Whether the device has a network: the gate of the server route. Open at first. */
  setOnline(online: boolean): void {
    this.#online = online;
    if (!online) {
      // Whoever waits for another tab to send need not wait until the network is back.
      if (this.#flushes.any) this.#advanceAll();
      return;
    }
    this.#tabs.resume();
    for (const lane of this.#queue.lanes()) if (lane.route === 'server') lane.hurry();
  }

  /** Whether the server has confirmed our subscription of the channel: the gate of its peer route. Shut at first. */
  setConfirmed(channel: string, confirmed: boolean): void {
    if (confirmed) this.#confirmed.add(channel);
    else this.#confirmed.delete(channel);
    const lane = this.#queue.lane('peer', channel);
    if (confirmed) lane?.hurry();
    else lane?.interrupt();
    // What receivers are to confirm waits for the subscription there, too.
    this.#queue.lane('server', channel)?.advance();
  }

  async flush(): Promise<void> {
    if (this.#loading !== undefined) await this.#loading;
    const owed = [...this.#queue.entries()].filter(({ state }) => state !== 'unconfirmed');
    const ids = owed.map(({ message }) => message.id);
    return new Promise((resolve) => {
      const insist = (): void => {
        this.#tabs.tell({ type: 'insisted' });
        this.#insist();
      };
      this.#flushes.wait(ids, insist, resolve);
    });
  }

  retry(id: string): boolean {
    const entry = this.#queue.get(id);
    entry?.lane.insist();
    if (entry) this.#tabs.tell({ type: 'insisted' });
    return entry !== undefined || this.#revive(id);
  }

  discard(id: string): boolean {
    const entry = this.#queue.get(id);
    if (!entry && this.#rejected.forget(id)) {
      void this.#writer.remove(id);
      this.#tabs.tellEnd([id], { error: recordOf(new RealtimeError('aborted', 'It was discarded.')) });
      return true;
    }
    // An accepted one has had its end; only the storage does not know yet.
    if (!entry || entry.state === 'accepted') return false;
    const arrived = entry.state === 'in-flight' ? ' It was in flight, and may have arrived.' : '';
    const sent = entry.state === 'unconfirmed' ? ' It had been sent, and waited for receivers.' : '';
    this.#reject(entry, abortedError(entry.message, `was discarded.${arrived}${sent}`));
    entry.lane.advance();
    return true;
  }

  async clear(): Promise<void> {
    if (this.#loading !== undefined) await this.#loading;
    // From the back: a lane must not offer its next message while we take them all.
    for (const { message } of [...this.#queue.entries()].reverse()) this.discard(message.id);
    for (const id of this.#rejected.ids) this.discard(id);
    await this.#writer.settled();
  }

  /**
   * `clear()`, and what else of this owner is in the storage: of pages whose messages were never loaded, of other tabs, what
   * was set aside. Rejects with code `storage` when something may be left.
   */
  async empty(): Promise<void> {
    // The other tabs first: what they hold they would store again, and send.
    this.#tabs.tell({ type: 'emptied' });
    await this.clear();
    if (await this.#writer.clear()) return;
    throw new RealtimeError(
      'storage',
      'The outbox could not be emptied: unsent messages of this user may still be in the storage. They are never sent for another owner. Sign out again when the storage works.',
      { retryable: true },
    );
  }

  /** Lets go of everything: what waits rejects with code `aborted`. What is stored stays stored. No timer is left. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#gone.resolve();
    for (const lane of this.#queue.lanes()) lane.stop();
    for (const entry of this.#queue.entries()) {
      if (entry.state === 'accepted') continue;
      entry.state = 'ended';
      settleWaiters(entry, abortedError(entry.message, 'was given up: the client was destroyed.'));
    }
    this.#queue.clear();
    this.acknowledgements.destroy();
    this.#tabs.leave(this.#writer.end());
    this.#expiry.stop();
    this.#flushes.end();
    this.#pending.invalidate();
  }

  /** It is our turn to send: what is stored is ours to take in. */
  #begin(): Promise<void> {
    // A storage that never answers must not outlive us.
    this.#loading = Promise.race([this.#restore(), this.#gone.promise]).finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #restore(): Promise<void> {
    const stored = await this.#writer.load();
    if (this.#destroyed) return;
    const mine = this.#settings.tabs?.tabs.kind === 'none' ? undefined : this.#settings.tabs?.tab;
    const isOurs = ({ tab }: StoredMessage): boolean =>
      mine === undefined || tab === undefined || tab === mine;
    this.#takeIn(stored.filter(isOurs));
    // Not waited for: it may take as long as other tabs live.
    void this.#tabs.inherit(stored.flatMap((message) => (isOurs(message) ? [] : [message.tab ?? ''])));
  }

  async #adopt(tab: string): Promise<void> {
    const claimed = await this.#writer.claim(tab, this.#settings.tabs?.tab ?? '');
    if (this.#destroyed) return;
    this.#takeIn(claimed);
    this.#advanceAll();
  }

  /** Takes in what is stored already. */
  #takeIn(stored: readonly StoredMessage[]): void {
    // Of two with one number the older was replaced, and a crash kept both.
    const ordered = [...stored].sort((a, b) => a.sequence - b.sequence || a.createdAt - b.createdAt);
    for (const message of ordered) {
      const known = this.#queue.get(message.id);
      // Whoever had the turn before us may have been offering it.
      if (known?.state === 'in-flight' && !known.lane.offers(known)) known.state = 'waiting';
      if (known) continue;
      this.#sequence = Math.max(this.#sequence, message.sequence);
      if (message.rejected === undefined) this.#reenter(message);
      else if (this.#settings.keepRejected) this.#rejected.restore(message);
      else void this.#writer.remove(message.id);
    }
    this.#expiry.check();
  }

  #advanceAll(): void {
    for (const lane of this.#queue.lanes()) lane.advance();
  }

  /** Another tab sends from now on: everything here that it may not know of. */
  #handOver(): readonly StoredMessage[] {
    const messages: StoredMessage[] = [];
    for (const entry of this.#queue.entries()) {
      if (entry.message.tab !== undefined || entry.foreign || entry.lane.offers(entry)) continue;
      if (entry.state === 'in-flight') entry.state = 'waiting';
      if (entry.state === 'waiting') messages.push(entry.message);
    }
    return messages;
  }

  /** What another tab tells about messages. */
  #receive(message: OutboxMessage): void {
    switch (message.type) {
      case 'handed':
        for (const each of message.messages) this.#takeOver(each);
        this.#expiry.check();
        this.#advanceAll();
        return;
      case 'tried':
        this.#follow(message);
        return;
      case 'ended':
        for (const id of message.ids) this.#endElsewhere(id, message);
        return;
      case 'insisted':
        this.#insist();
        return;
      case 'emptied':
        for (const { message: each } of [...this.#queue.entries()].reverse()) this.discard(each.id);
        for (const id of this.#rejected.ids) this.discard(id);
        return;
      default:
        return;
    }
  }

  /** Sends a message for another tab. */
  #takeOver(message: StoredMessage): void {
    // Whoever hands it over may not have been listening when we told; one that we keep as rejected is tried again.
    if (!this.#rejected.forget(message.id) && this.#tabs.tellAgain(message.id)) return;
    this.#writer.expect(message.id);
    this.#sequence = Math.max(this.#sequence, message.sequence);
    const known = this.#queue.get(message.id) ?? this.#enter(message, 'waiting');
    if (known.waiters.length === 0) known.foreign = true;
  }

  /** What the tab that sends tells about one of ours. */
  #follow({ id, state, attempts, error }: Extract<OutboxMessage, { type: 'tried' }>): void {
    const entry = this.#queue.get(id);
    if (!entry || entry.lane.offers(entry) || !['waiting', 'in-flight'].includes(entry.state)) return;
    entry.state = state;
    entry.message = { ...entry.message, attempts };
    entry.error = error && errorOf(error);
    entry.view = undefined;
    this.#pending.invalidate();
    // It has just failed again.
    if (state === 'waiting') this.#flushes.release([entry]);
  }

  /** A message ended in another tab: by being sent there, or because whoever published it there gave it up. */
  #endElsewhere(id: string, { ids: [by = id], end }: Extract<OutboxMessage, { type: 'ended' }>): void {
    const entry = this.#queue.get(id);
    if (!entry) {
      if (!('error' in end) || end.error.code === 'aborted') this.#rejected.forget(id);
      return;
    }
    if (entry.state === 'accepted') return;
    if ('error' in end && end.error.code === 'aborted' && entry.lane.offers(entry)) {
      // It may have arrived; it gets no other attempt.
      entry.withdrawn = true;
      return;
    }
    const { lane } = entry;
    if ('error' in end) this.#reject(entry, errorOf(end.error), by);
    else this.#settle(entry, end.acknowledgement, by);
    lane.advance();
  }

  #insist(): void {
    for (const lane of this.#queue.lanes()) lane.insist();
  }

  /** A message that was rejected is one to send again. What replaced it, or was published since, is not undone by that. */
  #revive(id: string): boolean {
    const kept = this.#rejected.get(id);
    if (!kept || this.#destroyed || this.#makeRoom(kept, undefined)) return false;
    this.#rejected.forget(id);
    const { replaces: _, rejected: __, ...message } = kept;
    const now = this.#settings.clock.now();
    this.#sequence = Math.max(this.#sequence + 1, now);
    const expiresAt = now + this.#settings.expiresIn;
    const again = unacceptedMessage({ ...message, sequence: this.#sequence, expiresAt, attempts: 0 });
    const entry = this.#enter(again, 'storing');
    void this.#store(entry);
    this.#expiry.include(expiresAt);
    return true;
  }

  #refusal(message: OutgoingMessage, options: PublishOptions): RealtimeError | undefined {
    const { signal, expiresIn, replaces } = options;
    if (this.#destroyed) return abortedError(message, 'was not taken: the client was destroyed.');
    // Unchecked, it would throw once the message is queued, and leave it there with everything behind it.
    if (signal && typeof signal.addEventListener !== 'function') return signalError(message);
    if (signal?.aborted) return abortedError(message, 'was withdrawn by its signal.', signal.reason);
    if (!this.#settings.publishers[message.route]) return noPublisherError(message, message.route);
    // A text would be joined to the time, and the message never expire.
    if (expiresIn !== undefined && !(typeof expiresIn === 'number' && expiresIn > 0)) {
      return expiryError(message, expiresIn);
    }
    return deliveryRefusal(message, options) ?? this.#makeRoom(message, this.#replaceable(message, replaces));
  }

  #replaceable(
    { route, channel }: Pick<OutgoingMessage, 'route' | 'channel'>,
    key: string | undefined,
  ): Entry | undefined {
    return key === undefined ? undefined : this.#queue.lane(route, channel)?.waitingFor(key);
  }

  /** Undefined when there is room, the reason otherwise. */
  #makeRoom(message: OutgoingMessage, replaced: Entry | undefined): RealtimeError | undefined {
    const { limits, overflow, report } = this.#settings;
    const queue = this.#queue;
    const fits = (): boolean =>
      queue.size + (replaced ? 0 : 1) <= limits.messages &&
      queue.bytes - (replaced?.message.bytes ?? 0) + message.bytes <= limits.bytes;
    if (fits()) return undefined;
    const holds = `${queue.size} of ${limits.messages} messages and ${queue.bytes} of ${limits.bytes} bytes`;
    if (overflow !== 'drop-oldest' || message.bytes > limits.bytes) {
      return fullError(message, message.bytes, holds);
    }
    for (const entry of queue.entries()) {
      if (entry === replaced || !isWaiting(entry)) continue;
      const error = droppedError(entry.message);
      this.#reject(entry, error);
      entry.lane.advance();
      report(error);
      if (fits()) return undefined;
    }
    return fullError(message, message.bytes, holds);
  }

  #take(
    outgoing: OutgoingMessage,
    options: PublishOptions,
    createdAt: number,
    resolve: Waiter['resolve'],
    reject: Waiter['reject'],
  ): void {
    const { expiresIn = this.#settings.expiresIn, replaces, acknowledge, signal } = options;
    const delivery = wantedDelivery(options);
    // At least the time, so that the numbers go on growing when those in the storage could not be read.
    this.#sequence = Math.max(this.#sequence + 1, createdAt);
    const { channel, event, data, route, bytes } = outgoing;
    const entry = this.#enter(
      {
        id: outgoing.id ?? this.#settings.createId(),
        channel,
        event,
        data,
        route,
        bytes,
        sequence: this.#replaceable(outgoing, replaces)?.message.sequence ?? this.#sequence,
        createdAt,
        expiresAt: createdAt + expiresIn,
        attempts: 0,
        ...(replaces === undefined ? undefined : { replaces }),
        ...(delivery && { delivery }),
        ...this.#tabs.bind(route, delivery !== undefined || this.#queue.lane(route, channel)?.bound === true),
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

  /** Takes a message in, in the place of the one whose key it has. */
  #enter(message: StoredMessage, state: 'storing' | 'waiting'): Entry {
    const old = this.#replaceable(message, message.replaces);
    const entry = this.#queue.enter(message, state);
    if (message.delivery) this.acknowledgements.expect(message);
    // Other tabs, and storages, may tell of an older one after the newer.
    if (old && old.message.createdAt > message.createdAt) this.#replace(entry, old);
    else if (old) this.#replace(old, entry);
    this.#pending.invalidate();
    return entry;
  }

  /** Takes in what an earlier page left: one that was accepted goes on waiting for receivers. */
  #reenter(message: StoredMessage): void {
    const entry = this.#enter(message, 'waiting');
    if (!message.delivery?.accepted) return;
    entry.lane.remove(entry);
    this.#queue.tidy(entry.lane);
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
      void this.#writer.put(fresh.message);
    }
    void this.#writer.remove(old.message.id).then(() => {
      this.#settings.onSettled?.({ type: 'replaced', message: viewOf(old), by: fresh.message.id });
    });
  }

  async #store(entry: Entry): Promise<void> {
    await this.#writer.put(entry.message);
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
    const canLeave = ({ delivery }: StoredMessage): boolean =>
      route === 'server' ? this.#online && (!delivery || this.#hears(channel)) : this.#confirmed.has(channel);
    const { clock, random, backoff, attemptTimeout, publishers } = this.#settings;
    return new OutboxLane({
      route,
      channel,
      clock,
      random,
      backoff,
      publisher: publishers[route],
      // A peer message may wait for its turn as long as the subscription lasts: nothing of it can hang.
      attemptTimeout: route === 'server' ? attemptTimeout : undefined,
      isOpen: (message) => canLeave(message) && this.#tabs.sends(message.tab),
      changed: (entry) => {
        entry.view = undefined;
        this.#pending.invalidate();
        if (entry.foreign) this.#tell(entry);
      },
      accepted: (entry, acceptance) => this.#accept(entry, acceptance),
      rejected: (entry, error) => this.#reject(entry, error),
      delayed: (entry) => this.#delay(entry),
      // Only for somebody who waits: a lane of thousands rests often.
      rested: (lane) => {
        if (!this.#flushes.any) return;
        // What another tab sends rests when that one says so, unless there is no network.
        const elsewhere = ({ message }: Entry): boolean =>
          canLeave(message) && !this.#tabs.sends(message.tab);
        this.#flushes.release([...lane.entries()].filter((entry) => !elsewhere(entry)));
      },
    });
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

  #hears(channel: string): boolean {
    return this.#settings.hears?.(channel) ?? this.#confirmed.has(channel);
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
    this.#queue.tidy(entry.lane);
    this.#pending.invalidate();
    this.#flushes.release([entry]);
    // A crash before it is written repeats it; receivers know its id.
    void this.#writer.put(entry.message);
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
        this.#reject(entry, unconfirmedError(entry.message, delivery, receivers, known));
      }
    });
  }

  #acknowledge(entry: Entry, acceptance: Acceptance & { readonly receivers?: number }): void {
    const { id, createdAt, attempts } = entry.message;
    const acceptedAt = this.#settings.clock.now();
    const latency = Math.max(0, acceptedAt - createdAt);
    this.#settle(entry, { id, ...acceptance, acceptedAt, attempts, latency });
  }

  /** A good end. `by` is given when another tab told of it: the message that was sent, this one or one that took its place. */
  #settle(entry: Entry, acknowledgement: Acknowledgement, by?: string): void {
    const { id } = entry.message;
    const message = viewOf(entry);
    entry.lane.remove(entry);
    entry.state = 'accepted';
    this.#queue.tidy(entry.lane);
    void this.#writer.remove(id).then(() => {
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
  #reject(entry: Entry, error: RealtimeError, by?: string): void {
    const message = viewOf(entry);
    entry.lane.remove(entry);
    entry.state = 'ended';
    this.#forget(entry);
    // Whoever discarded or withdrew it has decided already.
    const keep = this.#settings.keepRejected && error.code !== 'aborted' && error.code !== 'outbox-full';
    void (keep ? this.#keep(entry.message, error, by) : this.#writer.remove(message.id)).then(() => {
      settleWaiters(entry, error);
      if (by === undefined) this.#tabs.tellEnd([message.id, ...entry.covers], { error: recordOf(error) });
      if (entry.foreign) return;
      if (by === undefined || by === message.id)
        this.#settings.onSettled?.({ type: 'rejected', message, error });
      else this.#settings.onSettled?.({ type: 'replaced', message, by });
    });
  }

  async #keep(message: StoredMessage, error: RealtimeError, by: string | undefined): Promise<void> {
    const record = this.#rejected.keep(message, error, this.#settings.clock.now());
    // The tab that told us has stored it.
    if (by === undefined) await this.#writer.put(record);
  }

  #delay(entry: Entry): void {
    const { message, error } = entry;
    const newer = this.#replaceable(message, message.replaces);
    if (message.expiresAt <= this.#settings.clock.now()) this.#reject(entry, expiredError(message, error));
    else if (newer && newer !== entry) this.#replace(entry, newer);
    // Once robbed of its turn, this tab does not know whether the message is still to be stored.
    else if (this.#tabs.sends(message.tab)) void this.#writer.put(message);
  }

  #withdraw(waiter: Waiter, reason: unknown): void {
    const { entry, own } = waiter;
    if (entry.state === 'accepted' || entry.state === 'ended') return;
    if (own === entry && isWaiting(entry)) {
      this.#reject(entry, abortedError(entry.message, 'was withdrawn by its signal.', reason));
      entry.lane.advance();
      return;
    }
    if (own === entry && entry.state === 'unconfirmed') {
      this.#reject(entry, abortedError(own.message, 'had been sent when its signal ended the wait.', reason));
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
    if (!this.#queue.forget(entry)) return;
    if (this.#queue.size === 0) {
      this.#expiry.stop();
      this.#tabs.owe();
    }
    this.#flushes.release([entry]);
    this.#pending.invalidate();
  }

  #expire(now: number): number | undefined {
    const lanes = new Set<OutboxLane>();
    let next: number | undefined;
    for (const entry of this.#queue.entries()) {
      const { message, error, lane } = entry;
      if (message.expiresAt > now) {
        next = Math.min(next ?? message.expiresAt, message.expiresAt);
      } else if (isWaiting(entry)) {
        // One in flight may yet succeed; if it does not, it ends with its attempt.
        this.#reject(entry, expiredError(message, error));
        lanes.add(lane);
      }
    }
    for (const lane of lanes) lane.advance();
    return next;
  }
}
