import { RealtimeError } from '../errors';
import type { Acceptance, StoredMessage } from '../ports';
import type { BackoffOptions } from '../support/backoff';
import { Stopwatch } from '../support/stopwatch';
import type { Acknowledgement, PendingMessage } from '../types';
import type { Reached } from './acknowledgements';
import { abortedError, expiredError } from './errors';
import { OutboxExpiry } from './expiry';
import { OutboxFlushes } from './flushes';
import { Gates } from './gates';
import type { Entry, Lane, RoutePublisher } from './lane';
import { isOver, isWaiting, type MessageStep, nextMessage } from './message';
import { Outage } from './outage';
import { Pace } from './pace';
import { Queue } from './queue';
import { RejectedMessages } from './rejected';
import type { OutboxSettings, OutboxTabs } from './surroundings';
import { Telling } from './telling';

/** Steps that applications cannot see. */
const unseen: readonly MessageStep['type'][] = ['stored', 'withdrawn', 'moved', 'adopted'];

/** Has the messages that we owe offered, oldest first, and gives each of them one end. */
export class Dispatcher {
  readonly watch: Stopwatch;
  readonly random: () => number;
  readonly backoff: BackoffOptions;
  /** How long an attempt on the server route may take, in milliseconds. */
  readonly attemptTimeout: number;
  /** Every message that has not ended. */
  readonly queue: Queue;
  /** Those that ended badly and are kept. */
  readonly rejected: RejectedMessages;
  /** What messages need before they can leave. */
  readonly gates: Gates;
  readonly #settings: OutboxSettings;
  #tabs: OutboxTabs | undefined;
  /** How fast the server route is. */
  readonly pace: Pace;
  /** What all who send to the server wait for while it fails. */
  readonly outage: Outage;
  /** Those who wait until what is pending has ended, or cannot go on. */
  readonly flushes: OutboxFlushes = new OutboxFlushes();
  readonly #telling = new Telling();
  /** Ends what is too old. */
  readonly expiry: OutboxExpiry;
  /** While everything is discarded nothing is offered. */
  #halted = false;
  #ended = false;

  constructor(settings: OutboxSettings) {
    this.#settings = settings;
    this.watch = new Stopwatch(settings.clock);
    this.random = settings.random;
    this.backoff = settings.backoff;
    this.attemptTimeout = settings.attemptTimeout;
    this.gates = new Gates(settings, () => this.advance());
    this.queue = new Queue(this, (cause) => this.#reportListener('pending', cause));
    this.pace = new Pace(this.watch, settings.pace);
    this.outage = new Outage(this.watch, settings.backoff, settings.random);
    this.expiry = new OutboxExpiry(this.watch, (now) => this.#expire(now));
    this.rejected = new RejectedMessages(
      (id) => void settings.writer?.remove(id),
      (cause) => this.#reportListener('rejected', cause),
    );
  }

  /** The other tabs; undefined where the messages end with the page. Made at first use: making a client draws no random name. */
  get tabs(): OutboxTabs | undefined {
    this.#tabs ??= this.#settings.tabs?.(this);
    return this.#tabs;
  }

  /** Whether the server has confirmed our subscription of the channel. */
  setConfirmed(channel: string, confirmed: boolean): void {
    this.gates.setConfirmed(channel, confirmed);
    this.#tabs?.hearing.listened(channel);
    const lane = this.queue.lane('peer', channel);
    if (confirmed) lane?.hurry();
    else lane?.interrupt();
    // What is to be heard on the channel waits for the subscription there, too.
    this.queue.lane('server', channel)?.advance();
  }

  /** Lets go of everything: what waits rejects with code `aborted`. What is stored stays stored. No timer is left. */
  end(): void {
    this.#ended = true;
    this.pace.stop();
    this.outage.stop();
    for (const lane of this.queue.lanes()) lane.stop();
    for (const entry of this.queue.entries()) {
      const { record } = entry.message;
      if (isOver(entry.message)) continue;
      this.step(entry, { type: 'settled' });
      // Thousands may wait that nobody waits for: an error each takes its time.
      if (entry.waiters && !entry.waiters.empty)
        entry.waiters.settle(abortedError(record, 'was given up: the client was destroyed.'));
    }
    this.queue.clear();
    this.#settings.acknowledgements?.destroy();
    this.#tabs?.leave(this.#settings.writer?.end() ?? Promise.resolve());
    this.expiry.stop();
    this.gates.setOnline(false);
    this.flushes.end();
    // Last: who hears of it may do anything.
    this.queue.end();
    this.rejected.end();
  }

  /** How much is pending, without a list being built; `oldest` is the `createdAt` of the message that came first. */
  get depth(): { readonly messages: number; readonly bytes: number; readonly oldest?: number } {
    const [oldest] = this.queue.entries();
    const createdAt = oldest?.message.record.createdAt;
    const depth = { messages: this.queue.size, bytes: this.queue.bytes };
    return createdAt === undefined ? depth : { ...depth, oldest: createdAt };
  }

  /** Offers what can be offered now. */
  advance(): void {
    for (const lane of this.queue.lanes()) {
      if (lane.route === 'server') this.#tabs?.hearing.listened(lane.channel);
      lane.advance();
    }
  }

  /** Offers at once what waits for another attempt. */
  insist(): void {
    this.outage.forget();
    for (const lane of this.queue.lanes()) lane.insist();
  }

  /** Takes the messages of a route; without one they wait. */
  publisher(route: StoredMessage['route']): RoutePublisher | undefined {
    return this.#settings.publishers[route];
  }

  /** Whether its lane may offer the message now. */
  canSend({ message: { record, state }, lane }: Entry): boolean {
    if (state !== 'waiting' || this.#ended || this.#halted || !this.gates.isOpen(record)) return false;
    if (this.tabs?.canSend(record) === false) return false;
    if (lane.route === 'peer') return true;
    if (this.outage.holds(lane)) return false;
    if (!this.outage.isSingledOut(lane) && this.publisher('server')?.joins?.(record, false)) return true;
    return this.pace.admits(lane);
  }

  /** The one place where a message becomes another one. */
  step(entry: Entry, step: MessageStep): void {
    const next = nextMessage(entry.message, step);
    if (next === entry.message) return;
    entry.message = next;
    if (!unseen.includes(step.type)) {
      entry.view = undefined;
      this.queue.changed();
    }
    if (entry.from !== undefined && (step.type === 'offered' || step.type === 'failed'))
      this.tabs?.progressed(entry);
  }

  /** Offered and taken. */
  accept(entry: Entry, acceptance: Acceptance): void {
    const { record, withdrawn } = entry.message;
    const { acknowledgements, clock, writer } = this.#settings;
    if (!record.delivery || withdrawn || acceptance.level === 'delivered' || !acknowledgements) {
      this.settle(entry, this.acknowledgement(entry, acceptance));
      return;
    }
    this.step(entry, { type: 'accepted', acceptance, at: clock.now() });
    this.leaveLane(entry);
    this.flushes.release([entry]);
    // A crash before it is written repeats it; receivers know its id.
    void writer?.put(entry.message.record);
    this.awaitReceivers(entry);
  }

  /** Offered and refused for good, or too old to be offered. */
  reject(entry: Entry, error: RealtimeError): void {
    if (!this.tabs?.givesBack(entry, error)) this.settle(entry, error);
  }

  /** Offered in vain; it stays first, and is offered again. */
  delay(entry: Entry): void {
    const { message, lane } = entry;
    const { record, error } = message;
    const newer = record.replaces === undefined ? undefined : lane.waitingFor(record.replaces);
    if (entry.deadline <= this.watch.elapsed()) this.settle(entry, expiredError(record, error));
    else if (newer && newer !== entry) this.replace(entry, newer);
    else if (this.tabs?.canSend(record) !== false) void this.#settings.writer?.put(record);
    // Robbed of the lead, this tab does not know whether the message is still to be stored. Nobody else may know it at all.
    else this.tabs.stored(entry);
  }

  /** Nothing of the lane is in flight and nothing can go on now: nobody who flushes waits any longer for it. */
  rested(lane: Lane): void {
    // Only for somebody who waits: a lane of thousands rests often.
    if (!this.flushes.any || this.pace.holds(lane)) return;
    // What another tab sends rests when that one says so, unless there is no network.
    const elsewhere = ({ message: { record } }: Entry): boolean =>
      this.gates.isOpen(record) && this.tabs?.canSend(record) === false;
    this.flushes.release(Array.from(lane.entries()).filter((entry) => !elsewhere(entry)));
  }

  /** Calls `done` once these messages have ended, or cannot go on now; offers them at once. */
  settleNow(ids: Iterable<string>, done: () => void): void {
    this.flushes.wait(ids, () => this.insist(), done);
  }

  /** It was accepted, and ends when enough receivers have confirmed it, or too few in time. */
  awaitReceivers(entry: Entry): void {
    this.#settings.acknowledgements?.await(
      entry.message.record,
      (how) => this.acknowledgement(entry, how),
      (end) => this.settle(entry, end),
    );
  }

  /** Takes a message in, in the place of the one whose key it has. */
  enter(record: StoredMessage, state: 'storing' | 'waiting', from?: string, isNewest = false): Entry {
    const { clock, acknowledgements } = this.#settings;
    const { replaces, createdAt } = record;
    const old =
      replaces === undefined
        ? undefined
        : this.queue.lane(record.route, record.channel)?.waitingFor(replaces);
    // One from an earlier page has lived as long as the clock on the wall says, unless that was set back since.
    const born = this.watch.elapsed() - Math.max(0, clock.now() - createdAt);
    const entry = this.queue.enter(record, { state, from, born });
    if (record.delivery) acknowledgements?.expect(record);
    // Other tabs, and storages, may tell of an older one after the newer.
    if (old && !isNewest && old.message.record.createdAt > createdAt) this.replace(entry, old);
    else if (old) this.replace(old, entry);
    this.queue.changed();
    return entry;
  }

  /** `fresh` takes the place of `old`, and with it those who wait for its end. */
  replace(old: Entry, fresh: Entry): void {
    const { writer, onSettled } = this.#settings;
    const [gone, by] = [old.message.record, fresh.message.record.id];
    if (old.waiters) fresh.waiters = fresh.waiters ? fresh.waiters.merge(old.waiters, by) : old.waiters;
    if (fresh.waiters) fresh.waiters.message = by;
    old.waiters = undefined;
    this.tabs?.messages.replaced(old, fresh);
    const message = old.from === undefined ? this.queue.view(old) : undefined;
    old.lane.remove(old);
    this.step(old, { type: 'settled' });
    this.forget(old);
    if (fresh.message.record.sequence !== gone.sequence) {
      this.step(fresh, { type: 'moved', sequence: gone.sequence });
      fresh.lane.moved(fresh);
      this.queue.moved();
      void writer?.put(fresh.message.record);
    }
    const tell = (): void => {
      if (message) onSettled?.({ type: 'replaced', message, by });
    };
    this.#telling.after(writer?.remove(gone.id), tell);
  }

  /**
   * The end of a message. A good one counts once the storage has forgotten the message; a bad one takes it out at once, and its
   * promise follows. `by` is given when another tab told of it: the message that was sent, this one or one that took its place.
   */
  settle(entry: Entry, end: Acknowledgement | RealtimeError, by?: string): void {
    const { writer } = this.#settings;
    const { record } = entry.message;
    const message = this.queue.view(entry);
    if (!(end instanceof Error)) {
      this.step(entry, { type: 'acknowledged' });
      this.leaveLane(entry);
      const finish = (): void => {
        this.step(entry, { type: 'settled' });
        this.forget(entry);
        this.#tell(entry, message, end, by);
      };
      const written = writer?.remove(record.id);
      if (written === undefined) this.forget(entry);
      this.#telling.after(written, finish);
      return;
    }
    this.leaveLane(entry);
    this.step(entry, { type: 'settled' });
    this.forget(entry);
    // Whoever gave it up may be frozen before that is written: the others must not send it meanwhile.
    if (end.code === 'aborted' && by === undefined && !this.#halted) this.tabs?.ended(entry, end);
    const written = this.#keeps(record, end) ? this.#keep(record, end, by) : writer?.remove(record.id);
    this.#telling.after(written, () => this.#tell(entry, message, end, by));
  }

  /** Strikes a message out; nobody who flushes waits for it any more. */
  forget(entry: Entry): void {
    this.#settings.acknowledgements?.forget(entry.message.record.id);
    this.#leftLane(entry.lane);
    if (!this.queue.forget(entry)) return;
    if (this.queue.size === 0) {
      this.expiry.stop();
      this.tabs?.owe();
    }
    this.flushes.release([entry]);
    this.queue.changed();
  }

  /** Takes a message out of its lane: it is not offered any more. */
  leaveLane(entry: Entry): void {
    entry.lane.remove(entry);
    this.#leftLane(entry.lane);
  }

  /** Takes a message out; see `Outbox.discard`. */
  discard(id: string): boolean {
    const entry = this.queue.get(id);
    if (!entry && this.rejected.forget(id)) {
      void this.#settings.writer?.remove(id);
      this.tabs?.settled([id], new RealtimeError('aborted', 'It was discarded.'));
      return true;
    }
    // An acknowledged one has had its end; only the storage does not know yet.
    if (!entry || isOver(entry.message)) return false;
    const { record, state } = entry.message;
    const arrived =
      state === 'in-flight' || state === 'elsewhere' ? ' It was in flight, and may have arrived.' : '';
    const sent = state === 'unconfirmed' ? ' It had been sent, and waited for receivers.' : '';
    this.settle(entry, abortedError(record, `was discarded.${arrived}${sent}`));
    entry.lane.advance();
    return true;
  }

  /** Discards everything, and offers nothing on the way. */
  discardAll(): void {
    this.#halted = true;
    for (const { message } of [...this.queue.entries()]) this.discard(message.record.id);
    for (const id of this.rejected.ids) this.discard(id);
    this.#halted = false;
  }

  /** Whether rejected messages stay to be looked at. */
  get keepsRejected(): boolean {
    return this.#settings.bounds.keepRejected;
  }

  /** Waits for the message to be sent: it may expire, and its channel is held where it is needed. */
  await({ lane, deadline, message: { state } }: Entry): void {
    if (state === 'settled' || state === 'settling') return;
    this.expiry.include(deadline);
    if (lane.route !== 'peer' || lane.demanded || lane.empty) return;
    lane.demanded = true;
    this.#settings.channels?.demand(lane.channel, true);
  }

  #leftLane(lane: Lane): void {
    if (!this.queue.tidy(lane) || !lane.demanded) return;
    lane.demanded = false;
    this.#settings.channels?.demand(lane.channel, false);
  }

  /** Ends what waits and is too old; returns when the next one will be. */
  #expire(now: number): number | undefined {
    const lanes = new Set<Lane>();
    let next: number | undefined;
    for (const entry of [...this.queue.entries()]) {
      const { message, lane, deadline } = entry;
      if (deadline > now) next = Math.min(next ?? deadline, deadline);
      else if (isWaiting(message)) {
        // One in flight may yet succeed; if it does not, it ends with its attempt.
        this.settle(entry, expiredError(message.record, message.error));
        lanes.add(lane);
      }
    }
    for (const lane of lanes) lane.advance();
    return next;
  }

  #keeps(record: StoredMessage, { code }: RealtimeError): boolean {
    // Whoever discarded or withdrew it has decided already.
    if (code === 'aborted' || code === 'outbox-full' || record.unkept) return false;
    return this.keepsRejected;
  }

  async #keep(record: StoredMessage, error: RealtimeError, by: string | undefined): Promise<void> {
    const kept = this.rejected.keep(record, error, this.#settings.clock.now());
    // The tab that told us has stored it.
    if (by === undefined) await this.#settings.writer?.put(kept);
  }

  /** Everybody who waits for the end, here and in other tabs. */
  #tell(entry: Entry, message: PendingMessage, end: Acknowledgement | RealtimeError, by?: string): void {
    const { waiters, from } = entry;
    waiters?.settle(end);
    this.tabs?.ended(entry, end, by);
    if (from !== undefined || this.#ended) return;
    const { onSettled } = this.#settings;
    if (by !== undefined && by !== message.id) onSettled?.({ type: 'replaced', message, by });
    else if (end instanceof Error) onSettled?.({ type: 'rejected', message, error: end });
    else onSettled?.({ type: 'acknowledged', message, acknowledgement: end });
  }

  /** What is told of a message that was stored, accepted, or more than that, now. */
  acknowledgement({ message, born }: Entry, how: Reached): Acknowledgement {
    const { id, attempts } = message.record;
    const latency = Math.max(0, this.watch.elapsed() - born);
    return { id, attempts, ...how, acceptedAt: this.#settings.clock.now(), latency };
  }

  #reportListener(store: string, cause: unknown): void {
    this.#settings.report(new RealtimeError('listener', `A subscriber of outbox.${store} threw.`, { cause }));
  }
}
