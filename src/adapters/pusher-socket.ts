import { ConfigurationError } from '../errors';
import { type PusherLink, type PusherLinkEvents, readFrame } from './pusher-link';
import { loadPusher, type PusherConstructor, type PusherInstance } from './pusher-module';

/** What this file needs to build and dial with pusher-js. */
export interface PusherSocketSettings {
  /** The application's public key. */
  readonly key: string;
  /** Options for pusher-js, complete. */
  readonly pusherOptions: Readonly<Record<string, unknown>>;
  /** The class to use; loaded when undefined. */
  readonly Pusher: PusherConstructor | undefined;
}

/** What pusher-js assigns its callbacks to, and calls. */
interface SocketFace {
  onopen?: ((event: unknown) => void) | undefined;
  onerror?: ((event: unknown) => void) | undefined;
  onclose?: ((event: unknown) => void) | undefined;
  onmessage?: ((event: unknown) => void) | undefined;
  send(text: string): void;
  close(): void;
}

/** The parts of pusher-js's static side that we lend something to, for the length of one synchronous call. */
interface PusherStatics {
  isReady: boolean;
  instances: unknown[];
  logToConsole?: boolean;
  log?: unknown;
  Runtime: {
    createWebSocket(url: string): WebSocket;
    getLocalStorage(): unknown;
    getNetwork(): unknown;
  };
}

/** Puts `values` onto `target`, calls `run`, puts the old values back. Synchronous, so nobody else ever sees them. */
function lend<T extends object, R>(target: T, values: Partial<T>, run: () => R): R {
  const before = Object.entries(Object.getOwnPropertyDescriptors(target)).filter(([name]) => name in values);
  Object.assign(target, values);
  try {
    return run();
  } finally {
    for (const name of Object.keys(values)) Reflect.deleteProperty(target, name);
    for (const [name, descriptor] of before) Object.defineProperty(target, name, descriptor);
  }
}

/** The class that has the statics: builds with encryption export a subclass, whose constructor does not look at its own. */
function staticsOf(Pusher: PusherConstructor): PusherStatics {
  let candidate: object | null = Pusher;
  while (candidate !== null && !Object.hasOwn(candidate, 'Runtime'))
    candidate = Object.getPrototypeOf(candidate);
  const statics = candidate as PusherStatics | null;
  if (typeof statics?.Runtime?.createWebSocket === 'function') return statics;
  throw new ConfigurationError(
    'The option `Pusher` is not the class of pusher-js 8. Pass an instance as `pusher` instead, or another `transport`.',
  );
}

/**
 * pusher-js dials and keeps the connection alive; we hold the socket. pusher-js sees the handshake, pings and pongs.
 * Messages are parsed once, here. Errors and closes it never sees: it answers them with retries of its own, some of which
 * no `disconnect()` stops.
 */
export class PusherSocket implements PusherLink {
  readonly #settings: PusherSocketSettings;
  #class: PusherConstructor | undefined;
  #pusher: PusherInstance | undefined;
  #socket: WebSocket | undefined;
  #open = false;
  /** Counts dials, so that what an earlier one left behind is recognised. */
  #dial = 0;
  #dialling = false;

  constructor(settings: PusherSocketSettings) {
    this.#settings = settings;
    this.#class = settings.Pusher;
  }

  open(events: PusherLinkEvents): void {
    const dial = ++this.#dial;
    if (this.#class !== undefined) {
      this.#connect(this.#class, dial, events);
      return;
    }
    loadPusher()
      .then((loaded) => {
        this.#class = loaded;
        if (dial === this.#dial) this.#connect(loaded, dial, events);
      })
      .catch((error: unknown) => {
        if (dial !== this.#dial) return;
        this.close();
        events.closed(undefined, `pusher-js could not be loaded or built: ${String(error)}`);
      });
  }

  close(): void {
    this.#dial += 1;
    this.#letGo();
  }

  destroy(): void {
    // pusher-js holds nothing of ours outside the instance, so there is nothing more than to hang up.
    this.close();
    this.#pusher = undefined;
  }

  write(event: string, data: unknown, channel?: string): boolean {
    if (!this.#open || this.#socket === undefined || this.#socket.readyState !== 1) return false;
    // Straight to the socket: pusher-js would put each frame off by a timer, and drop it if the socket closes meanwhile.
    this.#socket.send(JSON.stringify(channel === undefined ? { event, data } : { event, channel, data }));
    return true;
  }

  cryptography(): unknown {
    return (this.#pusher as { readonly config?: { readonly nacl?: unknown } } | undefined)?.config?.nacl;
  }

  #letGo(): void {
    this.#open = false;
    const socket = this.#socket;
    this.#socket = undefined;
    // Before pusher-js, which would write to a socket that is on its way down.
    socket?.close();
    if (this.#pusher !== undefined && this.#pusher.connection.state !== 'disconnected')
      this.#pusher.disconnect();
  }

  #connect(Pusher: PusherConstructor, dial: number, events: PusherLinkEvents): void {
    const statics = staticsOf(Pusher);
    this.#pusher ??= this.#construct(Pusher, statics);
    const pusher = this.#pusher;
    const original = statics.Runtime.createWebSocket.bind(statics.Runtime);
    const forwardAll = statics.logToConsole === true || typeof statics.log === 'function';
    this.#dialling = true;
    try {
      lend(
        statics.Runtime,
        {
          createWebSocket: (url) => {
            const socket =
              typeof globalThis.WebSocket === 'function' ? new globalThis.WebSocket(url) : original(url);
            return this.#guard(socket, dial, events, forwardAll) as unknown as WebSocket;
          },
          // A transport remembered there is tried first, with a deadline of its own and then a second socket.
          getLocalStorage: () => undefined,
        },
        () => pusher.connect(),
      );
    } finally {
      this.#dialling = false;
    }
    if (this.#socket === undefined && dial === this.#dial) {
      // No WebSocket here, or it refused the address (ws: in an https: page): pusher-js would keep it to itself.
      this.#dial += 1;
      this.#letGo();
      queueMicrotask(() => events.closed(undefined, 'The WebSocket could not be created'));
    }
  }

  #construct(Pusher: PusherConstructor, statics: PusherStatics): PusherInstance {
    const { key, pusherOptions } = this.#settings;
    const inert = { bind: () => {}, unbind: () => {} };
    const pusher = lend(statics, { isReady: false }, () =>
      // Our own watch of the network decides; pusher-js never takes its listeners off again.
      lend(statics.Runtime, { getNetwork: () => inert }, () => new Pusher(key, pusherOptions as never)),
    );
    // It keeps every instance for ever, to connect them all once the page is ready. We connect this one.
    const index = statics.instances.indexOf(pusher);
    if (index >= 0) statics.instances.splice(index, 1);
    pusher.connection.bind('connecting', () => {
      if (!this.#dialling) queueMicrotask(() => pusher.disconnect());
    });
    return pusher;
  }

  #guard(socket: WebSocket, dial: number, events: PusherLinkEvents, forwardAll: boolean): SocketFace {
    this.#socket = socket;
    const live = (): boolean => dial === this.#dial;
    const face: SocketFace = {
      send: (text) => {
        if (live() && socket.readyState === 1) socket.send(text);
      },
      close: () => socket.close(),
    };
    const ended = (code?: number, reason?: string): void => {
      if (!live()) return;
      this.#dial += 1;
      this.#letGo();
      events.closed(code, reason);
    };
    socket.onopen = (event) => {
      if (live()) face.onopen?.(event);
      else socket.close();
    };
    // The close that follows says as much; pusher-js would wait out a 15 s timeout on an error.
    socket.onerror = () => {};
    socket.onclose = ({ code, reason }) => ended(code, reason === '' ? undefined : reason);
    socket.onmessage = (event) => {
      if (!live()) return;
      const text: unknown = event.data;
      const bytes = typeof text === 'string' ? text.length : 0;
      const frame = readFrame(text);
      if (typeof frame === 'string') {
        events.malformed(frame, bytes);
        return;
      }
      if (!frame.event.startsWith('pusher:')) {
        if (forwardAll) face.onmessage?.(event);
        events.frame(frame, bytes);
        return;
      }
      switch (frame.event) {
        case 'pusher:connection_established': {
          const hello = frame.data as {
            readonly socket_id?: unknown;
            readonly activity_timeout?: unknown;
          } | null;
          const socketId = hello?.socket_id;
          const idle = hello?.activity_timeout;
          if (typeof socketId !== 'string' || typeof idle !== 'number' || !(idle > 0)) {
            ended(undefined, 'The server did not introduce itself as a Pusher server');
            return;
          }
          face.onmessage?.(event);
          this.#open = true;
          events.opened(socketId, idle * 1000);
          return;
        }
        case 'pusher:ping':
        case 'pusher:pong':
          face.onmessage?.(event);
          break;
        default:
          if (forwardAll && this.#open && frame.event !== 'pusher:error') face.onmessage?.(event);
      }
      events.frame(frame, bytes);
    };
    return face;
  }
}
