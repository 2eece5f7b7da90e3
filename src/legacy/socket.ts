import { type Channel, neededObject, type RealtimeError, type Stop, ValidationError } from '../index';
import { channelAt, type LegacyRoutes, unrouted } from './routes';
import { incoming, isBinary, outgoing } from './socket-frames';
import { byteLength, closeWords, socketAddress } from './socket-rules';
import {
  checkSocketSettings,
  type LegacyClient,
  type LegacySocketOptions,
  type LegacySocketSettings,
  type LegacySocketStates,
  tellOf,
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
  const settings = {
    ...neededObject(options, 'createLegacyWebSocket(client, routes, { answers, onError })'),
    client,
    routes,
  };
  checkSocketSettings(settings);
  return class extends LegacySocket {
    constructor(address: string | URL, protocols?: string | readonly string[]) {
      super(address, protocols, settings);
    }
  };
}

type Handler = ((event: Event) => void) | null;

function defineSocket(): LegacySocketClass {
  // Where there are no event targets, as on some React Native, importing this must not fail.
  const Target = (globalThis.EventTarget as typeof EventTarget | undefined) ?? (Object as never);

  class Socket extends Target {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSING = 2;
    static readonly CLOSED = 3;
    readonly CONNECTING = 0;
    readonly OPEN = 1;
    readonly CLOSING = 2;
    readonly CLOSED = 3;
    onopen: Handler = null;
    onmessage: Handler = null;
    onerror: Handler = null;
    onclose: Handler = null;
    binaryType: BinaryType = 'blob';
    /** None: there is no wire of ours that one could bend. */
    readonly extensions = '';
    readonly url: string;
    protocol = '';
    readonly #settings: LegacySocketSettings;
    readonly #url: URL;
    /** The first one that was asked for. */
    readonly #asked: string;
    #channel: Channel | undefined;
    #state: 0 | 1 | 2 | 3 = 0;
    #buffered = 0;
    /** A socket never opens in the turn in which it was made. */
    #begun = false;
    #stops: Stop[] = [];

    constructor(
      address: string | URL,
      protocols: string | readonly string[] | undefined,
      settings: LegacySocketSettings,
    ) {
      super();
      this.#settings = settings;
      this.#url = socketAddress(address);
      this.url = this.#url.href;
      this.#asked = [protocols ?? []].flat()[0] ?? '';
      for (const type of ['open', 'message', 'error', 'close'] as const) {
        this.addEventListener(type, (event) => this[`on${type}`]?.(event));
      }
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

    get readyState(): 0 | 1 | 2 | 3 {
      return this.#state;
    }

    get bufferedAmount(): number {
      return this.#buffered;
    }

    send(data: Parameters<WebSocket['send']>[0]): void {
      if (this.#state === 0) throw new DOMException('The socket is not open yet.', 'InvalidStateError');
      if (isBinary(data)) {
        this.#report(new ValidationError('Binary data cannot be published; send text.', []));
        return;
      }
      const text = `${data}`;
      const bytes = byteLength(text);
      if (this.#state === 1) void this.#publish(text, bytes);
      this.#buffered += bytes;
    }

    close(code?: number, reason?: string): void {
      const words = closeWords(code, reason);
      if (this.#state >= 2) return;
      const clean = this.#state === 1;
      this.#leave(2);
      soon(() => (clean ? this.#end({ ...words, wasClean: true }) : this.#fail()));
    }

    #begin(): void {
      const { client, routes } = this.#settings;
      const name = channelAt(routes, this.#url);
      if (name === undefined) throw unrouted(routes, this.#url);
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
      if (!this.#begun || this.#state >= 2) return;
      const subscribed = this.#channel?.subscription.get().state === 'subscribed';
      if (!this.#mayOpen() || (this.#state === 1 && !subscribed)) this.#fail();
      else if (subscribed && this.#state === 0) this.#open();
    }

    #mayOpen(): boolean {
      const subscription = this.#channel?.subscription.get().state;
      if (subscription === 'subscribed') return true;
      return subscription === 'subscribing' && this.#settings.client.status.get().state !== 'failed';
    }

    #open(): void {
      this.#state = 1;
      this.protocol = this.#asked;
      this.dispatchEvent(new Event('open'));
    }

    #fail(): void {
      this.#leave(3);
      this.dispatchEvent(new Event('error'));
      this.#end({ code: 1006, reason: '', wasClean: false });
    }

    #end(words: CloseEventInit): void {
      this.#state = 3;
      this.dispatchEvent(closeEvent(words));
    }

    #leave(state: 2 | 3): void {
      this.#state = state;
      for (const stop of this.#stops.splice(0)) stop();
    }

    #deliver(frame: object): void {
      if (this.#state !== 1) return;
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
      const { onError } = this.#settings;
      // Whoever destroys the client or signs out knows what it does to messages.
      if ((error as RealtimeError).code !== 'aborted') soon(() => tellOf(error as RealtimeError, onError));
    }
  }

  // Handlers are told of one kind of event each, and an event target is there wherever a socket is made.
  return Socket as unknown as LegacySocketClass;
}
