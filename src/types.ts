import type { RealtimeError, SubscriptionError } from './errors';

/** Undoes what returned it. Calling it twice is harmless. */
export type Stop = () => void;

/** Something that has a current value and notifies subscribers when it is replaced. Values are never changed in place. */
export interface ReadableStore<T> {
  /** The initial value: what a server renders, and a page until it has hydrated. */
  readonly initial: T;
  /** The value now; the same reference until it is replaced. */
  get(): T;
  /** Calls `listener` after each replacement (not at once). A listener that throws does not stop the others. */
  subscribe(listener: (value: T) => void): Stop;
}

/** The kind of a channel, which its prefix decides. All but public ones ask the authorization endpoint; presence channels also know who is there. */
export type ChannelKind = 'public' | 'private' | 'presence' | 'encrypted';

/**
 * Where the connection is.
 * `idle`: not requested yet. `connecting`: the first dial. `connected`: messages flow. `reconnecting`: it was lost,
 * or a dial failed, and surewire keeps dialling. `offline`: the device says that it has no network, and nothing proves otherwise yet: a
 * connection that is there is asked and kept while it answers, a lost one is dialled every 30 s.
 * `failed`: the server said that reconnecting is pointless; only `connect()` leaves this state.
 */
export type ConnectionState = 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'offline' | 'failed';

/**
 * What is wrong, for the people in front of the page; the words are yours. `offline`: their device has no network.
 * `unreachable`: the service does not answer, or the connection broke. `busy`: the service has too many connections.
 * `needs-sign-in`: the token is refused, and only signing in again helps. `refused`: the service rejects this
 * application; nothing the user does helps.
 */
export type ConnectionTrouble = 'offline' | 'unreachable' | 'busy' | 'needs-sign-in' | 'refused';

/** The state of the connection. Replaced at every change. */
export interface ConnectionStatus {
  /** Where it is. */
  readonly state: ConnectionState;
  /** When it came into this state, in milliseconds since 1970. */
  readonly since: number;
  /** Dials since the last stable connection; 0 when there was none. */
  readonly attempt: number;
  /** When we dial next, in milliseconds since 1970; only while waiting. */
  readonly retryAt?: number;
  /** Pusher's name for this connection; only while there is one. */
  readonly socketId?: string;
  /** What to tell the people in front of the page; absent when nothing is wrong. */
  readonly trouble?: ConnectionTrouble;
  /** Why it was lost or failed, for developers and logs; errors with more detail go to the client's `error` event. */
  readonly reason?: string;
}

/**
 * Where a channel's subscription is. `unsubscribed`: nothing holds it. `subscribing`: it is held, and the server has not
 * confirmed it yet, or there is no connection. `refused`: the server refused this token.
 */
export type SubscriptionState = 'unsubscribed' | 'subscribing' | 'subscribed' | 'refused';

/** The state of a channel's subscription. Replaced at every change. */
export interface SubscriptionStatus {
  /** Where it is. */
  readonly state: SubscriptionState;
  /** Why it is refused, or what failed last while we try again. */
  readonly error?: SubscriptionError;
}

/** A member of a presence channel: one user, however many connections. */
export interface Member<Info = unknown> {
  /** The user's id, as the authorization endpoint gave it. */
  readonly id: string;
  /** What the authorization endpoint said about the user. */
  readonly info: Info;
}

/** One message as it came in. The payload is shared between listeners: treat it as read-only. */
export interface RealtimeMessage<Data = unknown, Event extends string = string> {
  /** The channel it came on. */
  readonly channel: string;
  /** Its name. */
  readonly event: Event;
  /** Its payload, parsed and, where there is a schema, checked. */
  readonly data: Data;
  /** The sender's id of the message, when the server passes one on. */
  readonly id?: string | undefined;
  /** Who sent it; only for client events on presence channels, where the server vouches for it. */
  readonly userId?: string | undefined;
  /** When it came in, in milliseconds since 1970. */
  readonly receivedAt: number;
  /** True for a message that was filled in after a gap. */
  readonly recovered?: true;
}

/** A stretch of time in which messages of a channel may have been missed: it was subscribed, lost, and is subscribed again. */
export interface Gap {
  /** The channel. */
  readonly channel: string;
  /** When the server was last heard before it, in milliseconds since 1970. */
  readonly from: number;
  /** When the channel was subscribed again, in milliseconds since 1970. */
  readonly to: number;
  /** The id of the last message before it, where messages have ids. */
  readonly lastId?: string;
}

/** A message that was missed, as the application's history has it. */
export interface RecoveredMessage {
  /** Its name. */
  readonly event: string;
  /** Its payload, as it would have come in. */
  readonly data: unknown;
  /** Its id; one that came in already is dropped. */
  readonly id?: string | undefined;
  /** Who sent it. */
  readonly userId?: string | undefined;
}

/** Gets a payload, with the whole message beside it. What it throws goes to the client's `error` event. */
export type MessageListener<Data = unknown, Event extends string = string> = (
  payload: Data,
  message: RealtimeMessage<Data, Event>,
) => void;

/**
 * How much is known about a published message. `stored`: it is in the outbox. `written`: it was put on the socket, which
 * proves nothing. `accepted`: the server's endpoint took it. `delivered`: a receiver confirmed it.
 */
export type AcknowledgementLevel = 'stored' | 'written' | 'accepted' | 'delivered';

/** The outcome of a successful publish. */
export interface Acknowledgement {
  /** The message's id, the same over retries. */
  readonly id: string;
  /** How much is known. */
  readonly level: AcknowledgementLevel;
  /** When the level was reached, in milliseconds since 1970. */
  readonly acceptedAt: number;
  /** How often the message was offered to the server. */
  readonly attempts: number;
  /** From `publish()` to here, in milliseconds, waiting included. */
  readonly latency: number;
  /** The server's own id for the event, when its answer had one. */
  readonly eventId?: string;
  /** With level `delivered`: how many receivers had confirmed it by then. */
  readonly receivers?: number;
}

/** How one message is to be published. */
export interface PublishOptions {
  /**
   * The message's id: 1 to 64 printable ASCII characters, such as the id that your page shows it under. While a message with this
   * id is pending, another one is the same message, and its promise settles with the first. Default: a random UUID.
   */
  readonly id?: string;
  /**
   * `server`: to the endpoint of `publish.endpoint`. `peer`: over the socket to the other clients, for `client-*` events.
   * Default: `peer` for `client-*` events, `server` for all others.
   */
  readonly route?: 'server' | 'peer';
  /**
   * What the promise waits for. `none`: until it is stored. `accepted`: until the server took it (on the peer route: until
   * it is written to the socket of a confirmed subscription). `delivered`: until receivers confirmed it, after that; it is
   * offered when the channel is subscribed, which it is for as long as we wait, and its payload must be an object.
   * Default: `accepted`.
   */
  readonly acknowledge?: 'none' | 'accepted' | 'delivered';
  /**
   * With `delivered`: how long receivers have to confirm, in milliseconds from when the message was accepted or written. Then
   * it rejects with an `UnconfirmedError`. Default: 10,000.
   */
  readonly timeout?: number;
  /** With `delivered`: how many receivers must confirm. Each client counts once, and so does your backend. Default: 1. */
  readonly receivers?: number;
  /** Gives the message up after this many milliseconds in the outbox. Default: the outbox's `expiresIn`, 24 hours. */
  readonly expiresIn?: number;
  /**
   * A key of at most 256 characters: a newer message with the same key on the same channel and route takes the place of a waiting one in the
   * order. The older one is never sent; its promise settles with the newer one's, whose `id` the acknowledgement carries.
   */
  readonly replaces?: string;
  /**
   * Whether a message on the server route waits until its channel is live, when this client follows the channel: otherwise the
   * server's echo may come before we can hear it. It waits 10 s at most from when the network is back, and not for a channel that was
   * refused. Default: what `publish` says, which is true.
   */
  readonly waitForChannel?: boolean;
  /** Whether it is kept in `outbox.rejected` when it fails. Default: what the outbox says (`keepRejected`). */
  readonly keepRejected?: boolean;
  /** Withdraws the message while it waits; one in flight is no longer waited for. */
  readonly signal?: AbortSignal;
}

/** A message that has not settled yet. It includes its payload: show it, and keep it out of logs. */
export interface PendingMessage<Data = unknown> {
  /** Stable over retries and reloads. */
  readonly id: string;
  /** Where to. */
  readonly channel: string;
  /** Its name. */
  readonly event: string;
  /** Its payload, as it was when it was published. Do not change it: it is what is sent. */
  readonly data: Data;
  /** Which way it goes. */
  readonly route: 'server' | 'peer';
  /**
   * `waiting`: for its turn, for the network, for the subscription or for another attempt. `in-flight`: being offered.
   * `unconfirmed`: accepted or written, and no longer ours to send; receivers have yet to confirm it (`delivered`).
   */
  readonly state: 'waiting' | 'in-flight' | 'unconfirmed';
  /** How often it was offered so far, this time included. */
  readonly attempts: number;
  /** When `publish` was called, in milliseconds since 1970. */
  readonly createdAt: number;
  /** When it is given up, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** The payload's size in UTF-8 bytes. */
  readonly bytes: number;
  /** Why the last attempt failed. */
  readonly error?: RealtimeError;
}

/** A message that was refused for good or has expired, and is kept because `outbox.keepRejected` is set. */
export interface RejectedMessage extends Omit<PendingMessage, 'state' | 'error'> {
  /** When it ended, in milliseconds since 1970. */
  readonly rejectedAt: number;
  /** Why. One from before a reload has its code, status and message, and no other class than `RealtimeError`. */
  readonly error: RealtimeError;
}

/** The outbox as an application sees it: its pending and rejected messages. */
export interface Outbox {
  /** All messages that have not settled yet, in the order of publishing. Replaced at most once a microtask. */
  readonly pending: ReadableStore<readonly PendingMessage[]>;
  /**
   * With `outbox.keepRejected`: the last 100 messages that the server refused for good or that expired, until they are
   * discarded or retried; also over a reload, where the storage outlives the page. Always empty without.
   */
  readonly rejected: ReadableStore<readonly RejectedMessage[]>;
  /**
   * Offers what waits for another attempt at once. Resolves when every message that was pending at the call has ended or
   * cannot go on now: its route is shut (no network, no subscription) or an attempt on its channel has just failed again.
   * Once the client has connected, held a channel or published, that includes what an earlier page left, unless another tab sends
   * it. Never rejects.
   */
  flush(): Promise<void>;
  /**
   * Ends the wait for another attempt on the message's channel. Messages before it go first: order is kept. A rejected
   * message is published again under its id, behind all others; its end is an event. False when there is no such message,
   * or no room for it.
   */
  retry(id: string): boolean;
  /**
   * Takes a message out; its `publish` rejects with code `aborted`. One in flight is no longer waited for, and may have
   * arrived. A rejected one is forgotten. False when there is no such message.
   */
  discard(id: string): boolean;
  /** Discards every message, rejected ones included; resolves when the storage has forgotten them too. */
  clear(): Promise<void>;
}

/**
 * The user that the server knows this connection by: `undefined` while it knows none. After each connect the user is signed
 * in anew; what is sent meanwhile does not arrive.
 */
export interface SignedInUser extends ReadableStore<Member | undefined> {
  /**
   * Calls `listener` for each message of `event` that the application's server sends to the user, on whatever connections
   * the user has. `pusher:online` and `pusher:offline` come with the `userIds` of those on the user's watchlist. Connects, as
   * listening to a channel does.
   */
  on(event: string, listener: MessageListener): Stop;
}

/** What an endpoint says about its own removal. */
export interface DeprecationNotice {
  /** The endpoint, as it was configured. */
  readonly endpoint: string;
  /** Since when it is deprecated, in milliseconds since 1970, when it says so. */
  readonly since?: number;
  /** When it will be gone, in milliseconds since 1970, when it says so. */
  readonly sunset?: number;
  /** How many days were left until then when the answer came, begun ones included; 0 when it is over. */
  readonly daysLeft?: number;
  /** Where to read about it, as it was written, when it says so. */
  readonly link?: string;
  /** What takes its place (`rel="successor-version"`), as it was written, when it says so. */
  readonly successor?: string;
}

/** Payloads by event name. */
export type EventMap = Readonly<Record<string, unknown>>;

/** Everything the types know about one channel. */
export interface ChannelShape {
  /** Its name. */
  readonly name: string;
  /** What its prefix makes of it. */
  readonly kind: ChannelKind;
  /** The values of the pattern's parameters. */
  readonly params: Readonly<Record<string, string>>;
  /** What listeners get. */
  readonly listens: EventMap;
  /** What `publish` takes. */
  readonly publishes: EventMap;
  /** What a member's `info` is. */
  readonly member: unknown;
}

/** Narrows a listener before it runs. */
export interface ListenOptions<Data = unknown, Event extends string = string> {
  /** Only messages for which this returns true. One that throws counts as false and is reported. */
  readonly filter?: (payload: Data, message: RealtimeMessage<Data, Event>) => boolean;
}

/**
 * One named stream of events. Listening is subscribing: the first listener (or `hold()`) subscribes, and a second after
 * the last one has gone the subscription ends. Channels are cheap; the client keeps one object per name in use.
 */
export interface Channel<Shape extends ChannelShape = ChannelShape> {
  /** The name on the wire. */
  readonly name: Shape['name'];
  /** What the name's prefix makes of it. */
  readonly kind: Shape['kind'];
  /** The values of the pattern's parameters, decoded. */
  readonly params: Shape['params'];
  /** The subscription, with the error of the last failure. */
  readonly subscription: ReadableStore<SubscriptionStatus>;
  /** Calls `listener` for each message of `event`. The same function may be given twice; each call has its own stop. */
  on<E extends keyof Shape['listens'] & string>(
    event: E,
    listener: MessageListener<Shape['listens'][E], E>,
    options?: ListenOptions<Shape['listens'][E], E>,
  ): Stop;
  /**
   * The payload of the next message of `event`. Rejects with a `RealtimeError` of code `timeout` after `timeout`
   * milliseconds (default: never), of code `aborted` when `signal` aborts, and when the client is destroyed.
   */
  once<E extends keyof Shape['listens'] & string>(
    event: E,
    options?: ListenOptions<Shape['listens'][E], E> & {
      /** Stops waiting. */
      readonly signal?: AbortSignal;
      /** How long to wait, in milliseconds. Default: for ever. */
      readonly timeout?: number;
    },
  ): Promise<Shape['listens'][E]>;
  /** Calls `listener` for each message of any event of the channel, `pusher:` events aside. */
  onAny(listener: MessageListener): Stop;
  /**
   * Hands `payload` to the outbox. Resolves when it is acknowledged, however long we are offline; rejects with a
   * `ValidationError`, `PayloadTooLargeError` or `OutboxFullError` when it was not taken, a `PublishError` when the server
   * refused it, a `MessageExpiredError` when it was too late. Do not `await` it before you let the user go on.
   */
  publish<E extends keyof Shape['publishes'] & string>(
    event: E,
    payload: Shape['publishes'][E],
    options?: PublishOptions,
  ): Promise<Acknowledgement>;
  /**
   * Resolves once the server has confirmed the subscription. Holds the channel meanwhile and lets go then: `hold()` or listen
   * first when you want to keep it, or its members are gone a second later. Rejects with the
   * `SubscriptionError` of a refusal, or with code `timeout` after `timeout` milliseconds (default: never).
   */
  ready(options?: {
    /** How long to wait, in milliseconds. Default: for ever. */
    readonly timeout?: number;
  }): Promise<void>;
  /** Keeps the channel subscribed without listening, until the returned stop is called. */
  hold(): Stop;
}

/** A channel that also tells who is on it. */
export interface PresenceChannel<Shape extends ChannelShape = ChannelShape> extends Channel<Shape> {
  /** Everybody on the channel, each user once, ourselves included, in the order of arrival. Empty until subscribed. */
  readonly members: ReadableStore<readonly Member<Shape['member']>[]>;
  /** Ourselves, as the server sees us; undefined until subscribed. */
  readonly me: ReadableStore<Member<Shape['member']> | undefined>;
}
