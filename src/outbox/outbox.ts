import { ConfigurationError, type RealtimeError } from '../errors';
import type { StoredMessage } from '../ports';
import type {
  Acknowledgement,
  PendingMessage,
  PublishOptions,
  ReadableStore,
  RejectedMessage,
  Outbox as VisibleOutbox,
} from '../types';
import { Dispatcher } from './dispatcher';
import { abortedError, droppedError, fullError, noPublisherError } from './errors';
import type { Entry } from './lane';
import { freshRecord, isOver, isWaiting } from './message';
import { checkPublishOptions, unreadPublishOption } from './publish-options';
import type { OutboxSettings, OutgoingMessage } from './surroundings';
import { type Waiter, Waiters, Withdrawals } from './waiters';

/** The messages we owe, as applications and the client see them: takes them in, and has them dispatched. */
export class Outbox implements VisibleOutbox {
  readonly #settings: OutboxSettings;
  readonly #dispatcher: Dispatcher;
  readonly #withdrawals = new Withdrawals((waiter, reason) => this.#withdraw(waiter, reason));
  /** Misspelt options that were told. */
  readonly #unread = new Set<string>();
  #destroyed = false;

  constructor(settings: OutboxSettings) {
    this.#settings = settings;
    this.#dispatcher = new Dispatcher(settings);
  }

  /** See `Store`. */
  get __v_skip(): true {
    return true;
  }

  /** What has not ended. Each entry has its payload. */
  get pending(): ReadableStore<readonly PendingMessage[]> {
    return this.#dispatcher.queue.pending;
  }

  get rejected(): ReadableStore<readonly RejectedMessage[]> {
    return this.#dispatcher.rejected.store;
  }

  /** How much is pending, without a list being built; `oldest` is the `createdAt` of the message that came first. */
  get depth(): Dispatcher['depth'] {
    return this.#dispatcher.depth;
  }

  /**
   * Takes part with the other tabs, and takes in what an earlier page left in the storage as soon as it is our turn to send.
   * What is published meanwhile waits behind it. When the storage cannot be read, that is reported and we begin empty.
   */
  async load(): Promise<void> {
    this.#dispatcher.tabs?.join();
    await this.#dispatcher.tabs?.loading;
  }

  /** The end of the message, for better or worse; see `PublishOptions.acknowledge` for what it waits for. */
  publish(message: OutgoingMessage, options: PublishOptions = {}): Promise<Acknowledgement> {
    return new Promise((resolve, reject) => this.#enqueue(message, options, resolve, reject));
  }

  /** Whether the device has a network: the gate of the server route. Open at first. */
  setOnline(online: boolean): void {
    this.#dispatcher.gates.setOnline(online);
    this.#dispatcher.tabs?.hearing.setOnline(online);
    if (!online) {
      // Whoever waits for another tab to send need not wait until the network is back.
      if (this.#dispatcher.flushes.any) this.#dispatcher.advance();
      return;
    }
    this.#dispatcher.tabs?.resume();
    this.#dispatcher.outage.hurry();
    for (const lane of this.#dispatcher.queue.lanes()) if (lane.route === 'server') lane.hurry();
  }

  /** A connection that was lost could not be had again: what is not heard yet waits on. */
  away(): void {
    this.#dispatcher.gates.restart();
    this.#dispatcher.tabs?.hearing.restart();
  }

  /** Whether the server has confirmed our subscription of the channel: the gate of its peer route. Shut at first. */
  setConfirmed(channel: string, confirmed: boolean): void {
    this.#dispatcher.setConfirmed(channel, confirmed);
  }

  async flush(): Promise<void> {
    const { tabs, queue } = this.#dispatcher;
    if (tabs?.ready !== undefined) await tabs.ready;
    const owed = Array.from(queue.entries()).filter(({ message }) => message.state !== 'unconfirmed');
    const ids = owed.map(({ message }) => message.record.id);
    tabs?.hurry();
    return new Promise((resolve) => this.#dispatcher.settleNow(ids, resolve));
  }

  retry(id: string): boolean {
    const entry = this.#dispatcher.queue.get(id);
    if (entry) {
      entry.lane.insist();
      this.#dispatcher.tabs?.hurry();
      return true;
    }
    const kept = this.#dispatcher.rejected.get(id);
    if (!kept || this.#destroyed || this.#makeRoom(kept, undefined)) return false;
    this.#dispatcher.rejected.forget(id);
    const { clock, bounds } = this.#settings;
    const now = clock.now();
    const sequence = this.#dispatcher.queue.nextSequence(now);
    // What replaced it, or was published since, is not undone: it is behind all that, and lives from now on.
    this.#take({ ...freshRecord(kept), sequence, expiresAt: now + bounds.expiresIn });
    return true;
  }

  discard(id: string): boolean {
    return this.#dispatcher.discard(id);
  }

  async clear(): Promise<void> {
    this.#dispatcher.discardAll();
    // And what an earlier page left, which may just be read.
    await this.#dispatcher.tabs?.loading;
    this.#dispatcher.discardAll();
    await this.#settings.writer?.settled();
  }

  /**
   * `clear()`, and what else of this owner is in the storage: of pages whose messages were never loaded, of other tabs, what
   * was set aside. Rejects with code `storage` when something may be left.
   */
  async empty(): Promise<void> {
    // The other tabs first: what they hold they would store again, and send.
    this.#dispatcher.tabs?.cleared();
    await this.clear();
    await this.#settings.writer?.clear();
  }

  /** Lets go of everything: what waits rejects with code `aborted`. What is stored stays stored. No timer is left. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#dispatcher.end();
  }

  #enqueue(
    outgoing: OutgoingMessage,
    options: PublishOptions,
    resolve: Waiter['resolve'],
    reject: Waiter['reject'],
  ): void {
    const { clock, createId, publishers, bounds, waitForChannel } = this.#settings;
    const now = clock.now();
    if (this.#destroyed) throw abortedError(outgoing, 'was not taken: the client was destroyed.');
    const { none, signal, expiresIn, stored, ...given } = checkPublishOptions(options, {
      expiresIn: bounds.expiresIn,
      waitForChannel,
    });
    this.#noteUnread(options);
    if (signal?.aborted) throw abortedError(outgoing, 'was withdrawn by its signal.', signal.reason);
    const { channel, event, data, route, bytes } = outgoing;
    if (!publishers[route]) throw noPublisherError(outgoing, route);
    const id = outgoing.id ?? given.id ?? createId();
    const group = new Waiters(id);
    const waiter: Waiter = { id, none, resolve, reject, group, release: undefined };
    const wait = (entry: Entry): void => {
      if (isOver(entry.message)) return;
      entry.waiters ??= group;
      entry.waiters.add(waiter);
      if (signal) waiter.release = this.#withdrawals.follow(waiter, signal);
    };
    const same = this.#dispatcher.queue.get(id);
    if (same && !isOver(same.message)) {
      this.#repeat(same, outgoing);
      wait(same);
      if (none && same.message.state !== 'storing') same.waiters?.stored(this.#stored(same));
      return;
    }
    const old =
      stored.replaces === undefined
        ? undefined
        : this.#dispatcher.queue.lane(route, channel)?.waitingFor(stored.replaces);
    const refusal = this.#makeRoom(outgoing, old);
    if (refusal) throw refusal;
    this.#dispatcher.rejected.forget(id);
    const fresh = this.#dispatcher.queue.nextSequence(now);
    const bound =
      stored.delivery !== undefined || this.#dispatcher.queue.lane(route, channel)?.bound === true;
    const record: StoredMessage = {
      id,
      channel,
      event,
      data,
      route,
      bytes,
      sequence: old?.message.record.sequence ?? fresh,
      createdAt: now,
      expiresAt: now + expiresIn,
      attempts: 0,
      ...stored,
      ...this.#dispatcher.tabs?.bind(outgoing, bound),
    };
    this.#take(record, wait);
  }

  /** Takes a message in, stores it, and offers it. */
  #take(record: StoredMessage, wait: (entry: Entry) => void = () => {}): void {
    const { writer } = this.#settings;
    const entry = this.#dispatcher.enter(record, writer ? 'storing' : 'waiting', undefined, true);
    wait(entry);
    if (this.#dispatcher.gates.holdsBack(record)) this.#dispatcher.tabs?.hearing.listened(record.channel);
    if (writer) void writer.put(entry.message.record).then(() => this.#written(entry));
    else this.#written(entry);
    this.#dispatcher.await(entry);
  }

  #written(entry: Entry): void {
    this.#dispatcher.step(entry, { type: 'stored' });
    if (entry.message.state !== 'waiting') return;
    entry.waiters?.stored(this.#stored(entry));
    this.#dispatcher.tabs?.stored(entry);
    entry.lane.advance();
  }

  #stored(entry: Entry): Acknowledgement {
    return this.#dispatcher.acknowledgement(entry, { level: 'stored' });
  }

  /** A message that is there is published again: it is the same, and must look so. */
  #repeat({ message: { record } }: Entry, outgoing: OutgoingMessage): void {
    if (
      record.channel === outgoing.channel &&
      record.event === outgoing.event &&
      record.route === outgoing.route
    )
      return;
    throw new ConfigurationError(
      `"${outgoing.event}" on "${outgoing.channel}" was not published: a message with the id "${record.id}" is pending on another channel, event or route. Use an id once.`,
      { channel: outgoing.channel, event: outgoing.event },
    );
  }

  /** Its signal asks that somebody waits no longer: a message that was not offered yet ends with that. */
  #withdraw(waiter: Waiter, reason: unknown): void {
    const { group, id } = waiter;
    const entry = this.#dispatcher.queue.get(group.message);
    if (!entry || isOver(entry.message)) return;
    const { record } = entry.message;
    const own = id === record.id && !group.shares(waiter);
    const waits = isWaiting(entry.message);
    if (own && (waits || entry.message.state === 'unconfirmed')) {
      const how = waits ? 'was withdrawn by its signal.' : 'had been sent when its signal ended the wait.';
      this.#dispatcher.settle(entry, abortedError(record, how, reason));
      entry.lane.advance();
      return;
    }
    group.remove(waiter);
    const how = own ? 'was in flight, and may arrive' : 'had been replaced by a newer message';
    waiter.reject(abortedError(record, `is no longer waited for, as its signal asked; it ${how}.`, reason));
    if (!own) return;
    this.#dispatcher.step(entry, { type: 'withdrawn' });
    // Whatever becomes of the attempt, nobody shall have it, or find it, and send it again.
    void this.#settings.writer?.remove(record.id);
    this.#dispatcher.tabs?.settled([record.id], abortedError(record, 'was withdrawn.'));
  }

  /** Undefined when there is room, the reason otherwise. */
  #makeRoom(message: OutgoingMessage, replaced: Entry | undefined): RealtimeError | undefined {
    const { bounds, report } = this.#settings;
    const queue = this.#dispatcher.queue;
    const gone = replaced?.message.record;
    const fits = (): boolean =>
      queue.size + (gone ? 0 : 1) <= bounds.messages &&
      queue.bytes - (gone?.bytes ?? 0) + message.bytes <= bounds.bytes;
    if (fits()) return undefined;
    const holds = `${queue.size} of ${bounds.messages} messages and ${queue.bytes} of ${bounds.bytes} bytes`;
    if (bounds.overflow !== 'drop-oldest' || message.bytes > bounds.bytes) {
      return fullError(message, message.bytes, holds);
    }
    for (const entry of [...queue.entries()]) {
      if (entry === replaced || !isWaiting(entry.message)) continue;
      const error = droppedError(entry.message.record);
      this.#dispatcher.settle(entry, error);
      entry.lane.advance();
      report(error);
      if (fits()) return undefined;
    }
    return fullError(message, message.bytes, holds);
  }

  #noteUnread(options: PublishOptions): void {
    const doubt = unreadPublishOption(options);
    if (doubt === undefined || this.#unread.has(doubt.message)) return;
    this.#unread.add(doubt.message);
    this.#settings.report(doubt);
  }
}
