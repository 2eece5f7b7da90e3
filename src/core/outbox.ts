import { ConfigurationError, MessageExpiredError, OutboxFullError, RealtimeError } from '../errors';
import type { Acceptance, Clock, OutboxStorage, Publisher, StoredMessage } from '../ports';
import type { BackoffOptions } from '../support/backoff';
import type {
  Acknowledgement,
  PendingMessage,
  PublishOptions,
  ReadableStore,
  Stop,
  Outbox as VisibleOutbox,
} from '../types';
import { abortedError, type Entry, viewOf, type Waiter } from './outbox-entry';
import { OutboxLane } from './outbox-lane';
import { OutboxWriter } from './outbox-writer';
import { PendingStore } from './pending-store';

/** A message as it comes to the outbox. */
export interface OutgoingMessage {
  readonly channel: string;
  readonly event: string;
  /** The payload. The outbox keeps the reference: hand in a copy when the caller may change it. */
  readonly data: unknown;
  readonly route: 'server' | 'peer';
  /** The payload's size in UTF-8 bytes. */
  readonly bytes: number;
}

/** How a message ended, also one whose `publish` was called before the page was reloaded. */
export type OutboxOutcome =
  | {
      readonly type: 'acknowledged';
      readonly message: PendingMessage;
      readonly acknowledgement: Acknowledgement;
    }
  | { readonly type: 'rejected'; readonly message: PendingMessage; readonly error: RealtimeError }
  /** Never sent: the message with the id `by` took its place. */
  | { readonly type: 'replaced'; readonly message: PendingMessage; readonly by: string };

/** What the outbox needs. */
export interface OutboxSettings {
  readonly clock: Clock;
  readonly random: () => number;
  /** Makes an id that nobody else makes. */
  readonly createId: () => string;
  readonly storage: OutboxStorage;
  readonly publishers: { readonly server?: Publisher | undefined; readonly peer?: Publisher | undefined };
  /** The most that may be pending. */
  readonly limits: { readonly messages: number; readonly bytes: number };
  /** What becomes of a message too many. Default: `reject`, the new one; `drop-oldest` gives up the oldest waiting ones. */
  readonly overflow?: 'reject' | 'drop-oldest';
  /** How long a message may wait when it does not say so itself, in milliseconds. */
  readonly expiresIn: number;
  /** The wait between two attempts. */
  readonly backoff: BackoffOptions;
  /** How long an attempt on the server route may take, in milliseconds. */
  readonly attemptTimeout: number;
  /** Gets warnings: the storage fails, messages were dropped. Nothing is reported that an outcome tells. */
  readonly report: (error: RealtimeError) => void;
  /** Gets the end of every message. */
  readonly onSettled?: (outcome: OutboxOutcome) => void;
}

/** Somebody who waits until these messages have ended or cannot go on. */
interface Flush {
  readonly ids: Set<string>;
  readonly done: () => void;
}

/** What errors say about a message. */
type Subject = Pick<OutgoingMessage, 'channel' | 'event'>;

// setTimeout's own limit: a longer one fires at once.
const longestWait = 2 ** 31 - 1;

/** The messages we owe, oldest first. */
export class Outbox implements VisibleOutbox {
  readonly #settings: OutboxSettings;
  readonly #writer: OutboxWriter;
  readonly #entries = new Map<string, Entry>();
  readonly #lanes = new Map<string, OutboxLane>();
  readonly #confirmed = new Set<string>();
  readonly #pending: PendingStore<readonly PendingMessage[]>;
  readonly #flushes = new Set<Flush>();
  /** What was asked for while the storage was being read; it must not overtake what is in there. */
  #held: (() => void)[] | undefined;
  #loading: Promise<void> | undefined;
  #online = true;
  #bytes = 0;
  #sequence = 0;
  #expiry: { readonly at: number; readonly stop: Stop } | undefined;
  #destroyed = false;

  constructor(settings: OutboxSettings) {
    this.#settings = settings;
    const { storage, clock, report } = settings;
    this.#writer = new OutboxWriter({ storage, clock, report });
    this.#pending = new PendingStore<readonly PendingMessage[]>(
      () => [...this.#entries.values()].map(viewOf),
      (cause) => report(new RealtimeError('listener', 'A subscriber of outbox.pending threw.', { cause })),
    );
  }

  get pending(): ReadableStore<readonly PendingMessage[]> {
    return this.#pending;
  }

  /** How much is pending, without a list being built; `oldest` is the `createdAt` of the longest waiting message. */
  get depth(): { readonly messages: number; readonly bytes: number; readonly oldest?: number } {
    const [first] = this.#entries.values();
    const depth = { messages: this.#entries.size, bytes: this.#bytes };
    return first ? { ...depth, oldest: first.message.createdAt } : depth;
  }

  /**
   * Takes in what an earlier page left in the storage. What is published meanwhile waits behind it. Never rejects; after a
   * storage that cannot be read we begin empty.
   */
  load(): Promise<void> {
    this.#loading ??= this.#restore();
    return this.#loading;
  }

  /** The end of the message, for better or worse; see `PublishOptions.acknowledge` for what it waits for. */
  publish(message: OutgoingMessage, options: PublishOptions = {}): Promise<Acknowledgement> {
    const createdAt = this.#settings.clock.now();
    return new Promise((resolve, reject) => {
      const take = (): void => {
        const refusal = this.#refusal(message, options);
        if (refusal) reject(refusal);
        else this.#take(message, options, createdAt, resolve, reject);
      };
      if (this.#held) this.#held.push(take);
      else take();
    });
  }

  /** Whether the device has a network: the gate of the server route. Open at first. */
  setOnline(online: boolean): void {
    this.#online = online;
    if (!online) return;
    for (const lane of [...this.#lanes.values()]) if (lane.route === 'server') lane.hurry();
  }

  /** Whether the server has confirmed our subscription of the channel: the gate of its peer route. Shut at first. */
  setConfirmed(channel: string, confirmed: boolean): void {
    if (confirmed) this.#confirmed.add(channel);
    else this.#confirmed.delete(channel);
    const lane = this.#lanes.get(laneKey('peer', channel));
    if (confirmed) lane?.hurry();
    else lane?.interrupt();
  }

  flush(): Promise<void> {
    return new Promise((resolve) => {
      const start = (): void => {
        const flush: Flush = { ids: new Set(this.#entries.keys()), done: resolve };
        this.#flushes.add(flush);
        for (const lane of [...this.#lanes.values()]) lane.insist();
        this.#checkFlush(flush);
      };
      if (this.#held) this.#held.push(start);
      else start();
    });
  }

  retry(id: string): boolean {
    const entry = this.#entries.get(id);
    entry?.lane.insist();
    return entry !== undefined;
  }

  discard(id: string): boolean {
    const entry = this.#entries.get(id);
    // An accepted one has had its end; only the storage does not know yet.
    if (!entry || entry.state === 'accepted') return false;
    const arrived = entry.state === 'in-flight' ? ' It was in flight, and may have arrived.' : '';
    this.#reject(entry, abortedError(entry.message, `was discarded.${arrived}`));
    entry.lane.advance();
    return true;
  }

  clear(): Promise<void> {
    return new Promise((resolve) => {
      const start = (): void => {
        // From the back: a lane must not offer the next message while we take them all.
        for (const id of [...this.#entries.keys()].reverse()) this.discard(id);
        resolve(this.#writer.settled());
      };
      if (this.#held) this.#held.push(start);
      else start();
    });
  }

  /** Lets go of everything: what waits rejects with code `aborted`. What is stored stays stored. No timer is left. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const action of held) action();
    for (const lane of this.#lanes.values()) lane.stop();
    this.#lanes.clear();
    for (const entry of this.#entries.values()) {
      if (entry.state === 'accepted') continue;
      entry.state = 'ended';
      const error = abortedError(entry.message, 'was given up: the client was destroyed.');
      for (const waiter of entry.waiters) {
        waiter.release();
        waiter.reject(error);
      }
    }
    this.#writer.end();
    this.#entries.clear();
    this.#bytes = 0;
    this.#expiry?.stop();
    this.#expiry = undefined;
    for (const { done } of this.#flushes) done();
    this.#flushes.clear();
    this.#pending.invalidate();
  }

  async #restore(): Promise<void> {
    this.#held = [];
    const stored = await this.#writer.load();
    if (this.#destroyed) return;
    // Of two with one number the older was replaced, and a crash kept both.
    const ordered = [...stored].sort((a, b) => a.sequence - b.sequence || a.createdAt - b.createdAt);
    for (const message of ordered) {
      if (this.#entries.has(message.id)) continue;
      const entry = this.#enter(message, 'waiting');
      this.#sequence = Math.max(this.#sequence, message.sequence);
      const older = message.replaces === undefined ? undefined : entry.lane.waitingFor(message.replaces);
      if (older && older !== entry) this.#replace(older, entry);
      else entry.lane.append(entry);
    }
    const held = this.#held;
    this.#held = undefined;
    for (const action of held) action();
    for (const lane of [...this.#lanes.values()]) lane.advance();
    this.#expire();
  }

  #refusal(
    { channel, event, route, bytes }: OutgoingMessage,
    options: PublishOptions,
  ): RealtimeError | undefined {
    const subject = { channel, event };
    if (this.#destroyed) return abortedError(subject, 'was not taken: the client was destroyed.');
    const { signal } = options;
    if (signal?.aborted) return abortedError(subject, 'was withdrawn by its signal.', signal.reason);
    if (!this.#settings.publishers[route]) {
      const way = route === 'server' ? 'Set `publish.endpoint`, or p' : 'P';
      return new ConfigurationError(
        `"${event}" on "${channel}" cannot be published on the ${route} route: nothing publishes there. ${way}ass a publisher.`,
        subject,
      );
    }
    return this.#makeRoom(bytes, this.#replaceable(channel, route, options.replaces), subject);
  }

  #replaceable(channel: string, route: OutgoingMessage['route'], key: string | undefined): Entry | undefined {
    if (key === undefined) return undefined;
    return this.#lanes.get(laneKey(route, channel))?.waitingFor(key);
  }

  /** The reason why there is none. */
  #makeRoom(bytes: number, replaced: Entry | undefined, subject: Subject): OutboxFullError | undefined {
    const { limits, overflow, report } = this.#settings;
    const fits = (): boolean =>
      this.#entries.size + (replaced ? 0 : 1) <= limits.messages &&
      this.#bytes - (replaced?.message.bytes ?? 0) + bytes <= limits.bytes;
    if (fits()) return undefined;
    const holds = `it holds ${this.#entries.size} of ${limits.messages} messages and ${this.#bytes} of ${limits.bytes} bytes`;
    if (overflow === 'drop-oldest' && bytes <= limits.bytes) {
      for (const entry of this.#entries.values()) {
        if (entry === replaced || !isWaiting(entry)) continue;
        const { channel, event } = entry.message;
        const error = new OutboxFullError(
          `"${event}" on "${channel}" was dropped unsent for a newer message: the outbox is full.`,
          { channel, event },
        );
        this.#reject(entry, error);
        report(error);
        if (fits()) return undefined;
      }
    }
    return new OutboxFullError(
      `The outbox did not take "${subject.event}" on "${subject.channel}" (${bytes} bytes): ${holds}. Wait until messages have left (outbox.pending), or discard some.`,
      subject,
    );
  }

  #take(
    { channel, event, data, route, bytes }: OutgoingMessage,
    { expiresIn = this.#settings.expiresIn, replaces, acknowledge, signal }: PublishOptions,
    createdAt: number,
    resolve: Waiter['resolve'],
    reject: Waiter['reject'],
  ): void {
    const old = this.#replaceable(channel, route, replaces);
    // At least the time, so that numbers go on growing when what is stored could not be read.
    if (!old) this.#sequence = Math.max(this.#sequence + 1, createdAt);
    const message: StoredMessage = {
      id: this.#settings.createId(),
      channel,
      event,
      data,
      route,
      bytes,
      sequence: old?.message.sequence ?? this.#sequence,
      createdAt,
      expiresAt: createdAt + expiresIn,
      attempts: 0,
      ...(replaces === undefined ? undefined : { replaces }),
    };
    const entry = this.#enter(message, 'storing');
    const withdraw = (): void => this.#withdraw(waiter, signal?.reason);
    signal?.addEventListener('abort', withdraw, { once: true });
    const waiter: Waiter = {
      own: entry,
      entry,
      none: acknowledge === 'none',
      resolve,
      reject,
      release: () => signal?.removeEventListener('abort', withdraw),
    };
    entry.waiters = [waiter];
    void this.#store(entry);
    if (old) this.#replace(old, entry);
    else entry.lane.append(entry);
    if (!this.#expiry || message.expiresAt < this.#expiry.at) this.#armExpiry(message.expiresAt);
  }

  async #store(entry: Entry): Promise<void> {
    await this.#writer.put(entry.message);
    if (entry.state !== 'storing') return;
    entry.state = 'waiting';
    const { id, createdAt } = entry.message;
    const now = this.#settings.clock.now();
    const latency = Math.max(0, now - createdAt);
    for (const { none, resolve } of entry.waiters) {
      if (none) resolve({ id, level: 'stored', acceptedAt: now, attempts: 0, latency });
    }
    entry.lane.advance();
  }

  /** `fresh` takes the place of `old`, and with it those who wait for its end. */
  #replace(old: Entry, fresh: Entry): void {
    if (fresh.message.sequence !== old.message.sequence) {
      fresh.message = { ...fresh.message, sequence: old.message.sequence };
      void this.#writer.put(fresh.message);
    }
    fresh.lane.replace(old, fresh);
    fresh.waiters = [...old.waiters, ...fresh.waiters];
    for (const waiter of fresh.waiters) waiter.entry = fresh;
    old.waiters = [];
    old.state = 'ended';
    this.#forget(old);
    void this.#writer.remove(old.message.id).then(() => {
      this.#settings.onSettled?.({ type: 'replaced', message: viewOf(old), by: fresh.message.id });
    });
  }

  #enter(message: StoredMessage, state: 'storing' | 'waiting'): Entry {
    const entry: Entry = {
      message,
      state,
      lane: this.#lane(message.route, message.channel),
      waiters: [],
      error: undefined,
      withdrawn: false,
      view: undefined,
      previous: undefined,
      next: undefined,
    };
    this.#entries.set(message.id, entry);
    this.#bytes += message.bytes;
    this.#pending.invalidate();
    return entry;
  }

  #lane(route: OutgoingMessage['route'], channel: string): OutboxLane {
    const key = laneKey(route, channel);
    const known = this.#lanes.get(key);
    if (known) return known;
    const { clock, random, backoff, attemptTimeout, publishers } = this.#settings;
    const lane = new OutboxLane({
      route,
      channel,
      clock,
      random,
      backoff,
      publisher: publishers[route],
      // A peer message may wait for its turn as long as the subscription lasts: nothing of it can hang.
      attemptTimeout: route === 'server' ? attemptTimeout : undefined,
      isOpen: () => (route === 'server' ? this.#online : this.#confirmed.has(channel)),
      changed: (entry) => this.#changed(entry),
      accepted: (entry, acceptance) => this.#acknowledge(entry, acceptance),
      rejected: (entry, reason) => this.#reject(entry, this.#reasonFor(entry, reason)),
      delayed: (entry) => this.#delay(entry),
      // Only for somebody who waits: a lane of thousands rests at each of their comings.
      rested: (rested) => {
        if (this.#flushes.size > 0) this.#release([...rested.entries()]);
      },
    });
    this.#lanes.set(key, lane);
    return lane;
  }

  #reasonFor(entry: Entry, reason: RealtimeError | 'expired' | 'withdrawn'): RealtimeError {
    if (reason === 'expired') return this.#expired(entry);
    if (reason === 'withdrawn') return abortedError(entry.message, 'was withdrawn by its signal in flight.');
    return reason;
  }

  #changed(entry: Entry): void {
    entry.view = undefined;
    this.#pending.invalidate();
  }

  #acknowledge(entry: Entry, acceptance: Acceptance): void {
    const { id, createdAt, attempts } = entry.message;
    const acceptedAt = this.#settings.clock.now();
    const latency = Math.max(0, acceptedAt - createdAt);
    const acknowledgement: Acknowledgement = { id, ...acceptance, acceptedAt, attempts, latency };
    const message = viewOf(entry);
    entry.state = 'accepted';
    this.#dropEmptyLane(entry.lane);
    void this.#writer.remove(id).then(() => {
      this.#forget(entry);
      for (const waiter of entry.waiters) {
        waiter.release();
        waiter.resolve(acknowledgement);
      }
      this.#settings.onSettled?.({ type: 'acknowledged', message, acknowledgement });
    });
  }

  /** Takes the message out at once; its promise follows when the storage has forgotten it. */
  #reject(entry: Entry, error: RealtimeError): void {
    const message = viewOf(entry);
    entry.lane.remove(entry);
    entry.state = 'ended';
    this.#forget(entry);
    void this.#writer.remove(message.id).then(() => {
      for (const waiter of entry.waiters) {
        waiter.release();
        waiter.reject(error);
      }
      this.#settings.onSettled?.({ type: 'rejected', message, error });
    });
  }

  #delay(entry: Entry): void {
    const { message, lane } = entry;
    const newer = message.replaces === undefined ? undefined : lane.waitingFor(message.replaces);
    if (message.expiresAt <= this.#settings.clock.now()) this.#reject(entry, this.#expired(entry));
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
    if (own === entry) entry.withdrawn = true;
    entry.waiters = entry.waiters.filter((other) => other !== waiter);
    const how = own === entry ? 'was in flight, and may arrive' : 'was replaced by a newer message before';
    waiter.reject(
      abortedError(own.message, `is no longer waited for, as its signal asked; it ${how}.`, reason),
    );
  }

  #forget(entry: Entry): void {
    if (!this.#entries.delete(entry.message.id)) return;
    this.#bytes -= entry.message.bytes;
    this.#dropEmptyLane(entry.lane);
    if (this.#entries.size === 0) this.#armExpiry(undefined);
    this.#release([entry]);
    this.#pending.invalidate();
  }

  #dropEmptyLane(lane: OutboxLane): void {
    const key = laneKey(lane.route, lane.channel);
    if (lane.empty && this.#lanes.get(key) === lane) this.#lanes.delete(key);
  }

  /** No flush waits for these any more. */
  #release(entries: readonly Entry[]): void {
    for (const flush of this.#flushes) {
      for (const { message } of entries) flush.ids.delete(message.id);
      this.#checkFlush(flush);
    }
  }

  #checkFlush(flush: Flush): void {
    if (flush.ids.size === 0 && this.#flushes.delete(flush)) flush.done();
  }

  #expired({ message, error: cause }: Entry): MessageExpiredError {
    const { channel, event, createdAt, expiresAt, attempts } = message;
    return new MessageExpiredError(
      `"${event}" on "${channel}" was given up after ${expiresAt - createdAt} ms and ${attempts} attempts. Publish it again if it still matters.`,
      { channel, event, cause },
    );
  }

  #expire(): void {
    const now = this.#settings.clock.now();
    const lanes = new Set<OutboxLane>();
    let next: number | undefined;
    for (const entry of this.#entries.values()) {
      const { expiresAt } = entry.message;
      if (expiresAt > now) {
        next = Math.min(next ?? expiresAt, expiresAt);
      } else if (isWaiting(entry)) {
        // One in flight may yet succeed; if it does not, it ends with its attempt.
        this.#reject(entry, this.#expired(entry));
        lanes.add(entry.lane);
      }
    }
    this.#armExpiry(next);
    for (const lane of lanes) lane.advance();
  }

  #armExpiry(at: number | undefined): void {
    this.#expiry?.stop();
    this.#expiry = undefined;
    if (at === undefined) return;
    const wait = Math.min(Math.max(0, at - this.#settings.clock.now()), longestWait);
    const stop = this.#settings.clock.after(wait, () => this.#expire());
    this.#expiry = { at, stop };
  }
}

function laneKey(route: 'server' | 'peer', channel: string): string {
  return `${route}:${channel}`;
}

function isWaiting({ state }: Entry): boolean {
  return state === 'waiting' || state === 'storing';
}
