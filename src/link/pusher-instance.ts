import { ConfigurationError } from '../errors';
import { fieldsOf, numberIn, parseJson } from '../support/json';
import { soon } from '../support/soon';
import type { FrameLink, FrameLinkEvents } from '../transport-port';
import type { PusherInstance } from './pusher-module';

/** The code in one of the five shapes that pusher-js gives its connection errors. */
function errorCode(error: unknown): number | undefined {
  const shape = fieldsOf(error);
  const codeIn = (data: unknown): number | undefined => numberIn(fieldsOf(data)['code']);
  return codeIn(fieldsOf(shape['error'])['data']) ?? codeIn(shape['data']);
}

function isPusher(value: unknown): value is PusherInstance {
  const pusher = value as Partial<PusherInstance> | null;
  const parts = [pusher?.connect, pusher?.disconnect, pusher?.send_event, pusher?.connection?.bind];
  return parts.every((part) => typeof part === 'function');
}

/**
 * The link over a Pusher instance that somebody else made, through its public surface only. It serves every transport of
 * pusher-js, but cannot see a refused TCP connection before the dial's deadline, nor frames that pusher-js chokes on.
 */
export class PusherInstanceLink implements FrameLink {
  // pusher-js takes the server's answer for one to a sign-in of its own, which it was never asked for, and throws.
  readonly signsInItself = true;
  readonly #pusher: PusherInstance;
  #events: FrameLinkEvents | undefined;
  #opened = false;
  #lastCode: number | undefined;
  #stopListening: (() => void) | undefined;

  /** Throws a `ConfigurationError` for what does not behave like an instance of pusher-js. */
  constructor(pusher: PusherInstance) {
    if (!isPusher(pusher)) {
      throw new ConfigurationError(
        'The option `pusher` takes an instance, such as `new Pusher(key, options)`. The class goes into `Pusher`.',
      );
    }
    this.#pusher = pusher;
  }

  open(events: FrameLinkEvents): void {
    this.#listen();
    // An instance that is already up is dialled anew: its handshake is over, and with it what we would learn from it.
    this.close();
    this.#events = events;
    this.#lastCode = undefined;
    this.#pusher.connect();
    if (this.#pusher.connection.state !== 'failed') return;
    this.#events = undefined;
    throw new ConfigurationError('Not one of the transports that `pusher` may use works here.');
  }

  close(): void {
    this.#events = undefined;
    this.#opened = false;
    // Whatever its state: it may be waiting to dial again. But an instance that we never dialled is not ours to hang up.
    if (this.#stopListening !== undefined) this.#pusher.disconnect();
  }

  destroy(): void {
    this.close();
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  write(text: string): boolean {
    if (!this.#opened) return false;
    const { event, data, channel } = fieldsOf(parseJson(text));
    return this.#pusher.send_event(String(event), data, typeof channel === 'string' ? channel : undefined);
  }

  cryptography(): unknown {
    return (this.#pusher as { readonly config?: { readonly nacl?: unknown } }).config?.nacl;
  }

  #listen(): void {
    if (this.#stopListening !== undefined) return;
    const { connection } = this.#pusher;
    const bound: readonly (readonly [string, (value: never) => void])[] = [
      ['connected', ({ socket_id }: { readonly socket_id: string }) => this.#connected(socket_id)],
      ['message', (frame: unknown) => this.#message(frame)],
      ['error', (error: unknown) => this.#error(error)],
      ['connecting_in', () => this.#stopRetry()],
      ['disconnected', () => this.#check()],
      ['connecting', () => this.#connecting()],
    ];
    for (const [event, callback] of bound) connection.bind(event, callback as (value?: unknown) => void);
    this.#stopListening = () => {
      for (const [event, callback] of bound) connection.unbind(event, callback as (value?: unknown) => void);
    };
  }

  /**
   * pusher-js is about to set a timer for a dial of its own; after some closes it sets two and forgets about the first. So we
   * hang up here, for a timer that is already there, and once more when the end is told, for the one that follows.
   */
  #stopRetry(): void {
    this.#pusher.disconnect();
    this.#check();
  }

  #connecting(): void {
    // Somebody else dials: pusher-js after a silence of its own, or the application. With us it goes through `open`.
    if (this.#events === undefined) soon(() => this.#events ?? this.#pusher.disconnect());
    else if (this.#opened) this.#check();
  }

  #connected(socketId: string): void {
    if (this.#events === undefined || this.#opened) return;
    this.#opened = true;
    const { activityTimeout } = fieldsOf(this.#pusher.connection);
    // pusher-js keeps the handshake to itself: this is what was in it.
    const data = { socket_id: socketId, activity_timeout: (numberIn(activityTimeout) ?? 0) / 1000 };
    this.#events.received({ event: 'pusher:connection_established', data }, 0);
  }

  #message(value: unknown): void {
    // The size of what came over the wire is not to be had here. Pings pusher-js answers itself.
    if (this.#opened && fieldsOf(value)['event'] !== 'pusher:ping') this.#events?.received(value, 0);
  }

  #error(error: unknown): void {
    const { type } = fieldsOf(error);
    if (type === 'MessageParseError' && this.#opened) {
      // The frame itself is not to be had; this is none either.
      this.#events?.received('', 0);
      return;
    }
    this.#lastCode = errorCode(error) ?? this.#lastCode;
    this.#check();
  }

  /** An `error` need not mean the end: look whether the connection is still there once pusher-js has done its part. */
  #check(): void {
    const events = this.#events;
    soon(() => {
      if (events === undefined || events !== this.#events) return;
      const { state, connection } = this.#pusher.connection;
      const gone = this.#opened ? !connection : this.#lastCode !== undefined || state === 'disconnected';
      if (gone) this.#ended();
      // It was about a channel or a message: a later close has its own code, or none.
      else this.#lastCode = undefined;
    });
  }

  #ended(): void {
    const events = this.#events;
    const code = this.#lastCode;
    this.close();
    events?.closed(code);
  }
}
