import { type Channel, ConfigurationError, type RealtimeError, type Stop, ValidationError } from '../index';
import { channelAt, type LegacyRoutes } from './routes';
import { lookLikeWebSocket, states } from './socket-class';
import { binaryLength, incoming, outgoing } from './socket-frames';
import { EventHandlers } from './socket-handlers';
import { closeWords, onTheWire, socketAddress, socketProtocols } from './socket-rules';
import type {
  LegacyClient,
  LegacySocketOptions,
  LegacySocketSettings,
  LegacySocketStates,
} from './socket-surface';
import { closeEvent, soon } from './socket-turns';

/** A class that is used like `WebSocket`. */
export interface LegacyWebSocket extends LegacySocketStates {
  /** Opens a socket, as `new WebSocket(address, protocols)` does. */
  new (address: string | URL, protocols?: string | readonly string[]): LegacySocket;
  /** What its sockets inherit. */
  readonly prototype: LegacySocket;
}

/** The class of the lookalikes, for who says with each socket what drives it. */
export interface LegacySocketClass extends LegacySocketStates {
  /** Opens a socket, as `new WebSocket(address, protocols)` does, driven by `settings.client`. */
  new (
    address: string | URL,
    protocols: string | readonly string[] | undefined,
    settings: LegacySocketSettings,
  ): LegacySocket;
  /** What its sockets inherit. */
  readonly prototype: LegacySocket;
}

/**
 * A `WebSocket` to look at, a channel of a `RealtimeClient` behind it. It opens when the channel is subscribed. It closes with 1006
 * when the subscription is refused or lost, as a socket does: code that knows how to come back makes a new one, which opens
 * as soon as the client is back. Throws what a `WebSocket` throws, and nothing else.
 *
 * `send` publishes `{ type, data }` as the event `type` on the channel, through the outbox; JSON that is no frame, and other text, as
 * the event `message`. Binary data cannot be published and is reported. `bufferedAmount` counts what is not acknowledged yet.
 * `protocol` is the first one that was asked for: there is no server to choose another.
 */
export interface LegacySocket extends WebSocket {}

/** The class of the lookalikes: `new LegacySocket(address, protocols, { client, routes })`. */
// Made by a call, so that bundlers can leave it out; a class that extends another is kept for its side effects.
export const LegacySocket: LegacySocketClass = /* @__PURE__ */ defineSocket();

/** A `WebSocket` class for old code, driven by `client`: to be exported under that name, extended, or passed to libraries. */
export function createLegacyWebSocket(
  client: LegacyClient,
  routes: LegacyRoutes,
  options: LegacySocketOptions = {},
): LegacyWebSocket {
  const Bound = class extends LegacySocket {
    // Its length is 1, as a WebSocket's.
    constructor(address: string | URL, ...[protocols]: [protocols?: string | readonly string[]]) {
      // biome-ignore lint/complexity/noArguments: no address is an error of its own; undefined is an address as any other
      if (arguments.length === 0) throw new TypeError('A socket needs an address.');
      super(address, protocols, { ...options, client, routes });
    }
  };
  lookLikeWebSocket(Bound, LegacySocket);
  return Bound;
}

function defineSocket(): LegacySocketClass {
  /** In place of the one that is missing, so that the module can be imported everywhere, and only a socket fails. */
  class MissingEventTarget {
    constructor() {
      throw new ConfigurationError(
        'A `LegacySocket` needs `EventTarget`, which this platform lacks. Load a polyfill of it before surewire/legacy.',
      );
    }
  }
  // The cast is true of every object that there will be: the substitute makes none.
  const Target = globalThis.EventTarget ?? (MissingEventTarget as unknown as typeof EventTarget);
  class Socket extends Target {
    readonly #settings: LegacySocketSettings;
    readonly #url: URL;
    /** The first one that was asked for. */
    readonly #asked: string;
    readonly #handlers = new EventHandlers(this);
    #channel: Channel | undefined;
    #state: 0 | 1 | 2 | 3 = states.CONNECTING;
    /** None: there is no wire of ours that one could bend. */
    readonly #extensions = '';
    #binaryType: BinaryType = 'blob';
    #buffered = 0;
    /** A socket never opens in the turn in which it was made. */
    #begun = false;
    #opened = false;
    #stops: Stop[] = [];

    static {
      for (const type of ['open', 'message', 'error', 'close']) {
        Object.defineProperty(Socket.prototype, `on${type}`, {
          get(this: Socket) {
            return this.#handlers.get(type);
          },
          set(this: Socket, value: unknown) {
            this.#handlers.set(type, value);
          },
          configurable: true,
        });
      }
      lookLikeWebSocket(Socket);
    }

    constructor(
      address: string | URL,
      protocols: string | readonly string[] | undefined,
      settings: LegacySocketSettings,
    ) {
      super();
      this.#settings = settings;
      this.#url = socketAddress(address);
      this.#asked = socketProtocols(protocols === undefined ? [] : protocols)[0] ?? '';
      try {
        this.#begin();
      } catch (error) {
        this.#report(error);
      }
      const hopeless = !this.#mayOpen();
      soon(() => {
        this.#begun = true;
        // A refusal from before our time is told a second later: code that comes back at once would do so thousands of times.
        if (hopeless && !this.#mayOpen()) setTimeout(() => this.#look(), 1_000);
        else this.#look();
      });
    }

    get url(): string {
      return this.#url.href;
    }

    get readyState(): 0 | 1 | 2 | 3 {
      return this.#state;
    }

    get bufferedAmount(): number {
      return this.#buffered;
    }

    get protocol(): string {
      return this.#opened ? this.#asked : '';
    }

    get extensions(): string {
      return this.#extensions;
    }

    get binaryType(): BinaryType {
      return this.#binaryType;
    }

    set binaryType(type: BinaryType) {
      if (type === 'blob' || type === 'arraybuffer') this.#binaryType = type;
    }

    get [Symbol.toStringTag](): string {
      return 'WebSocket';
    }

    send(data: Parameters<WebSocket['send']>[0]): void {
      // biome-ignore lint/complexity/noArguments: send() is an error, send(undefined) is not, and send.length is 1
      if (arguments.length === 0) throw new TypeError('send needs something to send.');
      const binary = binaryLength(data);
      const { text, bytes } = binary === undefined ? onTheWire(`${data}`) : { text: '', bytes: binary };
      if (this.#state === states.CONNECTING) {
        throw new DOMException('The socket is not open yet.', 'InvalidStateError');
      }
      if (this.#state === states.OPEN) {
        if (binary !== undefined) {
          this.#report(new ValidationError('Binary data cannot be published; send text.', []));
          return;
        }
        void this.#publish(text, bytes);
      }
      this.#buffered += bytes;
    }

    close(...[code, reason]: [code?: number, reason?: string]): void {
      const words = closeWords(code, reason);
      if (this.#state >= states.CLOSING) return;
      const clean = this.#state === states.OPEN;
      this.#leave(states.CLOSING);
      soon(() => (clean ? this.#end({ ...words, wasClean: true }) : this.#fail()));
    }

    #begin(): void {
      const { client, routes } = this.#settings;
      const name = channelAt(routes, this.#url);
      if (name === undefined) {
        // Without the query: people used to write tokens into it.
        throw new ConfigurationError(`No route leads from "${this.#url.pathname}" to a channel.`);
      }
      const channel = client.channel(name);
      const look = (): void => this.#look();
      this.#stops = [
        channel.onAny((_, message) => this.#deliver(incoming(message))),
        channel.subscription.subscribe(look),
        client.status.subscribe(look),
      ];
      this.#channel = channel;
    }

    /** Makes our state that of the subscription. */
    #look(): void {
      if (!this.#begun || this.#state >= states.CLOSING) return;
      const subscribed = this.#channel?.subscription.get().state === 'subscribed';
      if (!this.#mayOpen() || (this.#state === states.OPEN && !subscribed)) this.#fail();
      else if (subscribed && this.#state === states.CONNECTING) this.#open();
    }

    #mayOpen(): boolean {
      const subscription = this.#channel?.subscription.get().state;
      if (subscription === 'subscribed') return true;
      return subscription === 'subscribing' && this.#settings.client.status.get().state !== 'failed';
    }

    #open(): void {
      this.#state = states.OPEN;
      this.#opened = true;
      this.dispatchEvent(new Event('open'));
    }

    #fail(): void {
      this.#leave(states.CLOSED);
      this.dispatchEvent(new Event('error'));
      this.#end({ code: 1006, reason: '', wasClean: false });
    }

    #end(words: CloseEventInit): void {
      this.#state = states.CLOSED;
      this.dispatchEvent(closeEvent(words));
    }

    #leave(state: 2 | 3): void {
      this.#state = state;
      for (const stop of this.#stops.splice(0)) stop();
    }

    #deliver(frame: object): void {
      if (this.#state !== states.OPEN) return;
      const { origin } = this.#url;
      this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(frame), origin }));
    }

    async #publish(text: string, bytes: number): Promise<void> {
      const { event, data } = outgoing(text);
      const { answers = {} } = this.#settings;
      try {
        if (!Object.hasOwn(answers, event)) await this.#channel?.publish(event, data);
        else soon(() => this.#deliver({ type: answers[event], data }));
      } catch (error) {
        this.#report(error);
      } finally {
        this.#buffered -= bytes;
      }
    }

    #report(error: unknown): void {
      const { onError = (unheard: RealtimeError): void => console.error(unheard) } = this.#settings;
      // Whoever destroys the client or signs out knows what it does to messages.
      if ((error as RealtimeError).code !== 'aborted') soon(() => onError(error as RealtimeError));
    }
  }

  // The handlers and constants are there, where the compiler does not see them.
  return Socket as unknown as LegacySocketClass;
}
