import { RealtimeError } from '../errors';
import { deferred } from '../support/deferred';
import type {
  Acknowledgement,
  PendingMessage,
  PublishOptions,
  ReadableStore,
  RejectedMessage,
  Outbox as VisibleOutbox,
} from '../types';
import type { Acknowledgements } from './acknowledgements';
import { deliveryRefusal } from './delivery';
import { OutboxEnds } from './ends';
import { type Entry, isWaiting } from './entry';
import { abortedError, droppedError, expiryError, fullError, noPublisherError, signalError } from './errors';
import { OutboxGates } from './gates';
import { OutboxIntake } from './intake';
import { OutboxLedger } from './ledger';
import { OutboxOffers } from './offers';
import { alone, type OutboxSettings, type OutgoingMessage } from './settings';
import { OutboxSharing } from './sharing';
import { OutboxTabs } from './tabs';

export type { OutboxOutcome, OutboxSettings, OutgoingMessage } from './settings';

/** The messages we owe, oldest first. */
export class Outbox implements VisibleOutbox {
  readonly #settings: OutboxSettings;
  readonly #gates: OutboxGates;
  readonly #tabs: OutboxTabs;
  readonly #ledger: OutboxLedger;
  readonly #ends: OutboxEnds;
  readonly #intake: OutboxIntake;
  readonly #sharing: OutboxSharing;
  readonly #gone = deferred<void>();
  /** While the storage is being read. */
  #loading: Promise<void> | undefined;
  #destroyed = false;

  constructor(settings: OutboxSettings) {
    this.#settings = settings;
    const { clock, random, hears, tabs = alone } = settings;
    // Asked here, once: whoever has no other tabs must not hear or tell anything.
    const sharing = tabs.tabs.kind === 'none' ? alone : tabs;
    this.#gates = new OutboxGates(hears);
    this.#tabs = new OutboxTabs(
      { ...sharing, clock, random },
      {
        begin: () => this.#begin(),
        changed: () => this.#ledger.queue.advance(),
        adopt: (tab) => this.#sharing.adopt(tab, () => this.#destroyed),
        handOver: () => this.#sharing.handOver(),
        pending: () => this.#ledger.queue.size > 0,
        online: () => this.#gates.online,
        receive: (message) => this.#sharing.receive(message),
      },
    );
    const ledger: OutboxLedger = new OutboxLedger(settings, this.#tabs, {
      createLane: (route, channel) => offers.createLane(route, channel),
      expire: (now) => this.#ends.expire(now),
    });
    this.#ledger = ledger;
    this.#ends = new OutboxEnds(ledger);
    this.#intake = new OutboxIntake(ledger, this.#ends);
    const offers: OutboxOffers = new OutboxOffers(ledger, this.#gates, this.#ends, this.#intake);
    this.#sharing = new OutboxSharing(ledger, this.#ends, this.#intake, sharing);
  }

  /** The waits for receivers. */
  get acknowledgements(): Acknowledgements {
    return this.#ledger.acknowledgements;
  }

  get pending(): ReadableStore<readonly PendingMessage[]> {
    return this.#ledger.pending;
  }

  get rejected(): ReadableStore<readonly RejectedMessage[]> {
    return this.#ledger.rejected.store;
  }

  /** How much is pending, without a list being built; `oldest` is the `createdAt` of the message that came first. */
  get depth(): { readonly messages: number; readonly bytes: number; readonly oldest?: number } {
    const { size: messages, bytes, oldest } = this.#ledger.queue;
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
      else this.#intake.take(message, options, createdAt, { resolve, reject });
    });
  }

  /** Whether the device has a network: the gate of the server route. Open at first. */
  setOnline(online: boolean): void {
    this.#gates.online = online;
    if (!online) {
      // Whoever waits for another tab to send need not wait until the network is back.
      if (this.#ledger.flushes.any) this.#ledger.queue.advance();
      return;
    }
    this.#tabs.resume();
    for (const lane of this.#ledger.queue.lanes()) if (lane.route === 'server') lane.hurry();
  }

  /** Whether the server has confirmed our subscription of the channel: the gate of its peer route. Shut at first. */
  setConfirmed(channel: string, confirmed: boolean): void {
    const { queue } = this.#ledger;
    this.#gates.setConfirmed(channel, confirmed);
    const lane = queue.lane('peer', channel);
    if (confirmed) lane?.hurry();
    else lane?.interrupt();
    // What receivers are to confirm waits for the subscription there, too.
    queue.lane('server', channel)?.advance();
  }

  async flush(): Promise<void> {
    const { ready } = this.#tabs.turn;
    if (ready !== undefined) await ready;
    const { queue, flushes } = this.#ledger;
    const owed = [...queue.entries()].filter(({ state }) => state !== 'unconfirmed');
    const ids = owed.map(({ message }) => message.id);
    return new Promise((resolve) => flushes.wait(ids, () => this.#insist(), resolve));
  }

  retry(id: string): boolean {
    const entry = this.#ledger.queue.get(id);
    if (entry) {
      entry.lane.insist();
      this.#tabs.talk.tell({ type: 'insisted' });
      return true;
    }
    const kept = this.#ledger.rejected.get(id);
    if (!kept || this.#destroyed || this.#makeRoom(kept, undefined)) return false;
    this.#intake.revive(kept);
    return true;
  }

  discard(id: string): boolean {
    return this.#ends.discard(id);
  }

  async clear(): Promise<void> {
    if (this.#loading !== undefined) await this.#loading;
    this.#ends.discardAll();
    await this.#ledger.writer.settled();
  }

  /**
   * `clear()`, and what else of this owner is in the storage: of pages whose messages were never loaded, of other tabs, what
   * was set aside. Rejects with code `storage` when something may be left.
   */
  async empty(): Promise<void> {
    // The other tabs first: what they hold they would store again, and send.
    this.#tabs.talk.tellEmptied();
    await this.clear();
    if (await this.#ledger.writer.clear()) return;
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
    this.#ends.abandon();
    this.#ledger.close();
  }

  /** It is our turn to send: what is stored is ours to take in. */
  #begin(): Promise<void> {
    // A storage that never answers must not outlive us.
    const read = Promise.race([this.#sharing.restore(() => this.#destroyed), this.#gone.promise]);
    this.#loading = read.finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  #insist(): void {
    this.#tabs.talk.tell({ type: 'insisted' });
    this.#ledger.queue.insist();
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
    return (
      deliveryRefusal(message, options) ??
      this.#makeRoom(message, this.#ledger.replaceable(message, replaces))
    );
  }

  /** Undefined when there is room, the reason otherwise. */
  #makeRoom(message: OutgoingMessage, replaced: Entry | undefined): RealtimeError | undefined {
    const { limits, overflow, report } = this.#settings;
    const { queue } = this.#ledger;
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
      this.#ends.reject(entry, error);
      entry.lane.advance();
      report(error);
      if (fits()) return undefined;
    }
    return fullError(message, message.bytes, holds);
  }
}
