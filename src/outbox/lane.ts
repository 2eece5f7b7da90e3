import { isRealtimeError } from '../errors';
import type { Acceptance, OutboundMessage, Publisher, StoredMessage } from '../ports';
import { backoff } from '../support/backoff';
import type { PendingMessage, Stop } from '../types';
import type { Dispatcher } from './dispatcher';
import { abortedError, expiredError, noAnswerError, unexplainedError } from './errors';
import type { Message } from './message';
import type { Outage } from './outage';
import type { Waiters } from './waiters';

/** A message in the outbox, with those whom its end concerns. */
export interface Entry {
  /** Changed by `Dispatcher.step` alone. */
  message: Message;
  readonly lane: Lane;
  /** When it was published, by the outbox's stopwatch. */
  readonly born: number;
  /** When it is given up, by the same. */
  readonly deadline: number;
  /** The tab that published it and waits for its end; undefined for ours, and for those of earlier pages. */
  from: string | undefined;
  /** Who waits for its end in this tab. */
  waiters: Waiters | undefined;
  /** The messages of other tabs whose place it took, and which end with it. */
  covers: Set<string> | undefined;
  /** What applications see of it, kept until it changes so that lists of thousands stay cheap. */
  view: PendingMessage | undefined;
}

/** A publisher that may know at once that it can take a message. */
export interface RoutePublisher extends Publisher {
  /** Takes the message now, without anybody having to wait; undefined when that is not possible. Throws as `publish` rejects. */
  immediately?(message: OutboundMessage): Acceptance | undefined;
  /**
   * Whether the message can go in the request that is just being gathered. `behind`: others of its channel are on their way, and
   * it can only if all of them are in there.
   */
  joins?(message: Pick<StoredMessage, 'channel' | 'bytes'>, behind: boolean): boolean;
  /** As `publish`, in a request that no other message shares. */
  publishAlone?(message: OutboundMessage, signal: AbortSignal): Promise<Acceptance>;
}

/** A message that is being offered. */
interface Flight {
  readonly cancel: Stop;
  readonly interrupt: Stop;
}

/** One channel's messages on one route, oldest first; those in flight are one, or go in one request. */
export class Lane {
  readonly route: StoredMessage['route'];
  readonly channel: string;
  /** Whether its channel is held for it; see `Outbox`. */
  demanded = false;
  readonly #outbox: Dispatcher;
  #entries = new Set<Entry>();
  /** Whether one came in that belongs before others. */
  #disordered = false;
  #last: Entry | undefined;
  /** By `replaces` key: the youngest message. */
  #keys: Map<string, Entry> | undefined;
  /** Those in flight, oldest first. */
  readonly #flights = new Map<Entry, Flight>();
  #pause: { readonly stop: Stop; readonly demanded: boolean } | undefined;
  #failures = 0;

  constructor(route: StoredMessage['route'], channel: string, outbox: Dispatcher) {
    this.route = route;
    this.channel = channel;
    this.#outbox = outbox;
  }

  /** What it has in common with the other lanes of its route; peer messages go through a socket of ours, and need none. */
  get #outage(): Outage | undefined {
    return this.route === 'server' ? this.#outbox.outage : undefined;
  }

  /** Whether no message is left. */
  get empty(): boolean {
    return this.#entries.size === 0;
  }

  /** Whether its last message needs its own tab's connection: what comes behind must not overtake it through another tab. */
  get bound(): boolean {
    this.entries();
    const record = this.#last?.message.record;
    return record?.tab !== undefined && record.means === undefined;
  }

  /** The messages, oldest first. */
  entries(): Iterable<Entry> {
    if (this.#disordered) {
      this.#disordered = false;
      const flying = [...this.#flights.keys()].filter((entry) => this.#entries.has(entry));
      // Stable, and what is in flight stays first. Of two with one number the older was replaced, and a crash kept both.
      const rank = ({ message: { record } }: Entry): number => record.sequence;
      const age = ({ message: { record } }: Entry): number => record.createdAt;
      const waiting = [...this.#entries].filter((entry) => !this.#flights.has(entry));
      const ordered = [...flying, ...waiting.sort((a, b) => rank(a) - rank(b) || age(a) - age(b))];
      this.#entries = new Set(ordered);
      this.#last = ordered[ordered.length - 1];
    }
    return this.#entries;
  }

  /** The waiting message whose place a newer one with this `replaces` key takes. */
  waitingFor(key: string): Entry | undefined {
    const entry = this.#keys?.get(key);
    const state = entry?.message.state;
    return state === 'waiting' || state === 'storing' ? entry : undefined;
  }

  /** Puts a message where its number belongs: mostly behind all others, but other tabs may tell of older ones. */
  add(entry: Entry): void {
    const { sequence, replaces } = entry.message.record;
    const last = this.#last?.message.record.sequence;
    this.#entries.add(entry);
    if (last !== undefined && sequence < last) this.#disordered = true;
    else this.#last = entry;
    if (replaces !== undefined) {
      this.#keys ??= new Map();
      this.#keys.set(replaces, entry);
    }
  }

  /** The message has another number, and is the youngest with its key. */
  moved(entry: Entry): void {
    this.#disordered = true;
    const { replaces } = entry.message.record;
    if (replaces !== undefined) this.#keys?.set(replaces, entry);
  }

  /** Whether it is this lane that is offering the message now. */
  offers(entry: Entry): boolean {
    return this.#flights.has(entry);
  }

  /** Takes a message out; when it is in flight, its attempt is cancelled and whatever comes of it is dropped. */
  remove(entry: Entry): void {
    if (!this.#entries.delete(entry)) return;
    if (this.#last === entry) this.#last = this.empty ? undefined : [...this.entries()].pop();
    const key = entry.message.record.replaces;
    if (key !== undefined && this.#keys?.get(key) === entry) this.#keys.delete(key);
    // Not before it is out: who waited for the attempt may go on at once.
    this.#flights.get(entry)?.cancel();
    if (!this.empty) return;
    this.stop();
    this.#failures = 0;
    this.#outage?.left(this);
  }

  /** Offers the oldest message if that is possible now. Called whenever anything changed. */
  advance(): void {
    const publisher = this.#outbox.publisher(this.route);
    for (;;) {
      const entry = this.#next();
      if (entry === undefined || entry.message.state === 'storing') break;
      if (this.#flights.size > 0 && !publisher?.joins?.(entry.message.record, true)) break;
      const { record, error, withdrawn, state } = entry.message;
      if (withdrawn && state === 'waiting') {
        this.#outbox.reject(entry, abortedError(record, 'was withdrawn.'));
        continue;
      }
      if (entry.deadline <= this.#outbox.watch.elapsed()) {
        this.#outbox.reject(entry, expiredError(record, error));
        continue;
      }
      if (publisher === undefined || this.#pause !== undefined || !this.#outbox.canSend(entry)) break;
      this.#offer(entry, publisher);
    }
    if (this.#flights.size === 0) this.#outbox.rested(this);
  }

  /** The oldest message that is not in flight. */
  #next(): Entry | undefined {
    for (const entry of this.entries()) if (!this.#flights.has(entry)) return entry;
    return undefined;
  }

  /** Forgets our own backoff, for circumstances have changed; a wait that the server asked for stays. */
  hurry(): void {
    this.#failures = 0;
    if (!this.#pause?.demanded) this.#resume();
    this.advance();
  }

  /** Forgets any wait: somebody insists. */
  insist(): void {
    this.#failures = 0;
    this.#resume();
    this.#outage?.insist(this);
    this.advance();
  }

  /** Tells the publisher to let go of what it holds; if it does, that was no attempt. */
  interrupt(): void {
    for (const flight of this.#flights.values()) flight.interrupt();
  }

  /** Cancels what is in flight and leaves no timer. */
  stop(): void {
    for (const flight of [...this.#flights.values()]) flight.cancel();
    this.#resume();
  }

  #offer(entry: Entry, publisher: RoutePublisher): void {
    const outbox = this.#outbox;
    outbox.step(entry, { type: 'offered' });
    const outage = this.#outage;
    const since = outage?.tick ?? 0;
    const { id, channel, event, data } = entry.message.record;
    const message = { id, channel, event, data };
    try {
      const acceptance = publisher.immediately?.(message);
      if (acceptance !== undefined) {
        this.#succeeded(entry, acceptance, since);
        return;
      }
    } catch (error) {
      this.#failed(entry, error, { interrupted: false, since });
      return;
    }
    outage?.departed(this);
    const alone = outage?.isSingledOut(this) === true;
    // Who joins others makes no request.
    const joins = !alone && publisher.joins?.(entry.message.record, this.#flights.size > 0) === true;
    const isPaced = this.route === 'server' && !joins;
    const controller = new AbortController();
    let stopDeadline: Stop = () => {};
    let interrupted = false;
    // A late answer, after a deadline or a discard, finds another flight or none, and is dropped.
    const finish = (conclude?: () => void): void => {
      if (this.#flights.get(entry) !== flight) return;
      stopDeadline();
      this.#flights.delete(entry);
      conclude?.();
      if (isPaced) outbox.pace.landed();
      if (this.#flights.size === 0) outage?.landed(this);
      if (conclude) this.advance();
    };
    const flight: Flight = {
      cancel: () => {
        finish();
        controller.abort();
      },
      interrupt: () => {
        interrupted = true;
        controller.abort();
      },
    };
    this.#flights.set(entry, flight);
    if (isPaced) outbox.pace.departed();
    // A peer message may wait for its turn as long as the subscription lasts: nothing of it can hang.
    if (this.route === 'server') {
      const { attemptTimeout } = outbox;
      stopDeadline = outbox.watch.after(attemptTimeout, () => {
        const error = noAnswerError(entry.message.record, attemptTimeout);
        finish(() => this.#failed(entry, error, { interrupted: false, since }));
        controller.abort();
      });
    }
    const answered = (acceptance: unknown): void =>
      finish(() => this.#succeeded(entry, readAcceptance(acceptance), since));
    const refused = (reason: unknown): void =>
      finish(() => this.#failed(entry, reason, { interrupted, since }));
    const publish = async (): Promise<Acceptance> =>
      alone && publisher.publishAlone !== undefined
        ? publisher.publishAlone(message, controller.signal)
        : publisher.publish(message, controller.signal);
    // An application's publisher may answer with no promise at all, or throw.
    publish().then(answered, refused);
  }

  #succeeded(entry: Entry, acceptance: Acceptance, since: number): void {
    this.#failures = 0;
    this.#outage?.answered(this, since);
    this.#outbox.accept(entry, acceptance);
  }

  #failed(
    entry: Entry,
    reason: unknown,
    { interrupted, since }: { readonly interrupted: boolean; readonly since: number },
  ): void {
    const { record, withdrawn } = entry.message;
    const error = isRealtimeError(reason) ? reason : unexplainedError(record, reason);
    if (withdrawn || (!interrupted && !error.retryable)) {
      this.#failures = 0;
      // Whoever says no is there.
      if (!error.retryable && error.status !== undefined) this.#outage?.answered(this, since);
      this.#outbox.reject(entry, error);
      return;
    }
    if (interrupted) this.#outbox.step(entry, { type: 'interrupted' });
    else {
      this.#outbox.step(entry, { type: 'failed', error });
      if (this.#pause === undefined && !this.#outage?.failed(this, error.retryAfter))
        this.#rest(error.retryAfter);
    }
    this.#outbox.delay(entry);
  }

  /** Nothing is offered for a while. */
  #rest(retryAfter: number | undefined): void {
    const { backoff: curve, random, watch } = this.#outbox;
    const wait = backoff(this.#failures, curve, random, retryAfter);
    this.#failures += 1;
    const stop = watch.after(wait, () => {
      this.#pause = undefined;
      this.advance();
    });
    this.#pause = { stop, demanded: retryAfter !== undefined };
  }

  #resume(): void {
    this.#pause?.stop();
    this.#pause = undefined;
  }
}

/** What a publisher of the application's own may answer with: it did not refuse, so whatever it says, the message is accepted. */
function readAcceptance(answer: unknown): Acceptance {
  const { level, eventId } = (answer ?? {}) as { readonly level?: unknown; readonly eventId?: unknown };
  const known = level === 'written' || level === 'delivered' ? level : 'accepted';
  return typeof eventId === 'string' ? { level: known, eventId } : { level: known };
}
