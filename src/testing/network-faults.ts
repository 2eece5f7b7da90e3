import type { Clock, Stop } from '../index';
import { checkCloseCode, checkCount, checkLength } from './script-rules';
import type { Wire, WireWeather } from './wire';

/** How many connections are refused, or until when; without either, all until the returned stop is called. */
export interface RefusalSpan {
  /** Refuse so many connections. */
  readonly times?: number;
  /** Refuse until this moment, in milliseconds since 1970. */
  readonly until?: number;
}

interface WatchedSocket {
  readonly wire: Wire;
  drop(midFrame: boolean): void;
}

interface Refusal {
  readonly code: number | 'tcp';
  readonly until: number;
  left: number;
}

/** What goes wrong between clients and the server, by script. */
export class NetworkFaults implements WireWeather {
  readonly #clock: Clock;
  readonly #sockets = new Set<WatchedSocket>();
  readonly #refusals = new Set<Refusal>();
  readonly #mutes = new Set<symbol>();
  readonly #delays = new Map<symbol, number>();
  #downUntil = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds by which everything is late. */
  get latency(): number {
    return [...this.#delays.values()].reduce((sum, ms) => sum + ms, 0);
  }

  /** Whether nothing gets through. */
  get muted(): boolean {
    return this.#mutes.size > 0;
  }

  /** Counts a socket among those that can be dropped. */
  watch(socket: WatchedSocket): Stop {
    this.#sockets.add(socket);
    return () => void this.#sockets.delete(socket);
  }

  /** Ends every connection without a close frame. */
  drop(midFrame: boolean): void {
    for (const socket of [...this.#sockets]) {
      socket.wire.cut();
      socket.drop(midFrame);
    }
  }

  /** Refuses connections, with a close code or before there is a socket. */
  refuse(code: number | 'tcp', { times, until }: RefusalSpan): Stop {
    if (code !== 'tcp') checkCloseCode(code, 'refuse(code)', "refuse('tcp')");
    if (times !== undefined) checkCount(times, 'refuse()');
    if (until !== undefined) checkLength(until, 'refuse() with `until`');
    const refusal: Refusal = {
      code,
      left: times ?? Number.POSITIVE_INFINITY,
      until: until ?? Number.POSITIVE_INFINITY,
    };
    this.#refusals.add(refusal);
    return () => void this.#refusals.delete(refusal);
  }

  /** Asked by hosts before they open a socket: true means that nothing listens at this port. */
  refusesTcp(): boolean {
    return this.down || this.#spend((code) => code === 'tcp') !== undefined;
  }

  /** Asked for each open socket: the close code with which it is refused. */
  nextRefusal(): number | undefined {
    const code = this.#spend((candidate) => candidate !== 'tcp');
    return typeof code === 'number' ? code : undefined;
  }

  /** Takes the server away for so many milliseconds, its HTTP API included. */
  takeDown(ms: number): void {
    checkLength(ms, 'restart() with `downFor`');
    this.#downUntil = this.#clock.now() + ms;
  }

  /** Whether the server is away. */
  get down(): boolean {
    return this.#clock.now() < this.#downUntil;
  }

  /** Makes everything late. */
  delay(ms: number): Stop {
    checkLength(ms, 'delay(ms)');
    const key = Symbol('delay');
    this.#delays.set(key, ms);
    return () => void this.#delays.delete(key);
  }

  /** Keeps sockets open and lets nothing through; what was sent meanwhile arrives after the stop. */
  mute(): Stop {
    const key = Symbol('mute');
    this.#mutes.add(key);
    return () => {
      if (this.#mutes.delete(key)) this.#resume();
    };
  }

  /** Ends every `mute`. */
  unmute(): void {
    this.#mutes.clear();
    this.#resume();
  }

  #resume(): void {
    if (this.muted) return;
    for (const { wire } of [...this.#sockets]) wire.resume();
  }

  #active(): Refusal[] {
    const now = this.#clock.now();
    return [...this.#refusals].filter(({ until, left }) => until > now && left > 0);
  }

  #spend(isMeant: (code: Refusal['code']) => boolean): Refusal['code'] | undefined {
    const refusal = this.#active().find(({ code }) => isMeant(code));
    if (refusal !== undefined) refusal.left -= 1;
    return refusal?.code;
  }
}
