import { isRealtimeError, type RealtimeError } from '../errors';
import type { Acceptance, Clock, Publisher, StoredMessage } from '../ports';
import { type BackoffOptions, backoff } from '../support/backoff';
import type { Stop } from '../types';
import type { Entry } from './entry';
import { expiredError, noAnswerError, unexplainedError } from './errors';

/** What a lane needs, and whom it tells. */
export interface LaneSettings {
  readonly route: 'server' | 'peer';
  readonly channel: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly backoff: BackoffOptions;
  /** How long a publisher may take, in milliseconds; `undefined`: as long as it wants. */
  readonly attemptTimeout: number | undefined;
  /** Takes the messages to the server or the socket; without one they wait. */
  readonly publisher: Publisher | undefined;
  /** Whether it makes sense to offer this message now. */
  isOpen(message: StoredMessage): boolean;
  /** A message is being offered, and is not any more. */
  departed(): void;
  landed(): void;
  /** Something that applications see of the entry is different now. */
  changed(entry: Entry): void;
  /** Offered and taken. The entry has left the lane. */
  accepted(entry: Entry, acceptance: Acceptance): void;
  /** Offered and refused for good, or too old to be offered. The entry has left the lane. */
  rejected(entry: Entry, error: RealtimeError): void;
  /** Offered in vain; it stays first, and is offered again. */
  delayed(entry: Entry): void;
  /** Nothing is in flight and nothing can go on now. */
  rested(lane: OutboxLane): void;
}

/** One channel's messages on one route, oldest first, at most one of them in flight. */
export class OutboxLane {
  readonly #settings: LaneSettings;
  // Linked, because messages leave from the middle too and thousands may wait.
  #first: Entry | undefined;
  #last: Entry | undefined;
  readonly #keys = new Map<string, Entry>();
  #flight: { readonly entry: Entry; readonly cancel: Stop; readonly interrupt: () => void } | undefined;
  #pause: { readonly stop: Stop; readonly demanded: boolean } | undefined;
  #failures = 0;

  constructor(settings: LaneSettings) {
    this.#settings = settings;
  }

  /** Which way its messages go. */
  get route(): 'server' | 'peer' {
    return this.#settings.route;
  }

  /** Where its messages go. */
  get channel(): string {
    return this.#settings.channel;
  }

  /** Whether its last message is bound to this tab; what comes behind it must not overtake it through another one. */
  get bound(): boolean {
    return this.#last?.message.tab !== undefined;
  }

  /** Whether no message is left. */
  get empty(): boolean {
    return this.#first === undefined;
  }

  /** The messages, oldest first. */
  *entries(): IterableIterator<Entry> {
    for (let entry = this.#first; entry; entry = entry.next) yield entry;
  }

  /** The youngest message with this `replaces` key, unless it is already being offered. */
  waitingFor(key: string): Entry | undefined {
    const entry = this.#keys.get(key);
    return entry?.state === 'in-flight' ? undefined : entry;
  }

  /** Puts a message where its number belongs: mostly behind all others, but other tabs may tell of older ones. */
  insert(entry: Entry): void {
    let previous = this.#last;
    while (
      previous &&
      previous !== this.#flight?.entry &&
      previous.message.sequence > entry.message.sequence
    ) {
      previous = previous.previous;
    }
    this.#link(entry, previous, previous ? previous.next : this.#first);
  }

  /** Puts `fresh` where `old` is; `old` leaves. */
  replace(old: Entry, fresh: Entry): void {
    this.#unlink(fresh);
    const { previous, next } = old;
    this.#unlink(old);
    this.#link(fresh, previous, next);
  }

  /** Whether it is this lane that is offering the message now. */
  offers(entry: Entry): boolean {
    return this.#flight?.entry === entry;
  }

  /** Takes a message out; when it is in flight, its attempt is cancelled and whatever comes of it is dropped. */
  remove(entry: Entry): void {
    if (this.#flight?.entry === entry) this.#flight.cancel();
    this.#unlink(entry);
    if (this.empty) this.stop();
  }

  /** Offers the oldest message if that is possible now. Called whenever anything changed. */
  advance(): void {
    const { publisher, clock } = this.#settings;
    while (!this.#flight) {
      const entry = this.#first;
      if (entry?.state === 'storing') return;
      if (entry && entry.message.expiresAt <= clock.now()) {
        this.#unlink(entry);
        this.#settings.rejected(entry, expiredError(entry.message, entry.error));
        continue;
      }
      if (entry && publisher && !this.#pause && this.#settings.isOpen(entry.message)) {
        this.#offer(entry, publisher);
      } else break;
    }
    if (!this.#flight) this.#settings.rested(this);
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
    this.advance();
  }

  /** Tells the publisher to let go of the message it holds; if it does, that was no attempt. */
  interrupt(): void {
    this.#flight?.interrupt();
  }

  /** Cancels what is in flight and leaves no timer. */
  stop(): void {
    this.#flight?.cancel();
    this.#resume();
  }

  #offer(entry: Entry, publisher: Publisher): void {
    const { clock, attemptTimeout } = this.#settings;
    const { id, channel, event, data } = entry.message;
    const controller = new AbortController();
    let stopDeadline: Stop = () => {};
    let interrupted = false;
    let over = false;
    // A late answer, after a deadline or a discard, finds `over` and is dropped.
    const finish = (conclude?: () => void): void => {
      if (over) return;
      over = true;
      stopDeadline();
      this.#flight = undefined;
      this.#settings.landed();
      if (!conclude) return;
      conclude();
      this.advance();
    };
    this.#flight = {
      entry,
      cancel: () => {
        finish();
        controller.abort();
      },
      interrupt: () => {
        interrupted = true;
        controller.abort();
      },
    };
    this.#settings.departed();
    entry.state = 'in-flight';
    entry.message = { ...entry.message, attempts: entry.message.attempts + 1 };
    this.#settings.changed(entry);
    if (attemptTimeout !== undefined) {
      stopDeadline = clock.after(attemptTimeout, () => {
        finish(() => this.#failed(entry, noAnswerError(entry.message, attemptTimeout), false));
        controller.abort();
      });
    }
    new Promise<Acceptance>((resolve) => {
      resolve(publisher.publish({ id, channel, event, data }, controller.signal));
    }).then(
      (acceptance) => finish(() => this.#succeeded(entry, acceptance)),
      (reason: unknown) => finish(() => this.#failed(entry, reason, interrupted)),
    );
  }

  #succeeded(entry: Entry, acceptance: Acceptance): void {
    this.#failures = 0;
    this.#unlink(entry);
    this.#settings.accepted(entry, acceptance);
  }

  #failed(entry: Entry, reason: unknown, interrupted: boolean): void {
    const { backoff: curve, random, clock } = this.#settings;
    const error = isRealtimeError(reason) ? reason : unexplainedError(entry.message, reason);
    const final = entry.withdrawn || (!interrupted && !error.retryable);
    if (final) {
      this.#failures = 0;
      this.#unlink(entry);
      this.#settings.rejected(entry, error);
      return;
    }
    entry.state = 'waiting';
    if (interrupted) {
      entry.message = { ...entry.message, attempts: entry.message.attempts - 1 };
    } else {
      entry.error = error;
      const demanded = error.retryAfter !== undefined;
      const wait = error.retryAfter ?? backoff(this.#failures, curve, random);
      this.#failures += 1;
      const stop = clock.after(wait, () => {
        this.#pause = undefined;
        this.advance();
      });
      this.#pause = { stop, demanded };
    }
    this.#settings.changed(entry);
    this.#settings.delayed(entry);
  }

  #resume(): void {
    this.#pause?.stop();
    this.#pause = undefined;
  }

  #has(entry: Entry): boolean {
    return this.#first === entry || entry.previous !== undefined;
  }

  #link(entry: Entry, previous: Entry | undefined, next: Entry | undefined): void {
    entry.previous = previous;
    entry.next = next;
    if (previous) previous.next = entry;
    else this.#first = entry;
    if (next) next.previous = entry;
    else this.#last = entry;
    if (entry.message.replaces !== undefined) this.#keys.set(entry.message.replaces, entry);
  }

  #unlink(entry: Entry): void {
    if (!this.#has(entry)) return;
    const { previous, next } = entry;
    if (previous) previous.next = next;
    else this.#first = next;
    if (next) next.previous = previous;
    else this.#last = previous;
    entry.previous = undefined;
    entry.next = undefined;
    const key = entry.message.replaces;
    if (key !== undefined && this.#keys.get(key) === entry) this.#keys.delete(key);
  }
}
