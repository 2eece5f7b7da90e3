import { AuthenticationError, ConnectionError, isRealtimeError, RealtimeError } from '../errors';
import type { Recorder } from '../figures';
import type { Clock, Network } from '../ports';
import { type Deferred, deferred } from '../support/deferred';
import { patientTimer } from '../support/patient-timer';
import type { Reports } from '../support/reports';
import type { Transport, TransportSignal } from '../transport-port';
import type { ConnectionState, ConnectionStatus, ConnectionTrouble, ReadableStore, Stop } from '../types';
import { blamesMessage, closeReaction, explainClose, troubleOf } from './codes';
import { Dial } from './dial';
import { DialDeadline } from './dial-deadline';
import { DiallingSchedule } from './dialling-schedule';
import { offline, type Status } from './status';

/** The curve starts anew once a connection has held so long. */
const stableAfter = 30_000;
/** What is asked for more often than this, by `connect()` or by a network that flaps, does not begin a dial anew. */
const soonest = 1_000;

/** What the connection works with. */
export interface ConnectionParts {
  /** Where it is told. It may say already that we are dialling: see `connect()`. */
  readonly status: Status;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly network: Network;
  /** Whether the server is this machine, which needs no network. */
  readonly local: boolean;
  readonly random: () => number;
  /** Gets each signal of the current dial, and one `closed` for each `opened` however the connection ended. */
  readonly receive: (signal: TransportSignal) => void;
  /** Gets a token other than the one that the server refused with 4009; undefined where there are none. */
  readonly renewToken: (() => Promise<void>) | undefined;
  /** Gets a `ConnectionError` when a connection cannot be had: once an outage, and when we give up. */
  readonly reports: Pick<Reports, 'error' | 'log'>;
  readonly recorder: Pick<Recorder, 'dialled' | 'roundTrip'> | undefined;
  /** Told that the link may be dead, before it is asked: until a `pong` or another `opened` nothing should go that way that nobody confirms. */
  readonly doubted: () => void;
}

/** Why we are in a state, and when we dial next. */
interface Circumstances {
  readonly reason?: string;
  readonly trouble?: ConnectionTrouble;
  readonly retryAt?: number;
  readonly code?: number | undefined;
}

/** The status, and the dials and waits that it goes through. */
export class Connection {
  readonly #parts: ConnectionParts;
  readonly #status: Status;
  readonly #schedule: DiallingSchedule;
  readonly #deadline = new DialDeadline();
  /** The dial or connection that there is. */
  #dial: Dial | undefined;
  #lastSeen = 0;
  /** Moves with every dial, wait and end: each call of foreign code may begin something else, and then ours is over. */
  #epoch = 0;
  /** Those above know that the connection is there. */
  #live = false;
  #everOpened = false;
  /** The server answered although the device says that it is offline: the device is wrong. */
  #proven = false;
  #dialledAt = 0;
  #reported = false;
  /** The token that the server accepts or not is a renewed one. */
  #renewed = false;
  /** What ends the wait, while there is one. */
  #redial: (() => void) | undefined;
  /** The wait is one of minutes, for which the server asked. */
  #patient = false;
  #stopTimer: Stop = () => {};
  #stopWatchingNetwork: Stop | undefined;
  /** What everybody waits for who asked for a connection, and who asked for a measurement. */
  #waiting: Deferred<void> | undefined;
  #measuring: Deferred<number> | undefined;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#status = parts.status;
    this.#schedule = new DiallingSchedule(parts.random);
  }

  get status(): ReadableStore<ConnectionStatus> {
    return this.#status;
  }

  /** When the server was last heard, in milliseconds since 1970. */
  get lastSeen(): number {
    return this.#dial?.lastHeard ?? this.#lastSeen;
  }

  /** Dials. `loads`: how often the code was asked for before it came, in dials that the status tells already. */
  connect(loads = 0): Promise<void> {
    const { clock, network } = this.#parts;
    const { state, retryAt } = this.#status.get();
    if (state === 'connected') return Promise.resolve();
    this.#waiting ??= deferred<void>();
    const { promise } = this.#waiting;
    // Nobody need wait: who only says "connect" listens to the status, and must not meet an unhandled rejection.
    promise.catch(() => {});
    const sinceDial = Math.abs(clock.now() - this.#dialledAt);
    if (this.#stopWatchingNetwork === undefined) {
      this.#startOver();
      this.#schedule.dialledBefore(loads - 1);
      this.#everOpened = false;
      this.#stopWatchingNetwork = network.watch((change) => this.#networkChanged(change));
      // Offline or not: the device may be wrong, and whoever asks wants it tried.
      this.#begin(loads > 0);
    } else if (state === 'offline' && this.#live) {
      this.#dial?.probe();
    } else if (sinceDial >= soonest) {
      // "Now, please" - but not in a loop with our own status events.
      this.#redial?.();
    } else if (state === 'offline' && this.#redial !== undefined) {
      const soon = soonest - sinceDial;
      if ((retryAt ?? 0) - clock.now() > soon) this.#wait(soon, this.#redial, offline);
    }
    return promise;
  }

  /** Final, whatever state we are in and wherever it is called: nothing dials again until `connect()`. */
  disconnect(): void {
    if (this.#status.get().state === 'idle') return;
    const waiting = this.#giveUp();
    this.#startOver();
    this.#leave('idle');
    waiting?.reject(
      new RealtimeError('aborted', 'The client was disconnected or destroyed before it had connected.'),
    );
  }

  /** Measures the round trip now; resolves with it, in milliseconds. Rejects when there is no connection, or it ends meanwhile. */
  ping(): Promise<number> {
    const dial = this.#dial;
    if (!this.#live || dial === undefined)
      return Promise.reject(new ConnectionError('There is no connection to measure.', { retryable: true }));
    this.#measuring ??= deferred<number>();
    const { promise } = this.#measuring;
    dial.probe();
    return promise;
  }

  #startOver(): void {
    this.#schedule.reset();
    this.#reported = false;
    this.#renewed = false;
    this.#proven = false;
  }

  /** The device says that there is no network, and nothing proves otherwise. */
  get #offline(): boolean {
    return !this.#parts.local && !this.#proven && !this.#parts.network.online();
  }

  /** Nobody dials any more; returns the promise that is still owed. That of a `connect()` that follows is another one. */
  #giveUp(): Deferred<void> | undefined {
    this.#stopWatchingNetwork?.();
    this.#stopWatchingNetwork = undefined;
    return this.#owed();
  }

  #owed(): Deferred<void> | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }

  #set(state: ConnectionState, more: Partial<ConnectionStatus> = {}): void {
    this.#status.become(state, { attempt: this.#schedule.attempts, ...more });
  }

  /** Ends the dial, connection or wait that there is. False when a listener has begun something else meanwhile. */
  #leave(state: ConnectionState, { code, ...more }: Circumstances = {}): boolean {
    const epoch = ++this.#epoch;
    const wasLive = this.#live;
    this.#live = false;
    this.#redial = undefined;
    this.#patient = false;
    this.#stopTimer();
    this.#lastSeen = this.lastSeen;
    this.#dial?.end();
    this.#dial = undefined;
    this.#measuring?.reject(
      new ConnectionError('The connection ended before the server answered.', { retryable: true }),
    );
    this.#measuring = undefined;
    this.#set(state, more);
    if (wasLive) this.#parts.receive({ type: 'closed', code, reason: more.reason });
    return epoch === this.#epoch;
  }

  #begin(told = false): void {
    const { transport, clock, receive, reports, recorder } = this.#parts;
    const epoch = ++this.#epoch;
    const state = this.#dialling;
    this.#stopTimer();
    this.#redial = undefined;
    const dial = new Dial({
      transport,
      clock,
      deadline: this.#deadline.milliseconds,
      receive,
      opened: (socketId, idleLimit) => this.#opened(socketId, idleLimit),
      lost: (code, reason, late) => this.#lost(code, reason, late),
      unusable: (error) => this.#fail(error),
      roundTrip: (milliseconds) => this.#measured(milliseconds),
      alive: () => this.#alive(),
    });
    this.#dialledAt = clock.now();
    this.#schedule.dialled(this.#dialledAt);
    if (!told || state !== this.#status.get().state) this.#set(state, state === 'offline' ? offline : {});
    if (epoch !== this.#epoch) return;
    recorder?.dialled();
    reports.log('debug', 'Dialling');
    if (epoch !== this.#epoch) return;
    this.#dial = dial;
    try {
      dial.start();
    } catch (cause) {
      if (epoch !== this.#epoch) return;
      this.#fail(
        isRealtimeError(cause) ? cause : new ConnectionError('The transport cannot dial', { cause }),
      );
    }
  }

  /** The word for a dial, and for the wait before it. */
  get #dialling(): ConnectionState {
    if (this.#offline) return 'offline';
    return this.#everOpened || this.#schedule.attempts > 0 ? 'reconnecting' : 'connecting';
  }

  #opened(socketId: string, idleLimit: number): void {
    const { clock, network } = this.#parts;
    const epoch = this.#epoch;
    this.#everOpened = true;
    this.#deadline.met(clock.now() - this.#dialledAt);
    this.#proven = !network.online();
    this.#set('connected', { socketId });
    if (epoch !== this.#epoch) return;
    this.#live = true;
    this.#parts.receive({ type: 'opened', socketId, idleLimit });
    if (epoch === this.#epoch) this.#owed()?.resolve();
  }

  #measured(milliseconds: number): void {
    this.#parts.recorder?.roundTrip(milliseconds);
    this.#measuring?.resolve(milliseconds);
    this.#measuring = undefined;
  }

  /** The server answered on a connection that the device says cannot be. */
  #alive(): void {
    const { state, socketId } = this.#status.get();
    if (!this.#live || state !== 'offline' || socketId === undefined) return;
    const epoch = this.#epoch;
    this.#proven = true;
    this.#set('connected', { socketId });
    if (epoch === this.#epoch) this.#owed()?.resolve();
  }

  #lost(code: number | undefined, why: string | undefined, late: boolean): void {
    if (late) this.#deadline.missed();
    const now = this.#parts.clock.now();
    const wasLive = this.#live;
    const openedAt = this.#dial?.openedAt;
    if (openedAt !== undefined && now - openedAt >= stableAfter) this.#startOver();
    const reason = explainClose(code, why);
    const reaction = closeReaction(code);
    const error = new ConnectionError(reason, { status: code, retryable: true });
    const { renewToken } = this.#parts;
    // 4009 says that the token is not good: one renewal is worth a try, a second is not.
    const renew = reaction === 'renew' && !this.#renewed ? renewToken : undefined;
    if (reaction === 'never' || (reaction === 'renew' && renew === undefined)) {
      const cause = reaction === 'renew' ? new AuthenticationError(reason, { status: code }) : undefined;
      this.#fail(new ConnectionError(reason, { status: code, cause }), troubleOf(reaction));
      return;
    }
    const dark = this.#offline;
    const redial = renew === undefined ? () => this.#begin() : () => this.#renewAndDial(renew, error);
    const curve = this.#schedule.failed(reaction, now);
    const wait = dark && reaction !== 'slowly' ? this.#schedule.offline() : curve;
    const circumstances = dark ? { ...offline, code } : { reason, trouble: troubleOf(reaction), code };
    if (!this.#wait(wait, redial, circumstances)) return;
    this.#patient = reaction === 'slowly';
    // That a connection was lost is no error yet: that there is no other is one.
    // That the device is offline is in the status, and is nobody's fault.
    if (!this.#reported && !dark && (!wasLive || this.#schedule.failures > 1)) {
      this.#reported = true;
      this.#parts.reports.error(error);
    } else if (blamesMessage(code)) this.#parts.reports.error(error);
  }

  /** Ends what there is and calls `redial` in so many milliseconds. False when a listener has begun something else meanwhile. */
  #wait(milliseconds: number, redial: () => void, circumstances: Circumstances): boolean {
    const { clock } = this.#parts;
    const retryAt = clock.now() + milliseconds;
    if (!this.#leave(this.#dialling, { ...circumstances, retryAt })) return false;
    this.#redial = redial;
    this.#stopTimer = patientTimer(clock, milliseconds, redial);
    return true;
  }

  #renewAndDial(renewToken: () => Promise<void>, refusal: ConnectionError): void {
    const { clock } = this.#parts;
    const epoch = ++this.#epoch;
    const { message: reason, status: code } = refusal;
    this.#stopTimer();
    this.#redial = undefined;
    this.#set(this.#dialling, { reason, trouble: 'needs-sign-in' });
    if (epoch !== this.#epoch) return;
    renewToken().then(
      () => {
        if (epoch !== this.#epoch) return;
        this.#renewed = true;
        this.#begin();
      },
      (cause: unknown) => {
        if (epoch !== this.#epoch) return;
        const passing =
          !isRealtimeError(cause) || cause.retryable || cause.code === 'aborted' || cause.code === 'timeout';
        if (!passing) this.#fail(new ConnectionError(reason, { status: code, cause }), 'needs-sign-in');
        else {
          // The application's own trouble with tokens says nothing about the next one: we ask again, on the curve.
          const wait = this.#schedule.failed('again', clock.now());
          this.#wait(wait, () => this.#renewAndDial(renewToken, refusal), {
            reason,
            trouble: 'needs-sign-in',
            code,
          });
        }
      },
    );
  }

  #fail(error: RealtimeError, trouble: ConnectionTrouble = 'refused'): void {
    const waiting = this.#giveUp();
    this.#leave('failed', { reason: error.message, trouble, code: error.status });
    waiting?.reject(error);
    this.#parts.reports.error(error);
  }

  #networkChanged(change: 'online' | 'offline' | 'resumed'): void {
    if (change === 'offline') {
      this.#proven = false;
      this.#deadline.forget();
    }
    if (this.#offline && this.#status.get().state !== 'offline') this.#doubt();
    else if (this.#live) {
      // Whatever we were told, the link itself knows best.
      this.#parts.doubted();
      this.#dial?.probe();
      if (!this.#offline) this.#alive();
    } else if (change !== 'offline') this.#hurry(change);
  }

  /** The device says that it is offline: shown at once. What is open is asked and kept while it answers. */
  #doubt(): void {
    const { socketId, retryAt } = this.#status.get();
    const redial = this.#redial;
    if (this.#live && socketId !== undefined) {
      const epoch = this.#epoch;
      this.#parts.doubted();
      this.#set('offline', { ...offline, socketId });
      if (epoch === this.#epoch) this.#dial?.probe();
    } else if (redial !== undefined && !this.#patient) {
      this.#wait(this.#schedule.offline(), redial, offline);
    } else this.#set('offline', { ...offline, ...(retryAt === undefined ? undefined : { retryAt }) });
  }

  /** The network or the page is back: what waits need not wait longer. */
  #hurry(change: 'online' | 'resumed'): void {
    const { clock } = this.#parts;
    const { state, retryAt, reason } = this.#status.get();
    // Whoever asked us to be patient is not a matter of our network.
    if (this.#patient) return;
    const now = clock.now();
    const redial = this.#redial;
    const stuck = change === 'online' && Math.abs(now - this.#dialledAt) >= soonest;
    const late = state === 'offline' || (retryAt === undefined ? stuck : retryAt - now > soonest);
    if (!late || (this.#dial === undefined && redial === undefined)) {
      // A dial or a renewal is under way, and we are no longer offline.
      if (state === 'offline' && !this.#offline) this.#set(this.#dialling);
      return;
    }
    const wait = change === 'online' ? this.#schedule.renewed() : this.#schedule.soon();
    const known = state === 'offline' || reason === undefined ? {} : { reason };
    this.#wait(wait, redial ?? (() => this.#begin()), this.#offline ? offline : known);
  }
}
