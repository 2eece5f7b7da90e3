import { PublishError, RealtimeError } from '../errors';
import type { Acceptance, Clock, OutboundMessage } from '../ports';
import { type Deferred, deferred } from '../support/deferred';
import type { Transport } from '../transport-port';
import type { Stop } from '../types';
import type { RoutePublisher } from './lane';
import { RecentTimes } from './recent-times';
import type { SpareEvents } from './spare-events';

/** What the peer publisher needs. */
export interface PeerPublisherSettings {
  /** Writes to the socket. Its pongs come back through `ponged`. */
  readonly transport: Pick<Transport, 'send' | 'ping'>;
  /** Time. */
  readonly clock: Clock;
  /** The most client events in any second of a connection. Pusher's own limit is 10. */
  readonly eventsPerSecond: number;
  /** Told of each message that has to wait for its turn. */
  readonly onWait: () => void;
}

interface Turn {
  readonly message: OutboundMessage;
  readonly done: Deferred<Acceptance>;
}

const written: Acceptance = { level: 'written' };
const second = 1_000;
/** What we keep the limit within, in milliseconds: a little more than the server's second. */
export const span: number = second + 50;
/** A pong that does not come in this time is waited for no longer: the link is dead, and others see to that. */
const pongTimeout = 5_000;
/** What most servers allow in a second. */
const pusherRate = 10;
/** How long we stay slow after a rejection. */
const caution = 60_000;

/**
 * Publishes client events over the socket, never faster than the server allows: what is too much waits for its turn.
 * It resolves with level `written`, which proves nothing about arrival: the server confirms no client event.
 *
 * Not a bucket that refills while it empties, which lets nearly twice its size through in the first second and earns a
 * rejection: the times of the last sends are kept, and no second ever holds more than the limit. Networks bunch what was
 * spread, though: before the next burst the server is asked for a pong, which tells that the last one has arrived.
 */
export class PeerPublisher implements RoutePublisher {
  readonly #settings: PeerPublisherSettings;
  readonly #turns = new Set<Turn>();
  /** What is written when no message has to wait for it. */
  #spare: SpareEvents | undefined;
  readonly #sent = new RecentTimes(span);
  /** When a message was written last, by the clock on the wall. */
  lastPublished: number = Number.NEGATIVE_INFINITY;
  #limit: number;
  #notBefore = 0;
  #slowUntil = 0;
  #slowedAt = Number.NEGATIVE_INFINITY;
  #stopTimer: Stop | undefined;
  /** Nobody knows whether the link is still there: it was asked. */
  #doubted = false;
  /** Whether anything was written that no pong was asked for. */
  #unproven = false;
  /** When the pong was asked for that the next burst waits for. */
  #pingedAt: number | undefined;

  constructor(settings: PeerPublisherSettings) {
    this.#settings = settings;
    this.#limit = settings.eventsPerSecond;
  }

  /** How many messages wait for their turn. */
  get waiting(): number {
    return this.#turns.size;
  }

  /** Writes the message now, unless it has to wait for its turn; then undefined. Throws a retryable `PublishError` when the socket is not open. */
  immediately(message: OutboundMessage): Acceptance | undefined {
    if (this.#doubted || this.#turns.size > 0 || this.#wait() > 0) return undefined;
    return this.#send(message);
  }

  /** Rejects with a retryable `PublishError` when the socket is not open, with code `aborted` when `signal` aborted first. */
  publish(message: OutboundMessage, signal: AbortSignal): Promise<Acceptance> {
    const turn: Turn = { message, done: deferred() };
    if (signal.aborted) {
      turn.done.reject(this.#aborted(message));
      return turn.done.promise;
    }
    signal.addEventListener('abort', () => this.#abandon(turn), { once: true });
    this.#turns.add(turn);
    this.proceed();
    if (this.#turns.has(turn) && !this.#doubted) this.#settings.onWait();
    return turn.done.promise;
  }

  /** From now on `spare` gets the turns that messages leave. */
  share(spare: SpareEvents): void {
    this.#spare = spare;
  }

  /** Lets go of what waits for a turn to spare, and leaves no timer for it. */
  destroy(): void {
    this.#spare = undefined;
    this.#rest();
  }

  /**
   * The server rejected a client event for its rate (4301): halves the rate for a minute, and waits a second first. Which
   * message it was the server does not say, so it is not repeated. Rejections of one burst count once.
   */
  slowDown(): void {
    const now = this.#settings.clock.now();
    this.#slowUntil = now + caution;
    this.#notBefore = now + second;
    if (Math.abs(now - this.#slowedAt) < second) return;
    this.#slowedAt = now;
    // Of a server that was said to count nothing we only know that this was too fast.
    const limit = Number.isFinite(this.#limit) ? this.#limit : 2 * pusherRate;
    this.#limit = Math.max(1, Math.floor(limit / 2));
  }

  /** The link may be dead, and was asked: what nobody confirms waits for its answer, or for another link. */
  doubt(): void {
    this.#doubted = true;
    this.#stopWaiting();
  }

  /** A new connection has a new allowance. */
  renew(): void {
    this.#doubted = false;
    this.#sent.clear();
    this.#spare?.written.clear();
    this.#unproven = false;
    this.#pingedAt = undefined;
    this.proceed();
  }

  /** The server answered a ping: what was written before has arrived by now, and its second begins at the latest now. */
  ponged(): void {
    const pingedAt = this.#pingedAt;
    if (pingedAt === undefined && !this.#doubted) return;
    this.#doubted = false;
    this.#pingedAt = undefined;
    if (pingedAt !== undefined) {
      const now = this.#settings.clock.now();
      this.#sent.postpone(pingedAt, now);
      this.#spare?.written.postpone(pingedAt, now);
    }
    this.proceed();
  }

  /** Writes what may be written now, and comes back for the rest. */
  proceed(): void {
    this.#stopWaiting();
    while (!this.#doubted && (this.#turns.size > 0 || this.#spare?.any)) {
      const [turn] = this.#turns;
      const wait = this.#wait();
      const spareWait = this.#spare?.wait(turn !== undefined, this.#limit) ?? Number.POSITIVE_INFINITY;
      const spare = Math.max(wait, spareWait);
      if (spare <= 0) {
        if (this.#spare?.write(this.#settings.transport)) this.#count();
      } else if (turn !== undefined && wait <= 0) {
        this.#turns.delete(turn);
        this.#write(turn);
      } else {
        const next = turn === undefined ? spare : Math.min(wait, spare);
        this.#stopTimer = this.#settings.clock.after(next, () => this.proceed());
        if (wait > 0) this.#ping();
        return;
      }
    }
  }

  /** Leaves no timer for nothing. Writes nothing: whoever gives up a message may be giving up all of them. */
  #rest(): void {
    if (this.#turns.size === 0 && this.#spare?.any !== true) this.#stopWaiting();
  }

  #stopWaiting(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #ping(): void {
    if (!this.#unproven || this.#pingedAt !== undefined) return;
    this.#unproven = false;
    this.#pingedAt = this.#settings.clock.now();
    this.#settings.transport.ping();
  }

  #wait(): number {
    const now = this.#settings.clock.now();
    // Times too far ahead are left from a clock that was set back; nobody shall wait for it to catch up.
    if (now >= this.#slowUntil || this.#slowUntil > now + caution)
      this.#limit = this.#settings.eventsPerSecond;
    if (this.#notBefore > now + second) this.#notBefore = now;
    return Math.max(this.#sent.wait(now, this.#limit), this.#notBefore - now, this.#pongWait(now));
  }

  #pongWait(now: number): number {
    const pingedAt = this.#pingedAt;
    if (pingedAt === undefined) return 0;
    const left = pingedAt + pongTimeout - now;
    if (left > 0 && left <= pongTimeout) return left;
    this.#pingedAt = undefined;
    return 0;
  }

  #write({ message, done }: Turn): void {
    try {
      done.resolve(this.#send(message));
    } catch (error) {
      done.reject(error);
    }
  }

  #send({ channel, event, data }: OutboundMessage): Acceptance {
    // Receivers read a text as JSON where it is JSON: '7' would arrive as a number.
    const sent = typeof data === 'string' ? JSON.stringify(data) : data;
    if (!this.#settings.transport.send(channel, event, sent)) {
      throw new PublishError(`"${event}" on "${channel}" was not written: the connection is not open.`, {
        channel,
        event,
        retryable: true,
      });
    }
    this.lastPublished = this.#settings.clock.now();
    this.#count();
    return written;
  }

  #count(): void {
    // Nobody looks, and there may be thousands a second.
    if (!Number.isFinite(this.#limit)) return;
    this.#sent.add(this.#settings.clock.now());
    this.#unproven = true;
  }

  #abandon(turn: Turn): void {
    if (!this.#turns.delete(turn)) return;
    turn.done.reject(this.#aborted(turn.message));
    this.#rest();
  }

  #aborted({ channel, event }: OutboundMessage): RealtimeError {
    return new RealtimeError('aborted', `"${event}" on "${channel}" was withdrawn before it was written.`, {
      channel,
      event,
    });
  }
}
