import { ConfigurationError } from '../errors';
import { soon } from '../support/soon';
import type { FrameLink, FrameLinkEvents, ServerAddress } from '../transport-port';
import { type PusherConstructor, type PusherInstance, resolvePusherConstructor } from './pusher-module';

/** What this file needs to build and dial with pusher-js. */
export interface PusherLinkSettings extends ServerAddress {
  /** The class to use, or whatever shape a bundler gave the module that it is in. */
  readonly Pusher: unknown;
}

/** The parts of pusher-js's static side that we lend something to, for the length of one synchronous call. */
interface PusherStatics {
  /** Whether a new instance connects in its constructor. */
  isReady: boolean;
  /** Every instance ever made. */
  instances: unknown[];
  /** Whether everything is logged to the console. */
  logToConsole?: boolean;
  /** A function of the application's that gets the log. */
  log?: unknown;
  /** The platform, as pusher-js sees it. */
  Runtime: {
    createWebSocket(url: string): WebSocket;
    getLocalStorage(): unknown;
    getNetwork(): unknown;
  };
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

/** As long as a timer can be, in milliseconds. pusher-js has no watch to keep: ours finds a dead link in seconds. */
const never = 2 ** 31 - 1;
/** All that pusher-js sees of the server. */
const handshake = JSON.stringify({
  event: 'pusher:connection_established',
  data: JSON.stringify({ socket_id: '0.0', activity_timeout: Math.floor(never / 1000) }),
});

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
  // What is read of it is checked; the rest is pusher-js 8's.
  const statics = candidate as PusherStatics | null;
  if (typeof statics?.Runtime?.createWebSocket === 'function') return statics;
  throw new ConfigurationError(
    'The option `Pusher` is not the class of pusher-js 8. An instance goes into `transport: pusherInstance(pusher)`.',
  );
}

/**
 * The default link: pusher-js finds the address and dials; we hold the socket. pusher-js gets a handshake of ours and no frame:
 * it answers errors and closes with retries of its own, some of which no `disconnect()` stops.
 */
export class PusherLink implements FrameLink {
  readonly #settings: PusherLinkSettings;
  readonly #class: PusherConstructor;
  readonly #statics: PusherStatics;
  #pusher: PusherInstance | undefined;
  #socket: WebSocket | undefined;
  /** Counts dials, so that what an earlier one left behind is recognised. */
  #dial = 0;
  #dialling = false;

  /** Throws a `ConfigurationError` for a class that is not pusher-js's. */
  constructor(settings: PusherLinkSettings) {
    this.#settings = settings;
    this.#class = resolvePusherConstructor(settings.Pusher);
    this.#statics = staticsOf(this.#class);
  }

  open(events: FrameLinkEvents): void {
    this.close();
    const dial = this.#dial;
    const statics = this.#statics;
    this.#pusher ??= this.#construct();
    const pusher = this.#pusher;
    const original = statics.Runtime.createWebSocket.bind(statics.Runtime);
    let refusal: unknown;
    const createWebSocket = (url: string): WebSocket => {
      try {
        const native = globalThis.WebSocket;
        const socket = typeof native === 'function' ? new native(url) : original(url);
        this.#socket = socket;
        // pusher-js uses no more of it than this.
        return this.#adopt(socket, events) as unknown as WebSocket;
      } catch (error) {
        refusal = error;
        throw error;
      }
    };
    // A transport remembered in the storage is tried first, with a deadline of its own and then a second socket.
    const lent = { createWebSocket, getLocalStorage: () => undefined };
    this.#dialling = true;
    try {
      lend(statics.Runtime, lent, () => pusher.connect());
    } finally {
      this.#dialling = false;
    }
    if (this.#socket !== undefined || dial !== this.#dial) return;
    this.close();
    if (refusal === undefined) {
      throw new ConfigurationError('There is no WebSocket here that pusher-js could dial with.');
    }
    // A page on https: may not dial ws:, and some ports are closed to pages: neither will change.
    const why = refusal instanceof Error ? `${refusal.name}: ${refusal.message}` : String(refusal);
    throw new ConfigurationError(`The WebSocket could not be created. ${why}`, { cause: refusal });
  }

  write(text: string): boolean {
    if (this.#socket?.readyState !== 1) return false;
    // Straight to the socket: pusher-js would put each frame off by a timer, and drop it if the socket closes meanwhile.
    this.#socket.send(text);
    return true;
  }

  close(): void {
    this.#dial += 1;
    const socket = this.#socket;
    this.#socket = undefined;
    // Once: closed twice, the WebSocket that pusher-js brings for Node forgets a timer of 30 s, which keeps the process alive.
    if (socket !== undefined && socket.readyState < 2) socket.close();
    if (this.#pusher !== undefined && this.#pusher.connection.state !== 'disconnected')
      this.#pusher.disconnect();
  }

  destroy(): void {
    // pusher-js holds nothing of ours outside the instance, so there is nothing more than to hang up.
    this.close();
    this.#pusher = undefined;
  }

  cryptography(): unknown {
    // Not in pusher-js's types: where its builds with encryption keep NaCl.
    return (this.#pusher as { readonly config?: { readonly nacl?: unknown } } | undefined)?.config?.nacl;
  }

  /** Listens to `socket`; returns what pusher-js takes for it. */
  #adopt(socket: WebSocket, events: FrameLinkEvents): SocketFace {
    const dial = this.#dial;
    const statics = this.#statics;
    // Who reads pusher-js's log wants to see frames there.
    const logged = statics.logToConsole === true || typeof statics.log === 'function';
    const face: SocketFace = {
      send: () => {},
      close: () => {
        if (dial === this.#dial && socket.readyState < 2) socket.close();
      },
    };
    socket.onopen = (event) => {
      if (dial !== this.#dial) {
        socket.close();
        return;
      }
      face.onopen?.(event);
      face.onmessage?.({ data: handshake });
    };
    // The close that follows says as much; pusher-js would wait out a 15 s timeout on an error.
    socket.onerror = () => {};
    socket.onclose = ({ code, reason }) => {
      if (dial !== this.#dial) return;
      this.close();
      events.closed(code, reason === '' ? undefined : reason);
    };
    socket.onmessage = (event) => {
      if (dial !== this.#dial) return;
      const text: unknown = event.data;
      events.received(text, typeof text === 'string' ? text.length : 0);
      if (logged && dial === this.#dial) show(face, text);
    };
    return face;
  }

  #construct(): PusherInstance {
    const { key, pusherOptions } = this.#settings;
    const statics = this.#statics;
    const Pusher = this.#class;
    const options = {
      ...pusherOptions,
      // Not 'wss' beside it: without TLS pusher-js would open a second socket, to another port, two seconds into each dial.
      enabledTransports: ['ws'],
      disabledTransports: [],
      activityTimeout: never,
      pongTimeout: never,
    };
    const inert = { bind: () => {}, unbind: () => {} };
    let pusher: PusherInstance;
    try {
      pusher = lend(statics, { isReady: false }, () =>
        // Our own watch of the network decides; pusher-js never takes its listeners off again.
        lend(statics.Runtime, { getNetwork: () => inert }, () => new Pusher(key, options as never)),
      );
    } catch (cause) {
      if (cause instanceof ReferenceError && !('document' in globalThis)) {
        throw new ConfigurationError(
          'This build of pusher-js needs a page: in a worker pass the class of `pusher-js/worker` as the option `Pusher`.',
          { cause },
        );
      }
      throw new ConfigurationError(`pusher-js rejected its options: ${String(cause)}`, { cause });
    }
    // It keeps every instance for ever, to connect them all once the page is ready. We connect this one.
    const index = statics.instances.indexOf(pusher);
    if (index >= 0) statics.instances.splice(index, 1);
    pusher.connection.bind('connecting', () => {
      if (!this.#dialling) soon(() => pusher.disconnect());
    });
    return pusher;
  }
}

/** Shows pusher-js a frame for its log: not errors, to which it would answer with retries, nor a second handshake. */
function show(face: SocketFace, text: unknown): void {
  if (typeof text !== 'string' || /"pusher:(?:error|connection_established)"/.test(text)) return;
  try {
    face.onmessage?.({ data: text });
  } catch {
    // Its log is a function of the application's, and the frame has been delivered.
  }
}
