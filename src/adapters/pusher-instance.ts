import { frameOf, type PusherLink, type PusherLinkEvents } from './pusher-link';
import type { PusherInstance } from './pusher-module';

/** The code in one of the five shapes that pusher-js gives its connection errors. */
function errorCode(error: unknown): number | undefined {
  const shape = error as
    | {
        readonly data?: { readonly code?: unknown };
        readonly error?: { readonly data?: { readonly code?: unknown } };
      }
    | undefined;
  const code = shape?.error?.data?.code ?? shape?.data?.code;
  return typeof code === 'number' ? code : undefined;
}

/**
 * The link over a Pusher instance that somebody else made, through its public surface only. It serves every transport of
 * pusher-js, but cannot see a refused TCP connection before the dial's deadline, nor frames that pusher-js chokes on.
 */
export class PusherInstanceLink implements PusherLink {
  readonly #pusher: PusherInstance;
  #events: PusherLinkEvents | undefined;
  #opened = false;
  #lastCode: number | undefined;
  #stopListening: (() => void) | undefined;

  constructor(pusher: PusherInstance) {
    this.#pusher = pusher;
  }

  open(events: PusherLinkEvents): void {
    // An instance that is already up is dialled anew: its handshake is over, and with it what we would learn from it.
    this.close();
    this.#listen();
    this.#events = events;
    this.#opened = false;
    this.#lastCode = undefined;
    this.#pusher.connect();
  }

  close(): void {
    this.#events = undefined;
    this.#opened = false;
    if (this.#pusher.connection.state !== 'disconnected') this.#pusher.disconnect();
  }

  destroy(): void {
    this.close();
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  write(event: string, data: unknown, channel?: string): boolean {
    return this.#opened && this.#pusher.send_event(event, data, channel);
  }

  cryptography(): unknown {
    return (this.#pusher as { readonly config?: { readonly nacl?: unknown } }).config?.nacl;
  }

  #listen(): void {
    if (this.#stopListening !== undefined) return;
    const { connection } = this.#pusher;
    const bound: [string, (value: never) => void][] = [
      ['connected', ({ socket_id }: { readonly socket_id: string }) => this.#connected(socket_id)],
      ['message', (frame: unknown) => this.#message(frame)],
      [
        'error',
        (error: unknown) => {
          this.#lastCode = errorCode(error) ?? this.#lastCode;
          this.#check();
        },
      ],
      ['connecting_in', () => this.#check()],
      ['disconnected', () => this.#check()],
      ['failed', () => this.#ended('Not one of the enabled transports works here')],
      [
        'connecting',
        () => {
          // The retry timer that pusher-js forgets about: nobody wants this connection.
          if (this.#events === undefined) queueMicrotask(() => this.#events ?? this.#pusher.disconnect());
          else if (this.#opened) this.#check();
        },
      ],
    ];
    for (const [event, callback] of bound) connection.bind(event, callback as (value?: unknown) => void);
    this.#stopListening = () => {
      for (const [event, callback] of bound) connection.unbind(event, callback as (value?: unknown) => void);
    };
  }

  #connected(socketId: string): void {
    if (this.#events === undefined) {
      queueMicrotask(() => this.#events ?? this.#pusher.disconnect());
      return;
    }
    this.#opened = true;
    const { activityTimeout } = this.#pusher.connection as { readonly activityTimeout?: unknown };
    this.#events.opened(socketId, typeof activityTimeout === 'number' ? activityTimeout : 120_000);
  }

  #message(value: unknown): void {
    const frame = frameOf(value);
    if (typeof frame === 'string') this.#events?.malformed(frame, 0);
    // The size of what came over the wire is not to be had here.
    else this.#events?.frame(frame, 0);
  }

  /** An `error` need not mean the end: look whether the connection is still there once pusher-js has done its part. */
  #check(): void {
    const events = this.#events;
    queueMicrotask(() => {
      if (events === undefined || events !== this.#events) return;
      const { state, connection } = this.#pusher.connection;
      const gone = this.#opened ? !connection : this.#lastCode !== undefined || state === 'disconnected';
      if (gone) this.#ended();
    });
  }

  #ended(reason?: string): void {
    const events = this.#events;
    const code = this.#lastCode;
    this.close();
    events?.closed(code, reason);
  }
}
