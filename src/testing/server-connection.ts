import type { Clock, Stop } from '../index';
import type { AppSettings } from './app-options';
import { encodeFrame, errorFrame } from './frames';

/** The way back to a client, whatever the host is. */
export interface ConnectionLine {
  send(frame: string): void;
  close(code: number, reason: string): void;
}

/** Who a connection signed in as. */
export interface SignedInUser {
  readonly id: string;
  readonly info?: unknown;
  readonly watchlist: readonly string[];
}

/** One client's connection to an app. */
export class ServerConnection {
  /** Pusher's name for the connection. */
  readonly socketId: string;
  /** When it was opened, in milliseconds since 1970. */
  readonly openedAt: number;
  /** The names of the channels it is subscribed to. */
  readonly channels: Set<string> = new Set();
  /** Who signed in on it. */
  user: SignedInUser | undefined;
  readonly #line: ConnectionLine;
  readonly #clock: Clock;
  readonly #settings: AppSettings;
  #lastHeard: number;
  #pingSent = false;
  #stopWatch: Stop | undefined;
  /** When those of the last second came. */
  readonly #clientEvents: number[] = [];

  constructor(socketId: string, settings: AppSettings, line: ConnectionLine, clock: Clock) {
    this.socketId = socketId;
    this.#settings = settings;
    this.#line = line;
    this.#clock = clock;
    this.openedAt = clock.now();
    this.#lastHeard = this.openedAt;
  }

  /** Tells the client that it is connected, and begins to watch whether it is alive. */
  establish(): void {
    const data = { socket_id: this.socketId, activity_timeout: this.#settings.activityTimeout };
    this.deliver(encodeFrame({ event: 'pusher:connection_established', data }));
    this.#watch(this.#silenceAllowed);
  }

  /** Sends a frame. */
  deliver(frame: string): void {
    this.#line.send(frame);
  }

  /** Tells the client that something was wrong. */
  complain(code: number | null, message: string): void {
    this.deliver(errorFrame(code, message));
  }

  /** Ends the connection from our side. */
  close(code: number, reason: string): void {
    this.end();
    this.#line.close(code, reason);
  }

  /** Stops watching; the connection is over. */
  end(): void {
    this.#stopWatch?.();
    this.#stopWatch = undefined;
  }

  /** When the last frame of any kind came from the client, in milliseconds since 1970. */
  get lastHeardAt(): number {
    return this.#lastHeard;
  }

  /** The client gave a sign of life. */
  heard(): void {
    this.#lastHeard = this.#clock.now();
    this.#pingSent = false;
  }

  /** Takes one client event from the connection's budget; false when this second's is used up. */
  spendClientEvent(): boolean {
    const now = this.#clock.now();
    // The oldest first: looked at once each, however many a second may have.
    for (
      let [oldest] = this.#clientEvents;
      oldest !== undefined && oldest <= now - 1000;
      [oldest] = this.#clientEvents
    )
      this.#clientEvents.shift();
    if (this.#clientEvents.length >= this.#settings.limits.clientEventsPerSecond) return false;
    this.#clientEvents.push(now);
    return true;
  }

  /** Clients ping after `activityTimeout` of silence, so the server's turn only comes a while after that. */
  get #silenceAllowed(): number {
    return this.#settings.activityTimeout * 1000 + this.#settings.pongTimeout;
  }

  #watch(ms: number): void {
    this.#stopWatch?.();
    this.#stopWatch = this.#clock.after(ms, () => this.#check());
  }

  #check(): void {
    const allowed = this.#silenceAllowed + (this.#pingSent ? this.#settings.pongTimeout : 0);
    const left = this.#lastHeard + allowed - this.#clock.now();
    if (left > 0) this.#watch(left);
    else if (this.#pingSent) this.close(4201, 'Pong reply not received');
    else {
      this.#pingSent = true;
      this.deliver(encodeFrame({ event: 'pusher:ping', data: {} }));
      this.#watch(this.#settings.pongTimeout);
    }
  }
}
