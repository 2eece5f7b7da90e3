import { ConnectionError, isRealtimeError, RealtimeError } from '../errors';
import type { Clock, Network, Transport, TransportSignal } from '../ports';
import { backoff } from '../support/backoff';
import { type Deferred, deferred } from '../support/deferred';
import { Store } from '../support/store';
import type { ConnectionState, ConnectionStatus, ReadableStore, Stop } from '../types';
import { closeReaction, explainClose } from './close-code';

/** A dial that has not succeeded after so long is given up. */
const attemptTimeout = 10_000;
/** The exponent of the curve is forgotten once a connection has held so long. */
const stableAfter = 30_000;
/** So much silence makes us ask for a sign of life, which has `pongTimeout` to come: a dead link is found within 20 s. */
const silenceLimit = 15_000;
const pongTimeout = 5_000;
/** A timer that is later than this tells that the machine slept, and that what it waited for may still be in the queue. */
const sleepSlack = 2_000;
/** The curve: full jitter, gentle with the user for the first two minutes of an outage, then with the server. */
const curve = { base: 1_000, cap: 15_000 };
const longOutage = 120_000;
const longOutageCap = 30_000;
/** 4004, over quota: from one to five minutes. */
const slowCurve = { base: 60_000, cap: 240_000 };

/** What the connection works with. */
export interface ConnectionParts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly network: Network;
  readonly random: () => number;
  /** Gets each signal of the current dial, and a `closed` for each end of one however it came about. */
  readonly receive: (signal: TransportSignal) => void;
  /** Gets a token other than the one that the server refused with 4009. */
  readonly renewToken: () => Promise<void>;
  /** Gets a `ConnectionError` when a connection cannot be had: once an outage, and when we give up. */
  readonly report: (error: RealtimeError) => void;
  /** Told of each dial. */
  readonly dialled: () => void;
  /** Told how long the server took to answer a ping, in milliseconds. */
  readonly roundTrip: (milliseconds: number) => void;
}

/** The status, the dialling schedule, the watch for a dead link. */
export class Connection {
  readonly #parts: ConnectionParts;
  readonly #status: Store<ConnectionStatus>;
  #wanted = false;
  #destroyed = false;
  /** Names the current dial; whatever carries an older number is over. */
  #epoch = 0;
  /** Failures since the last stable connection: the exponent of the curve. */
  #failures = 0;
  #attempt = 0;
  #outageSince: number | undefined;
  #reported = false;
  #renewed = false;
  #everOpened = false;
  #openedAt = 0;
  #dialledAt = Number.NEGATIVE_INFINITY;
  #lastSeen = 0;
  #idleLimit = silenceLimit;
  #pingedAt: number | undefined;
  /** Nothing came in since the last ping. */
  #silent = false;
  #stopTimer: Stop = () => {};
  #stopWatching: Stop | undefined;
  #waiting: Deferred<void>[] = [];

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#status = new Store<ConnectionStatus>(
      { state: 'idle', since: parts.clock.now(), attempt: 0 },
      (cause) => parts.report(new RealtimeError('listener', 'A status listener threw', { cause })),
    );
  }

  get status(): ReadableStore<ConnectionStatus> {
    return this.#status;
  }

  /** When the server was last heard, in milliseconds since 1970. */
  get lastSeen(): number {
    return this.#lastSeen;
  }

  /** False before the first `connect()` and after a `disconnect()`. */
  get wanted(): boolean {
    return this.#wanted;
  }

  connect(): Promise<void> {
    if (this.#destroyed)
      return Promise.reject(new ConnectionError('The client is destroyed; create another one.'));
    const { state } = this.#status.get();
    if (state === 'connected') return Promise.resolve();
    const waiting = deferred<void>();
    this.#waiting.push(waiting);
    // Nobody need wait: who only says "connect" listens to the status, and must not meet an unhandled rejection.
    waiting.promise.catch(() => {});
    const { clock, network } = this.#parts;
    if (state === 'idle' || state === 'failed') {
      this.#wanted = true;
      this.#begin();
      this.#stopWatching ??= network.watch((change) => this.#networkChanged(change));
      if (network.online()) this.#dial();
      else this.#set('offline');
    } else if (this.#status.get().retryAt !== undefined && clock.now() - this.#dialledAt >= 1_000) {
      // "Now, please" - but not in a loop with our own status events.
      this.#dial();
    }
    return waiting.promise;
  }

  /** Final, whatever state we are in and wherever it is called: nothing dials again until `connect()`. */
  disconnect(): void {
    if (!this.#wanted && this.#status.get().state === 'idle') return;
    this.#wanted = false;
    this.#stopWatching?.();
    this.#stopWatching = undefined;
    this.#hangUp();
    this.#begin();
    this.#set('idle');
    this.#settle((waiting) =>
      waiting.reject(new RealtimeError('aborted', 'disconnect() was called before the connection was there')),
    );
  }

  /** `disconnect()`, and nothing ever again. */
  destroy(): void {
    this.disconnect();
    this.#destroyed = true;
  }

  #begin(): void {
    this.#failures = 0;
    this.#attempt = 0;
    this.#outageSince = undefined;
    this.#reported = false;
    this.#renewed = false;
    this.#everOpened = false;
  }

  #set(state: ConnectionState, more: Partial<ConnectionStatus> = {}): void {
    const before = this.#status.get();
    const since = before.state === state ? before.since : this.#parts.clock.now();
    this.#status.set({ state, since, attempt: this.#attempt, ...more });
  }

  #settle(end: (waiting: Deferred<void>) => void): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) end(each);
  }

  /** Ends whatever dial or connection there is, and tells those above if it was open to them. */
  #hangUp(reason?: string): void {
    const wasLive = this.#status.get().state === 'connected';
    this.#epoch += 1;
    this.#stopTimer();
    this.#pingedAt = undefined;
    this.#parts.transport.close();
    if (wasLive) this.#parts.receive({ type: 'closed', ...(reason === undefined ? undefined : { reason }) });
  }

  #dial(): void {
    this.#stopTimer();
    const { clock, transport } = this.#parts;
    const epoch = ++this.#epoch;
    this.#attempt += 1;
    this.#dialledAt = clock.now();
    this.#outageSince ??= this.#dialledAt;
    this.#parts.dialled();
    this.#set(this.#everOpened || this.#attempt > 1 ? 'reconnecting' : 'connecting');
    // A status listener may have called disconnect().
    if (epoch !== this.#epoch) return;
    this.#stopTimer = clock.after(attemptTimeout, () =>
      this.#lost(undefined, 'The server did not answer within 10 s.'),
    );
    try {
      transport.open((signal) => {
        if (epoch === this.#epoch) this.#hear(signal);
      });
    } catch (error) {
      this.#fail(
        isRealtimeError(error)
          ? error
          : new ConnectionError('The transport could not dial', { cause: error }),
      );
    }
  }

  #hear(signal: TransportSignal): void {
    this.#lastSeen = this.#parts.clock.now();
    this.#silent = false;
    switch (signal.type) {
      case 'closed':
        this.#lost(signal.code, signal.reason);
        return;
      case 'opened': {
        const epoch = this.#epoch;
        this.#stopTimer();
        this.#openedAt = this.#lastSeen;
        this.#everOpened = true;
        this.#idleLimit = Math.min(silenceLimit, signal.idleLimit);
        this.#set('connected', { socketId: signal.socketId });
        if (epoch !== this.#epoch) return;
        this.#watch();
        this.#parts.receive(signal);
        this.#settle((waiting) => waiting.resolve());
        return;
      }
      case 'pong':
        if (this.#pingedAt !== undefined) this.#parts.roundTrip(this.#lastSeen - this.#pingedAt);
        this.#pingedAt = undefined;
        break;
    }
    this.#parts.receive(signal);
  }

  #lost(code: number | undefined, reason: string | undefined): void {
    const { clock, transport, receive } = this.#parts;
    const now = clock.now();
    const wasLive = this.#status.get().state === 'connected';
    if (wasLive && now - this.#openedAt >= stableAfter) this.#begin();
    if (wasLive) this.#everOpened = true;
    this.#outageSince ??= now;
    const epoch = ++this.#epoch;
    this.#stopTimer();
    this.#pingedAt = undefined;
    transport.close();
    const because = explainClose(code, reason);
    const reaction = closeReaction(code);
    // 4009 says that the token is not good: one renewal is worth a try, a second is not.
    const renews = reaction === 'renew' && !this.#renewed;
    const final = reaction === 'never' || (reaction === 'renew' && !renews);
    if (!final) {
      const wait = this.#wait(reaction);
      this.#failures += 1;
      this.#set('reconnecting', { reason: because, retryAt: now + wait });
      if (epoch === this.#epoch) {
        this.#stopTimer = clock.after(wait, () => (renews ? this.#renewAndDial() : this.#dial()));
      }
    }
    if (wasLive) receive({ type: 'closed', ...(code === undefined ? undefined : { code }), reason: because });
    const details = code === undefined ? {} : { status: code };
    if (final) {
      if (epoch === this.#epoch) this.#fail(new ConnectionError(because, details));
    } else if (!wasLive && !this.#reported) {
      this.#reported = true;
      this.#parts.report(new ConnectionError(because, { ...details, retryable: true }));
    }
  }

  #wait(reaction: ReturnType<typeof closeReaction>): number {
    const { clock, random } = this.#parts;
    if (reaction === 'slowly') return 60_000 + backoff(this.#failures, slowCurve, random);
    if (reaction === 'at-once' && this.#failures === 0) return 0;
    const long = clock.now() - (this.#outageSince ?? clock.now()) >= longOutage;
    const wait = backoff(this.#failures, long ? { ...curve, cap: longOutageCap } : curve, random);
    return reaction === 'later' ? 1_000 + wait : wait;
  }

  #renewAndDial(): void {
    const epoch = this.#epoch;
    this.#renewed = true;
    this.#parts.renewToken().then(
      () => {
        if (epoch === this.#epoch) this.#dial();
      },
      (cause: unknown) => {
        if (epoch === this.#epoch)
          this.#fail(new ConnectionError(explainClose(4009, undefined), { status: 4009, cause }));
      },
    );
  }

  #fail(error: RealtimeError): void {
    this.#epoch += 1;
    this.#stopTimer();
    this.#parts.transport.close();
    this.#wanted = false;
    this.#stopWatching?.();
    this.#stopWatching = undefined;
    this.#set('failed', { reason: error.message });
    this.#settle((waiting) => waiting.reject(error));
    this.#parts.report(error);
  }

  #watch(): void {
    const { clock } = this.#parts;
    const silence = clock.now() - this.#lastSeen;
    this.#stopTimer = clock.after(Math.max(this.#idleLimit - silence, 0), () => {
      if (clock.now() - this.#lastSeen < this.#idleLimit) this.#watch();
      else this.#probe();
    });
  }

  /** Asks the server for a sign of life; whatever it sends counts. */
  #probe(): void {
    const { clock, transport } = this.#parts;
    this.#stopTimer();
    const asked = clock.now();
    this.#pingedAt = asked;
    this.#silent = true;
    transport.ping();
    this.#stopTimer = clock.after(pongTimeout, () => {
      const late = clock.now() - asked > pongTimeout + sleepSlack;
      this.#pingedAt = undefined;
      if (!this.#silent) this.#watch();
      else if (late) this.#probe();
      else this.#lost(undefined, 'The server gave no sign of life for too long.');
    });
  }

  #networkChanged(change: 'online' | 'offline' | 'resumed'): void {
    const { clock, random } = this.#parts;
    const { state, retryAt } = this.#status.get();
    if (change === 'offline') {
      if (state === 'offline') return;
      this.#hangUp('The device is offline.');
      if (this.#wanted) this.#set('offline', { reason: 'The device is offline.' });
    } else if (state === 'connected') {
      if (this.#pingedAt === undefined) this.#probe();
    } else if (
      state === 'offline' ? change === 'online' : retryAt !== undefined && retryAt - clock.now() > 1_000
    ) {
      // Within a second, and not all at the same moment: a whole office gets its network back at once.
      const wait = backoff(0, curve, random);
      if (change === 'online') this.#failures = 0;
      this.#stopTimer();
      this.#set('reconnecting', { retryAt: clock.now() + wait });
      this.#stopTimer = clock.after(wait, () => this.#dial());
    }
  }
}
