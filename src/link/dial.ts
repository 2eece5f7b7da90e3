import type { RealtimeError } from '../errors';
import type { Clock } from '../ports';
import { lapTimer } from '../support/lap-timer';
import type { Transport, TransportSignal } from '../transport-port';
import type { Stop } from '../types';
import { LinkWatch } from './heartbeat';

/** What a dial works with. */
export interface DialParts {
  readonly transport: Transport;
  readonly clock: Clock;
  /** How long it may take until the server lets us in, in milliseconds. */
  readonly deadline: number;
  /** The server has let us in. */
  readonly opened: (socketId: string, idleLimit: number) => void;
  /** Gets whatever comes in after that. */
  readonly receive: (signal: TransportSignal) => void;
  /** Told of the end, once, unless `end()` came first. `late`: the server did not let us in in time. */
  readonly lost: (code: number | undefined, reason: string | undefined, late: boolean) => void;
  /** Told instead when no dial can succeed. */
  readonly unusable: (error: RealtimeError) => void;
  /** Told how long the server took to answer a ping, in milliseconds. */
  readonly roundTrip: (milliseconds: number) => void;
  /** Told after a ping or a `probe()`: the link is there. */
  readonly alive: () => void;
}

/** One dial, and the connection that it becomes. */
export class Dial {
  readonly #parts: DialParts;
  readonly #watch: LinkWatch;
  #openedAt: number | undefined;
  #over = false;
  /** What the server complained of, if that was the last thing it said. */
  #lastWords: (TransportSignal & { readonly type: 'server-error' }) | undefined;
  #stopTimer: Stop = () => {};

  constructor(parts: DialParts) {
    const { clock, transport, roundTrip, alive } = parts;
    this.#parts = parts;
    this.#watch = new LinkWatch({
      clock,
      roundTrip,
      alive,
      ping: () => transport.ping(),
      dead: () => this.#lose(undefined, 'The server gave no sign of life for too long.'),
    });
  }

  /** When the server let us in, in milliseconds since 1970. */
  get openedAt(): number | undefined {
    return this.#openedAt;
  }

  /** When the server was last heard, in milliseconds since 1970; undefined before it ever was. */
  get lastHeard(): number | undefined {
    return this.#watch.lastHeard;
  }

  /** Dials. Throws what the transport throws when it cannot work here at all. */
  start(): void {
    const { clock, transport, deadline } = this.#parts;
    this.#stopTimer = lapTimer(clock, deadline, () =>
      this.#lose(undefined, `The server did not answer within ${Math.round(deadline / 100) / 10} s.`, true),
    );
    transport.open((signal) => {
      if (!this.#over) this.#hear(signal);
    });
  }

  /** Asks the server for a sign of life now. */
  probe(): void {
    this.#watch.probe();
  }

  /** Hangs up; nothing is told afterwards. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopTimer();
    this.#watch.stop();
    this.#parts.transport.close();
  }

  #hear(signal: TransportSignal): void {
    if (signal.type === 'closed') {
      const { code, reason, error } = signal;
      // Servers put their words into a frame before the close, which has the code alone.
      const words = this.#lastWords?.code === code ? this.#lastWords?.message : undefined;
      if (error === undefined) this.#lose(code, reason ?? words);
      else {
        this.end();
        this.#parts.unusable(error);
      }
      return;
    }
    this.#watch.heard();
    this.#lastWords = signal.type === 'server-error' ? signal : undefined;
    if (signal.type === 'opened') {
      // A transport of the application's own may say it twice.
      if (this.#openedAt !== undefined) return;
      this.#stopTimer();
      this.#openedAt = this.#parts.clock.now();
      this.#watch.start(signal.idleLimit);
      this.#parts.opened(signal.socketId, signal.idleLimit);
      return;
    }
    if (signal.type === 'pong') this.#watch.ponged();
    this.#parts.receive(signal);
  }

  #lose(code: number | undefined, reason: string | undefined, late = false): void {
    if (this.#over) return;
    this.end();
    this.#parts.lost(code, reason, late);
  }
}
