import type { RequestFields } from './backend/endpoint';
import type { ChannelContract, ChannelDefinitions } from './contract/define';
import type { PusherConstructor, PusherInstance } from './link/pusher-module';
import type { LimitOptions } from './link/server-limits';
import type {
  Clock,
  Network,
  OutboxStorage,
  OutboxStorageFactory,
  Publisher,
  Recover,
  TabCoordinator,
  TokenSource,
  TransportFactory,
} from './ports';

/** How the application's backend is asked for private, presence and encrypted channels. */
export interface AuthOptions {
  /** The address that signs subscriptions, such as `/pusher/auth`. */
  readonly endpoint: string;
  /**
   * A bearer token, or a function that brings one: called when there is none, when four fifths of its life are over, and when
   * a server refused it. The token also goes to the publish endpoint. Throw an `AuthenticationError` to say that asking
   * again is pointless.
   */
  readonly token?: string | TokenSource;
  /**
   * Whose token it is: an id of the user. Tabs of the same origin whose clients have the same `key`, `endpoint` and `owner` share
   * one token, and ask for it once. Default: `outbox.owner`. Without either, each client asks for itself: two tabs may belong
   * to two users, and nothing but this tells them apart.
   */
  readonly owner?: string;
  /** Added to the request's headers: values, or a function asked before each request (CSRF). */
  readonly headers?: RequestFields;
  /** Added to the request's body. */
  readonly params?: RequestFields;
  /** Whether cookies go along, as in `fetch`. Default: `same-origin`. */
  readonly credentials?: 'omit' | 'same-origin' | 'include';
  /** How the body is written. Default: `form`, which Pusher's own libraries read. */
  readonly format?: 'form' | 'json';
  /**
   * The address that says who the user of a connection is, such as `/pusher/user-auth`. With it each connection is signed in,
   * and `client.user` hears what the server sends to the user. Left out, nobody is signed in.
   */
  readonly userEndpoint?: string;
  /**
   * Whether channels that are wanted together are authorized in one request, for backends that know how (see the guide to
   * authentication); one that does not is asked for one channel at a time. Default: false.
   */
  readonly batch?: boolean | BatchOptions;
}

/** How many channels are authorized in one request. */
export interface BatchOptions {
  /** The address that signs many subscriptions. Default: `auth.endpoint`. */
  readonly endpoint?: string;
  /** How long a request waits for channels to go with it, in milliseconds. Default: 15. */
  readonly window?: number;
}

/** How the application's backend is asked to publish. */
export interface PublishEndpointOptions {
  /** The address that publishes for us, such as `/realtime/trigger`. */
  readonly endpoint: string;
  /** Added to the request's headers: values, or a function asked before each request (CSRF). */
  readonly headers?: RequestFields;
  /** Added to the request's body. */
  readonly params?: RequestFields;
  /** Whether cookies go along, as in `fetch`. Default: `same-origin`. */
  readonly credentials?: 'omit' | 'same-origin' | 'include';
  /** Whether the server is asked to leave our own connection out (`socket_id`). Default: false, we hear ourselves. */
  readonly excludeSender?: boolean;
}

/** Bounds of the outbox, and where it keeps its messages. */
export interface OutboxOptions {
  /**
   * Where messages wait: `indexedDbStorage()`, `asyncStorage(store)`, or one of your own. What an earlier page left there is
   * sent when this one first connects or publishes. Default: in memory, they end with the page.
   */
  readonly storage?: OutboxStorage | OutboxStorageFactory;
  /**
   * Whose messages these are: an id of the user. They are kept apart from those of others, and never sent for anybody else.
   * Make a new client when the user changes. Default: `auth.owner`.
   */
  readonly owner?: string;
  /** The most messages that may be pending. Default: 1,000. */
  readonly messages?: number;
  /** The most UTF-8 bytes of payload that may be pending. Default: 5 MiB. */
  readonly bytes?: number;
  /** What becomes of a message too many: `reject` refuses it, `drop-oldest` gives up the oldest waiting ones. Default: `reject`. */
  readonly overflow?: 'reject' | 'drop-oldest';
  /**
   * Whether messages that the server refused for good, or that expired, stay in `client.outbox.rejected` until they are
   * discarded or retried. Default: false.
   */
  readonly keepRejected?: boolean;
  /** How long a message may wait, in milliseconds. Default: 24 hours. */
  readonly expiresIn?: number;
}

/** Everything a `RealtimeClient` can be told. Only `key` and where the server is are needed. */
export interface RealtimeClientOptions<Contract extends ChannelContract = ChannelContract> {
  /** The application's public key. The secret never belongs in a client. */
  readonly key: string;
  /** The Pusher cluster, such as `us2`. */
  readonly cluster?: string;
  /** The host of a server of your own (soketi, Reverb, Sockudo), without scheme and port. */
  readonly host?: string;
  /** Its port. Default: 443, without TLS 80. */
  readonly port?: number;
  /** Whether to use TLS. Default: true. */
  readonly tls?: boolean;
  /** The channels, made by `defineChannels`. Left out, names and events are checked by the types alone. */
  readonly channels?: Contract & ChannelDefinitions;
  /** Authorization of channels, and tokens. Left out, only public channels can be had. */
  readonly auth?: AuthOptions;
  /** The endpoint for publishing. Left out, only client events can be published. */
  readonly publish?: PublishEndpointOptions;
  /** The outbox. */
  readonly outbox?: OutboxOptions;
  /** The server's limits: `soketiLimits`, `reverbLimits`, `sockudoLimits`, or numbers of your own. Default: `pusherLimits`. */
  readonly limits?: LimitOptions;
  /**
   * Whether this client tells senders who ask (`acknowledge: 'delivered'`) that one of its listeners got their message, by the
   * client event `client-ack`. Default: true.
   */
  readonly confirmDelivery?: boolean;
  /**
   * Where a message's id is, for applications that put it into the payload: duplicates are dropped by it. Asked when the
   * frame has no `message_id` of its own, which Sockudo and the embedded server send and Pusher does not.
   */
  readonly messageId?: (data: unknown, event: string, channel: string) => string | undefined;
  /**
   * Fills a gap: called when a channel is back after it was lost, with up to 10 s to answer. Its messages come first, in their
   * order and marked `recovered`; live ones wait behind them. See `recoverFromHistory`.
   */
  readonly recover?: Recover;
  /** Passed to pusher-js over what surewire sets, but for `enabledTransports` and `pongTimeout`, which stay ours. */
  readonly pusherOptions?: Readonly<Record<string, unknown>>;
  /** The Pusher class to use, such as the one of `pusher-js/with-encryption`. Default: `pusher-js`, loaded at the first connect. */
  readonly Pusher?: PusherConstructor;
  /** An instance to take over. We dial it; leave its `connect`, `disconnect` and our channels alone. */
  readonly pusher?: PusherInstance;
  /** Another transport than pusher-js. */
  readonly transport?: TransportFactory;
  /** Another way to publish on the server route than `publish.endpoint`. */
  readonly publisher?: Publisher;
  /** Another `fetch` than the platform's. */
  readonly fetch?: (address: string, init: RequestInit) => Promise<Response>;
  /** Another way to the other tabs than Web Locks and BroadcastChannel. */
  readonly tabs?: TabCoordinator;
  /** Another clock than the system's. */
  readonly clock?: Clock;
  /** Another source of news about the network than the browser. */
  readonly network?: Network;
}
