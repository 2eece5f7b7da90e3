import type { Clock, Stop } from '../index';

/** A host's socket, as the protocol sees it. */
export interface HostSocket {
  /** The request's path with its query: `/app/<key>?protocol=7…`. */
  readonly path: string;
  /** Whether the connection is encrypted. */
  readonly secure: boolean;
  /** Writes a text frame. */
  send(frame: string): void;
  /** Closes with a code. */
  close(code: number, reason: string): void;
  /** Ends the connection without a close frame, after half a frame if the host can do that. */
  drop(midFrame: boolean): void;
}

/** What is wrong with the network at the moment. */
export interface WireWeather {
  /** Milliseconds by which everything is late. */
  readonly latency: number;
  /** Whether nothing gets through, although the socket stays open. */
  readonly muted: boolean;
}

/** The line between a host's socket and the protocol: keeps the order, and can be slow or dead. */
export class Wire {
  readonly #clock: Clock;
  readonly #weather: WireWeather;
  readonly #lanes: readonly [Lane, Lane];

  constructor(clock: Clock, weather: WireWeather) {
    this.#clock = clock;
    this.#weather = weather;
    this.#lanes = [{ waiting: [] }, { waiting: [] }];
  }

  /** Does something on the server's side that the client caused, when it gets there. */
  inbound(action: () => void): void {
    this.#enter(this.#lanes[0], action);
  }

  /** Does something on the client's side that the server caused, when it gets there. */
  outbound(action: () => void): void {
    this.#enter(this.#lanes[1], action);
  }

  /** The weather got better. */
  resume(): void {
    for (const lane of this.#lanes) this.#pass(lane);
  }

  /** Loses whatever is still on its way. */
  cut(): void {
    for (const lane of this.#lanes) {
      lane.stop?.();
      lane.waiting.length = 0;
    }
  }

  #enter(lane: Lane, action: () => void): void {
    lane.waiting.push({ due: this.#clock.now() + this.#weather.latency, action });
    if (lane.waiting.length === 1) this.#pass(lane);
  }

  #pass(lane: Lane): void {
    lane.stop?.();
    lane.stop = undefined;
    for (let first = lane.waiting[0]; first !== undefined; first = lane.waiting[0]) {
      if (this.#weather.muted) return;
      const left = first.due - this.#clock.now();
      if (left > 0) {
        lane.stop = this.#clock.after(left, () => this.#pass(lane));
        return;
      }
      lane.waiting.shift();
      first.action();
    }
  }
}

interface Lane {
  readonly waiting: { readonly due: number; readonly action: () => void }[];
  stop?: Stop | undefined;
}
