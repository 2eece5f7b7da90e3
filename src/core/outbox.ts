import { RealtimeError } from '../errors';
import type { Acceptance, StoredMessage } from '../ports';
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
import { OutboxQueue } from './outbox-queue';
import { RejectedMessages } from './outbox-rejected';
import type { OutboxSettings, OutgoingMessage } from './outbox-settings';
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
  /** What was asked for while the storage was being read; it must not overtake what is in there. */
  #held: (() => void)[] | undefined;
  #loading: Promise<void> | undefined;
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
   * Takes in what an earlier page left in the storage. What is published meanwhile waits behind it. Never rejects: when
   * the storage cannot be read, that is reported and we begin empty.
   */
  load(): Promise<void> {
    this.#loading ??= this.#restore();
    return this.#loading;
  }

  /** The end of the message, for better or worse; see `PublishOptions.acknowledge` for what it waits for. */
  publish(message: OutgoingMessage, options: PublishOptions = {}): Promise<Acknowledgement> {
    const createdAt = this.#settings.clock.now();
    return new Promise((resolve, reject) => {
      this.#whenLoaded(() => {
        const refusal = this.#refusal(message, options);
        if (refusal) reject(refusal);
        else this.#take(message, options, createdAt, resolve, reject);
      });
    });
  }

  /** Whether the device has a network: the gate of the server route. Open at first. */
  setOnline(online: boolean): void {
    this.#online = online;
    if (!online) return;
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

  flush(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenLoaded(() => {
        const owed = [...this.#queue.entries()].filter(({ state }) => state !== 'unconfirmed');
        const ids = owed.map(({ message }) => message.id);
        const insist = (): void => {
          for (const lane of this.#queue.lanes()) lane.insist();
        };
        this.#flushes.wait(ids, insist, resolve);
      });
    });
  }

  retry(id: string): boolean {
    const entry = this.#queue.get(id);
    entry?.lane.insist();
    return entry !== undefined || this.#revive(id);
  }

  discard(id: string): boolean {
    const entry = this.#queue.get(id);
    if (!entry && this.#rejected.forget(id)) {
      void this.#writer.remove(id);
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

  clear(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenLoaded(() => {
        // From the back: a lane must not offer its next message while we take them all.
        for (const { message } of [...this.#queue.entries()].reverse()) this.discard(message.id);
        for (const id of this.#rejected.ids) this.discard(id);
        resolve(this.#writer.settled());
      });
    });
  }

  /**
   * `clear()`, and what else of this owner is in the storage: of pages whose messages were never loaded, of other tabs, what
   * was set aside. Rejects with code `storage` when something may be left.
   */
  async empty(): Promise<void> {
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
    this.#runHeld();
    for (const lane of this.#queue.lanes()) lane.stop();
    for (const entry of this.#queue.entries()) {
      if (entry.state === 'accepted') continue;
      entry.state = 'ended';
      settleWaiters(entry, abortedError(entry.message, 'was given up: the client was destroyed.'));
    }
    this.#queue.clear();
    this.acknowledgements.destroy();
    this.#writer.end();
    this.#expiry.stop();
    this.#flushes.end();
    this.#pending.invalidate();
  }

  #whenLoaded(action: () => void): void {
    if (this.#held) this.#held.push(action);
    else action();
  }

  #runHeld(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const action of held) action();
  }

  async #restore(): Promise<void> {
    this.#held = [];
    const stored = await this.#writer.load();
    if (this.#destroyed) return;
    // Of two with one number the older was replaced, and a crash kept both.
    const ordered = [...stored].sort((a, b) => a.sequence - b.sequence || a.createdAt - b.createdAt);
    for (const message of ordered) {
      if (this.#queue.get(message.id)) continue;
      this.#sequence = Math.max(this.#sequence, message.sequence);
      if (message.rejected === undefined) this.#reenter(message);
      else if (this.#settings.keepRejected) this.#rejected.restore(message);
      else void this.#writer.remove(message.id);
    }
    this.#runHeld();
    for (const lane of this.#queue.lanes()) lane.advance();
    this.#expiry.check();
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
    if (old) this.#replace(old, entry);
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
    entry.lane.advance();
  }

  #createLane(route: StoredMessage['route'], channel: string): OutboxLane {
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
      isOpen: ({ delivery }) =>
        route === 'server'
          ? this.#online && (!delivery || this.#hears(channel))
          : this.#confirmed.has(channel),
      changed: (entry) => {
        entry.view = undefined;
        this.#pending.invalidate();
      },
      accepted: (entry, acceptance) => this.#accept(entry, acceptance),
      rejected: (entry, error) => this.#reject(entry, error),
      delayed: (entry) => this.#delay(entry),
      // Only for somebody who waits: a lane of thousands rests often.
      rested: (lane) => {
        if (this.#flushes.any) this.#flushes.release(lane.entries());
      },
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
    const acknowledgement: Acknowledgement = { id, ...acceptance, acceptedAt, attempts, latency };
    const message = viewOf(entry);
    entry.state = 'accepted';
    this.#queue.tidy(entry.lane);
    void this.#writer.remove(id).then(() => {
      this.#forget(entry);
      settleWaiters(entry, acknowledgement);
      this.#settings.onSettled?.({ type: 'acknowledged', message, acknowledgement });
    });
  }

  /** Takes the message out at once; its promise follows when the storage has forgotten it. */
  #reject(entry: Entry, error: RealtimeError): void {
    const message = viewOf(entry);
    entry.lane.remove(entry);
    entry.state = 'ended';
    this.#forget(entry);
    // Whoever discarded or withdrew it has decided already.
    const keep = this.#settings.keepRejected && error.code !== 'aborted' && error.code !== 'outbox-full';
    const written = keep
      ? this.#writer.put(this.#rejected.keep(entry.message, error, this.#settings.clock.now()))
      : this.#writer.remove(message.id);
    void written.then(() => {
      settleWaiters(entry, error);
      this.#settings.onSettled?.({ type: 'rejected', message, error });
    });
  }

  #delay(entry: Entry): void {
    const { message, error } = entry;
    const newer = this.#replaceable(message, message.replaces);
    if (message.expiresAt <= this.#settings.clock.now()) this.#reject(entry, expiredError(message, error));
    else if (newer && newer !== entry) this.#replace(entry, newer);
    else void this.#writer.put(message);
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
    if (own === entry) entry.withdrawn = true;
    entry.waiters = entry.waiters.filter((other) => other !== waiter);
    const how = own === entry ? 'was in flight, and may arrive' : 'had been replaced by a newer message';
    waiter.reject(
      abortedError(own.message, `is no longer waited for, as its signal asked; it ${how}.`, reason),
    );
  }

  #forget(entry: Entry): void {
    this.acknowledgements.forget(entry.message.id);
    if (!this.#queue.forget(entry)) return;
    if (this.#queue.size === 0) this.#expiry.stop();
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
