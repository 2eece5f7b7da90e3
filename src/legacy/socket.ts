import {
  type Channel,
  ConfigurationError,
  type ConnectionStatus,
  type ReadableStore,
  type RealtimeError,
  type RealtimeMessage,
  type Stop,
  ValidationError,
} from '../index';
import { isEnvelope, readFrame, toLegacyFrame } from './frames';
import { channelAt, type LegacyRoutes } from './routes';
import { byteLength, closeWords, socketAddress, socketProtocols } from './socket-rules';

/** What the lookalikes need of a `RealtimeClient`: any one will do, whatever its channels are. */
export interface LegacyClient {
  /** Where the connection is. */
  readonly status: ReadableStore<ConnectionStatus>;
  /** The channel of that name. */
  channel(name: string): Channel;
}

/** How the lookalikes deviate from what they do by themselves. */
export interface LegacySocketOptions {
  /**
   * Types of frames that are answered at once and not published, with the type of the answer: `{ ping: 'pong' }` for code that
   * takes silence for a dead server. Default: none.
   */
  readonly answers?: Readonly<Record<string, string>>;
  /**
   * Gets what a `WebSocket` has no words for: a frame that cannot be published, an address without a route. Default: the console.
   */
  readonly onError?: (error: RealtimeError) => void;
}

/** What drives a `LegacySocket`. */
export interface LegacySocketSettings extends LegacySocketOptions {
  /** Speaks for it to the server. */
  readonly client: LegacyClient;
  /** The channel behind each address. */
  readonly routes: LegacyRoutes;
}

type EventName = keyof WebSocketEventMap;
type Handler = { value: unknown; readonly listener: (event: Event) => void };

/** `EventTarget` with a WebSocket's types. */
const SocketEvents: new () => EventTarget & Pick<WebSocket, 'addEventListener' | 'removeEventListener'> =
  EventTarget;

const states = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;

/**
 * A `WebSocket` to look at, a channel of a `RealtimeClient` behind it. It opens when the channel is subscribed. It closes with 1006
 * when the subscription is refused or lost, as a socket does: code that knows how to come back makes a new one, which opens
 * as soon as the client is back. Throws what a `WebSocket` throws, and nothing else.
 */
export class LegacySocket extends SocketEvents implements WebSocket {
  /** 0: not open yet. */
  declare static readonly CONNECTING: 0;
  /** 1: messages flow. */
  declare static readonly OPEN: 1;
  /** 2: `close()` was called. */
  declare static readonly CLOSING: 2;
  /** 3: it is over. */
  declare static readonly CLOSED: 3;
  /** 0: not open yet. */
  declare readonly CONNECTING: 0;
  /** 1: messages flow. */
  declare readonly OPEN: 1;
  /** 2: `close()` was called. */
  declare readonly CLOSING: 2;
  /** 3: it is over. */
  declare readonly CLOSED: 3;
  /** Called with each `open` event. */
  declare onopen: WebSocket['onopen'];
  /** Called with each `message` event. */
  declare onmessage: WebSocket['onmessage'];
  /** Called with each `error` event; a `close` follows. */
  declare onerror: WebSocket['onerror'];
  /** Called with the `close` event. */
  declare onclose: WebSocket['onclose'];

  readonly #settings: LegacySocketSettings;
  readonly #url: URL;
  readonly #protocols: readonly string[];
  readonly #handlers = new Map<EventName, Handler>();
  #channel: Channel | undefined;
  #state: 0 | 1 | 2 | 3 = states.CONNECTING;
  #protocol = '';
  #binaryType: BinaryType = 'blob';
  #buffered = 0;
  /** A socket never opens in the turn in which it was made. */
  #begun = false;
  #stops: Stop[] = [];

  static {
    for (const [name, value] of Object.entries(states)) {
      for (const target of [LegacySocket, LegacySocket.prototype]) {
        Object.defineProperty(target, name, { value, enumerable: true });
      }
    }
    for (const type of ['open', 'message', 'error', 'close'] as const) {
      Object.defineProperty(LegacySocket.prototype, `on${type}`, {
        get(this: LegacySocket) {
          return this.#handlers.get(type)?.value ?? null;
        },
        set(this: LegacySocket, value: unknown) {
          this.#handle(type, value);
        },
        enumerable: true,
        configurable: true,
      });
    }
  }

  /** As `new WebSocket(address, protocols)`, with what drives it. */
  constructor(
    address: string | URL,
    protocols: string | readonly string[] | undefined,
    settings: LegacySocketSettings,
  ) {
    super();
    if (address === undefined) throw new TypeError('A socket needs an address.');
    this.#settings = settings;
    this.#url = socketAddress(address);
    this.#protocols = socketProtocols(protocols === undefined ? [] : protocols);
    try {
      this.#begin();
    } catch (error) {
      this.#report(error);
    }
    soon(() => {
      this.#begun = true;
      this.#look();
    });
  }

  /** The address, as it was understood. */
  get url(): string {
    return this.#url.href;
  }

  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  get readyState(): 0 | 1 | 2 | 3 {
    return this.#state;
  }

  /** Bytes that were sent and are not acknowledged yet, and whatever was sent after the end. */
  get bufferedAmount(): number {
    return this.#buffered;
  }

  /** Once open, the first of the protocols that were asked for; there is no server to choose another. */
  get protocol(): string {
    return this.#protocol;
  }

  /** Always empty. */
  get extensions(): string {
    return '';
  }

  /** Kept, and without effect: what comes in is text. Default: `blob`. */
  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  set binaryType(type: BinaryType) {
    if (type === 'blob' || type === 'arraybuffer') this.#binaryType = type;
  }

  /** Makes `Object.prototype.toString` say `[object WebSocket]`. */
  get [Symbol.toStringTag](): string {
    return 'WebSocket';
  }

  /**
   * Publishes `{ type, data }` as the event `type` on the channel, through the outbox; JSON that is no frame, and other text, as
   * the event `message`. Binary data cannot be published and is reported. Throws an `InvalidStateError` before it is open.
   */
  send(data: Parameters<WebSocket['send']>[0]): void {
    // biome-ignore lint/complexity/noArguments: send() is an error, send(undefined) is not, and send.length is 1
    if (arguments.length === 0) throw new TypeError('send needs something to send.');
    const binary = binaryLength(data);
    const text = binary === undefined ? `${data}` : '';
    if (this.#state === states.CONNECTING) {
      throw new DOMException('The socket is not open yet.', 'InvalidStateError');
    }
    const bytes = binary ?? byteLength(text);
    if (this.#state === states.OPEN) {
      if (binary !== undefined) {
        this.#report(new ValidationError('Binary data cannot be published; send text.', []));
        return;
      }
      void this.#publish(text, bytes);
    }
    this.#buffered += bytes;
  }

  /** Lets go of the channel; a `close` event follows. Throws for codes and reasons that a `WebSocket` does not take. */
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
      channel.onAny((_, message) => this.#receive(message)),
      channel.subscription.subscribe(look),
      client.status.subscribe(look),
    ];
    this.#channel = channel;
  }

  /** Makes our state that of the subscription. */
  #look(): void {
    if (!this.#begun || this.#state >= states.CLOSING) return;
    const subscription = this.#channel?.subscription.get().state;
    if (subscription === 'subscribed') {
      if (this.#state === states.CONNECTING) this.#open();
      return;
    }
    const waits = subscription === 'subscribing' && this.#settings.client.status.get().state !== 'failed';
    if (!waits || this.#state === states.OPEN) this.#fail();
  }

  #open(): void {
    this.#state = states.OPEN;
    this.#protocol = this.#protocols[0] ?? '';
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

  #receive({ event, data }: RealtimeMessage): void {
    const inner = event === 'message' && isEnvelope(data) ? data : undefined;
    // Whichever word its readers look for, the sender's own stays.
    this.#deliver({ ...inner, ...toLegacyFrame(readFrame({ event, data })) });
  }

  #deliver(frame: object): void {
    if (this.#state !== states.OPEN) return;
    const { origin } = this.#url;
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(frame), origin }));
  }

  async #publish(text: string, bytes: number): Promise<void> {
    const { event, data } = outgoing(text);
    const answer = this.#settings.answers?.[event];
    try {
      if (answer === undefined) await this.#channel?.publish(event, data);
      else soon(() => this.#deliver({ type: answer, data }));
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

  /** As browsers do: who replaces a handler keeps its place among the listeners. */
  #handle(type: EventName, value: unknown): void {
    const known = this.#handlers.get(type);
    if ((typeof value !== 'function' && typeof value !== 'object') || value === null) {
      if (known !== undefined) this.removeEventListener(type, known.listener);
      this.#handlers.delete(type);
    } else if (known !== undefined) {
      known.value = value;
    } else {
      const handler: Handler = {
        value,
        listener: (event) => {
          if (typeof handler.value === 'function') handler.value.call(this, event);
        },
      };
      this.#handlers.set(type, handler);
      this.addEventListener(type, handler.listener);
    }
  }
}

/** A class that is used like `WebSocket`. */
export interface LegacyWebSocket {
  /** Opens a socket, as `new WebSocket(address, protocols)` does. */
  new (address: string | URL, protocols?: string | readonly string[]): LegacySocket;
  /** What its sockets inherit. */
  readonly prototype: LegacySocket;
  /** 0: not open yet. */
  readonly CONNECTING: 0;
  /** 1: messages flow. */
  readonly OPEN: 1;
  /** 2: `close()` was called. */
  readonly CLOSING: 2;
  /** 3: it is over. */
  readonly CLOSED: 3;
}

/** A `WebSocket` class for old code, driven by `client`: to be exported under that name, extended, or passed to libraries. */
export function createLegacyWebSocket(
  client: LegacyClient,
  routes: LegacyRoutes,
  options: LegacySocketOptions = {},
): LegacyWebSocket {
  return class extends LegacySocket {
    // Its length is 1, as a WebSocket's.
    constructor(address: string | URL, ...[protocols]: [protocols?: string | readonly string[]]) {
      super(address, protocols, { ...options, client, routes });
    }
  };
}

/** What is published for a text that old code sent. */
function outgoing(text: string): { readonly event: string; readonly data: unknown } {
  let data: unknown = text;
  try {
    data = JSON.parse(text);
    const { event, channel, timestamp, messageId, ...rest } = readFrame(data);
    const { data: content, ...beside } = rest;
    if (!('data' in rest)) return { event, data: Object.keys(beside).length === 0 ? undefined : beside };
    if (Object.keys(beside).length === 0) return { event, data: content };
    // An event has no place for fields beside its payload; what the old service put around messages has.
    return { event: 'message', data: { ...beside, type: event, payload: content } };
  } catch {
    return { event: 'message', data };
  }
}

function binaryLength(data: unknown): number | undefined {
  if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return data.byteLength;
  return typeof Blob === 'function' && data instanceof Blob ? data.size : undefined;
}

/** Node before 23 has no `CloseEvent`. */
function closeEvent(words: CloseEventInit): Event {
  return typeof CloseEvent === 'function'
    ? new CloseEvent('close', words)
    : Object.assign(new Event('close'), words);
}

/** In a turn of its own, also in a page in the background, where timers take a second. */
function soon(run: () => void): void {
  if (typeof MessageChannel !== 'function') {
    setTimeout(run, 0);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    run();
  };
  port2.postMessage(undefined);
}
