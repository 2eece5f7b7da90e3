import { ConfigurationError } from '../index';
import type { LegacyFrame } from './frames';
import { realWebSocket } from './real-web-socket';
import { addressOf, type LegacyRoutes } from './routes';

/** Where an old server is, and what its clients have to do. */
export interface LegacyServerOptions {
  /** Its origin, such as `wss://old.example`. */
  readonly url: string;
  /** Its addresses. A channel is reached by the first whose parameters its name tells. */
  readonly routes: LegacyRoutes;
  /** The first frame on each socket, for servers that want to know who is there. Default: none. */
  readonly greet?: (channel: string) => LegacyFrame | undefined | Promise<LegacyFrame | undefined>;
  /**
   * The types of the frames with which the server can be asked for a sign of life, and gives it: `['ping', 'pong']`. Without, a
   * link that is dead in silence is found when TCP finds it.
   */
  readonly heartbeat?: readonly [ask: string, answer: string];
  /** Another way to sockets, for addresses with a token, or subprotocols. Default: the platform's `WebSocket`. */
  readonly connect?: (address: string) => WebSocket;
}

/** What becomes of a line. Nothing is told after `leave()`. */
export interface LineEvents {
  /** It is there, and the server was greeted. */
  opened(): void;
  /** It brought something. */
  received(data: unknown): void;
  /** It ended, or never began. */
  closed(code: number, reason: string): void;
}

/** One socket to the address of one channel. */
export class ServerLine {
  readonly #socket: WebSocket;
  #left = false;
  #open = false;

  /** Dials. Throws a `ConfigurationError` for a channel without an address, and where no socket can be made. */
  constructor(channel: string, options: LegacyServerOptions, events: LineEvents) {
    const socket = dial(channel, options);
    this.#socket = socket;
    socket.onopen = () => {
      // Some sockets open after they were closed.
      if (this.#left) socket.close();
      else if (options.greet === undefined) this.#begin(events);
      else void this.#greet(channel, options.greet, events);
    };
    socket.onmessage = ({ data }) => {
      if (!this.#left) events.received(data);
    };
    // The close that follows says as much.
    socket.onerror = () => {};
    socket.onclose = ({ code, reason }) => {
      if (this.#left) return;
      this.#left = true;
      events.closed(code, reason);
    };
  }

  /** Whether frames can be written. */
  get open(): boolean {
    return this.#open && !this.#left && this.#socket.readyState === 1;
  }

  /** Writes a frame; false when there is nothing to write to. */
  write(frame: LegacyFrame): boolean {
    if (!this.open) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Hangs up once everything is written, and tells of that as of any end. */
  finish(): void {
    this.#socket.close(1000);
  }

  /** Hangs up; nothing is told afterwards. */
  leave(): void {
    this.#left = true;
    if (this.#socket.readyState < 2) this.#socket.close();
  }

  async #greet(
    channel: string,
    greet: NonNullable<LegacyServerOptions['greet']>,
    events: LineEvents,
  ): Promise<void> {
    try {
      const frame = await greet(channel);
      if (frame !== undefined && this.#socket.readyState === 1) this.#socket.send(JSON.stringify(frame));
    } catch {
      // As if the server had not let us in: whoever dials decides about another attempt.
      if (!this.#left) events.closed(1006, 'The function `greet` threw.');
      this.leave();
    }
    this.#begin(events);
  }

  #begin(events: LineEvents): void {
    if (this.#left || this.#socket.readyState !== 1) return;
    this.#open = true;
    events.opened();
  }
}

function dial(channel: string, { url, routes, connect }: LegacyServerOptions): WebSocket {
  const address = addressOf(routes, channel);
  if (address === undefined) {
    throw new ConfigurationError(
      `No route leads to "${channel}" on the old server: add one whose parameters are all in the channel's name.`,
      { channel },
    );
  }
  const Real = realWebSocket();
  if (connect === undefined && Real === undefined) {
    throw new ConfigurationError(
      'There is no WebSocket here: pass `connect: (address) => new WebSocket(address)`.',
    );
  }
  try {
    const { href } = new URL(address, url.replace(/^http/, 'ws'));
    return connect === undefined && Real !== undefined
      ? new Real(href)
      : (connect as (address: string) => WebSocket)(href);
  } catch {
    // Without the cause, which may quote an address with a token in it.
    throw new ConfigurationError(`No socket could be made for "${channel}": check \`url\` and \`connect\`.`, {
      channel,
    });
  }
}
