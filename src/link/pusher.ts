import { ConfigurationError, isRealtimeError, type RealtimeError } from '../errors';
import { DialledSocket } from './dialled-socket';
import type { PusherLink, PusherLinkEvents } from './frames';
import {
  loadPusher,
  type PusherConstructor,
  type PusherInstance,
  resolvePusherConstructor,
} from './pusher-module';
import { lend, type PusherStatics, staticsOf } from './pusher-statics';

/** What this file needs to build and dial with pusher-js. */
export interface PusherSocketSettings {
  /** The application's public key. */
  readonly key: string;
  /** Options for pusher-js, complete. */
  readonly pusherOptions: Readonly<Record<string, unknown>>;
  /** The class to use; loaded when undefined. */
  readonly Pusher: PusherConstructor | undefined;
}

/** Our own watch finds a dead link in seconds; pusher-js's would dial by itself when it has found one. */
const pongTimeout = 24 * 60 * 60 * 1000;

/** Throws where somebody counts on transports that we cannot hold. */
function checkTransports(options: Readonly<Record<string, unknown>>): void {
  const { enabledTransports } = options;
  const foreign = Array.isArray(enabledTransports)
    ? enabledTransports.filter((each) => each !== 'ws' && each !== 'wss')
    : [];
  if (foreign.length === 0) return;
  throw new ConfigurationError(
    `\`pusherOptions.enabledTransports\` has "${foreign.join('", "')}" in it: surewire dials over WebSockets. For transports over HTTP pass an instance of your own: \`pusher: new Pusher(key, options)\`.`,
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
  #socket: DialledSocket | undefined;
  /** Why no dial can succeed, as learned too late for the `open` before. */
  #unusable: RealtimeError | undefined;
  /** Counts dials, so that what an earlier one left behind is recognised. */
  #dial = 0;
  #dialling = false;

  /** Throws a `ConfigurationError` for a class that is not pusher-js's and for transports other than WebSockets. */
  constructor(settings: PusherSocketSettings) {
    checkTransports(settings.pusherOptions);
    this.#settings = settings;
    if (settings.Pusher === undefined) return;
    this.#class = resolvePusherConstructor(settings.Pusher);
    staticsOf(this.#class);
  }

  open(events: PusherLinkEvents): void {
    this.close();
    const dial = this.#dial;
    const unusable = this.#unusable;
    this.#unusable = undefined;
    if (unusable !== undefined) throw unusable;
    if (this.#class !== undefined) {
      this.#connect(this.#class, events);
      return;
    }
    loadPusher()
      .then((loaded) => {
        this.#class = loaded;
        if (dial === this.#dial) this.#connect(loaded, events);
      })
      .catch((error: unknown) => {
        if (dial !== this.#dial) return;
        this.close();
        if (isRealtimeError(error)) this.#unusable = error;
        events.closed(undefined, `pusher-js could not be loaded: ${String(error)}`);
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
    if (this.#socket === undefined) return false;
    return this.#socket.write(
      JSON.stringify(channel === undefined ? { event, data } : { event, channel, data }),
    );
  }

  cryptography(): unknown {
    return (this.#pusher as { readonly config?: { readonly nacl?: unknown } } | undefined)?.config?.nacl;
  }

  #letGo(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    // Before pusher-js, which would write to a socket that is on its way down.
    socket?.leave();
    if (this.#pusher !== undefined && this.#pusher.connection.state !== 'disconnected')
      this.#pusher.disconnect();
  }

  #connect(Pusher: PusherConstructor, events: PusherLinkEvents): void {
    const dial = this.#dial;
    const statics = staticsOf(Pusher);
    this.#pusher ??= this.#construct(Pusher, statics);
    const pusher = this.#pusher;
    const original = statics.Runtime.createWebSocket.bind(statics.Runtime);
    let refusal: unknown;
    const createWebSocket = (url: string): WebSocket => {
      try {
        const native = globalThis.WebSocket;
        const socket = typeof native === 'function' ? new native(url) : original(url);
        this.#socket = this.#adopt(socket, statics, events);
      } catch (error) {
        refusal = error;
        throw error;
      }
      return this.#socket.face as unknown as WebSocket;
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

  #adopt(socket: WebSocket, statics: PusherStatics, events: PusherLinkEvents): DialledSocket {
    const dial = this.#dial;
    return new DialledSocket(socket, {
      events,
      forwardAll: statics.logToConsole === true || typeof statics.log === 'function',
      ended: (code, reason) => {
        if (dial !== this.#dial) return;
        this.close();
        events.closed(code, reason);
      },
    });
  }

  #construct(Pusher: PusherConstructor, statics: PusherStatics): PusherInstance {
    const { key, pusherOptions } = this.#settings;
    // Not 'wss' beside it: without TLS pusher-js would open a second socket, to another port, two seconds into each dial.
    const options = { ...pusherOptions, enabledTransports: ['ws'], disabledTransports: [], pongTimeout };
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
          'This build of pusher-js wants a page, and there is none: in a worker pass the class of `pusher-js/worker` as the option `Pusher`.',
          { cause },
        );
      }
      throw new ConfigurationError(`pusher-js does not take its options: ${String(cause)}`, { cause });
    }
    // It keeps every instance for ever, to connect them all once the page is ready. We connect this one.
    const index = statics.instances.indexOf(pusher);
    if (index >= 0) statics.instances.splice(index, 1);
    pusher.connection.bind('connecting', () => {
      if (!this.#dialling) queueMicrotask(() => pusher.disconnect());
    });
    return pusher;
  }
}
