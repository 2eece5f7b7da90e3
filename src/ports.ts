import type { ResolvedChannel } from './contract/resolution';
import type { RealtimeError, RealtimeErrorCode } from './errors';
import type { Confirmation } from './support/confirmable';
import type { MessageSignal, UserAuthentication } from './transport-port';
import type {
  AcknowledgementLevel,
  ChannelKind,
  DeprecationNotice,
  Gap,
  ReadableStore,
  RecoveredMessage,
  Stop,
  SubscriptionStatus,
} from './types';

/** What an authorization endpoint answers for a channel. */
export interface ChannelAuthorization {
  /** `<key>:<signature>`. */
  readonly auth: string;
  /** Presence: who we are, as the JSON text that was signed. */
  readonly channelData?: string;
  /** Encrypted channels: the key, base64. */
  readonly sharedSecret?: string;
}

/** Asks the application whether we may have a channel. */
export interface Authorizer {
  /**
   * One authorization for one connection. Rejects with a `SubscriptionError` whose `retryable` says whether asking again
   * may help, or with an `AbortError` when `signal` aborted.
   */
  authorize(
    request: {
      /** Pusher's name for the connection. */
      readonly socketId: string;
      /** The channel wanted. */
      readonly channel: string;
    },
    signal: AbortSignal,
  ): Promise<ChannelAuthorization>;
}

/** Asks the application who the user of a connection is. */
export interface UserAuthenticator {
  /**
   * One authentication for one connection. Rejects with an `AuthenticationError` whose `retryable` says whether asking again
   * may help, or with code `aborted` when `signal` aborted.
   */
  authenticate(socketId: string, signal: AbortSignal): Promise<UserAuthentication>;
}

/** A message as publishers see it. */
export interface OutboundMessage {
  /** Stable over retries and reloads; the idempotency key. */
  readonly id: string;
  /** Where to. */
  readonly channel: string;
  /** Its name. */
  readonly event: string;
  /** Its payload. */
  readonly data: unknown;
}

/** A message as the outbox keeps it on disk. */
export interface StoredMessage extends OutboundMessage {
  /** Which way it goes. */
  readonly route: 'server' | 'peer';
  /** Orders the messages of a channel. A message that replaces another one takes over its number. */
  readonly sequence: number;
  /** When `publish` was called, in milliseconds since 1970. */
  readonly createdAt: number;
  /** When it is given up, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** How often it was offered so far. */
  readonly attempts: number;
  /** A newer waiting message with the same key takes its place. */
  readonly replaces?: string;
  /** The payload's size in UTF-8 bytes. */
  readonly bytes: number;
  /** The tab that published it, and sends it while it lives, unless another one may (`means`). Left out: any tab sends it. */
  readonly tab?: string;
  /**
   * Present when the tab that leads may send it for the one that published it: the tab that leads has the same means (endpoint,
   * credentials), which this stands for. Left out, it needs its own tab's connection.
   */
  readonly means?: string;
  /** Present when it does not wait for its channel to be live (`waitForChannel: false`). */
  readonly immediate?: true;
  /** Present when it is not kept once it was rejected (`keepRejected: false`). */
  readonly unkept?: true;
  /** Present when receivers are to confirm it (`acknowledge: 'delivered'`). */
  readonly delivery?: {
    /** So many of them. */
    readonly receivers: number;
    /** How long they have, in milliseconds from acceptance. */
    readonly timeout: number;
    /** Present when it was accepted or written: it is not offered again, and only waits for them. */
    readonly accepted?: Acceptance & {
      /** In milliseconds since 1970. */
      readonly at: number;
    };
  };
  /** Present when it has ended and is only kept to be looked at (`outbox.keepRejected`): why and when. */
  readonly rejected?: {
    /** The error's code. */
    readonly code: RealtimeErrorCode;
    /** Its message. */
    readonly reason: string;
    /** The HTTP status behind it. */
    readonly status?: number;
    /** In milliseconds since 1970. */
    readonly at: number;
  };
}

/** What a publisher knows when a message has left. */
export interface Acceptance {
  /** How much is known. */
  readonly level: AcknowledgementLevel;
  /** The server's own id for the event. */
  readonly eventId?: string;
}

/** Takes a message to where it can be accepted, once; the outbox decides about another attempt. */
export interface Publisher {
  /** Rejects with a `RealtimeError` whose `retryable` and `retryAfter` tell the outbox what to do next. */
  publish(message: OutboundMessage, signal: AbortSignal): Promise<Acceptance>;
}

/** Where unsent messages outlive the page. */
export interface OutboxStorage {
  /**
   * Everything stored, in any order. Records that are not messages are set aside and reported, not given back and not thrown
   * for; those that get through all the same are ignored.
   */
  load(): Promise<readonly StoredMessage[]>;
  /** Adds or replaces messages; all of them or none. */
  put(messages: readonly StoredMessage[]): Promise<void>;
  /** Forgets messages; unknown ids are fine. */
  remove(ids: readonly string[]): Promise<void>;
  /**
   * Makes the messages of the tab `tab` those of the tab `by`, and gives them back. All at once: of two tabs that claim the
   * same messages, one gets none. Left out, `load` and `put` do it, and two tabs may both send them, under the same ids.
   */
  claim?(tab: string, by: string): Promise<readonly StoredMessage[]>;
  /** Forgets everything of this owner, what was set aside included. Left out, what `load` finds is removed. */
  clear?(): Promise<void>;
}

/** Whose messages a storage keeps, apart from everyone else's. */
export interface StoragePlace {
  /** The application's public key. */
  readonly key: string;
  /** Whose they are: `outbox.owner`. Undefined when nobody is signed in. */
  readonly owner: string | undefined;
  /** Receives warnings, such as corrupt records, while the storage keeps working. */
  readonly report: (error: RealtimeError) => void;
}

/** Makes the storage of one client. Nothing is opened before the first call of a method. */
export type OutboxStorageFactory = (place: StoragePlace) => OutboxStorage;

/**
 * The application's answer to "who is this?". Throw an `AuthenticationError` to say that asking again is pointless;
 * anything else that it throws is tried again.
 */
export type TokenSource = (request: {
  /** Why we ask: there is none yet, it runs out soon, or the server refused it. */
  readonly reason: 'missing' | 'expiring' | 'refused';
  /** Aborts when the answer is no longer needed. */
  readonly signal: AbortSignal;
}) => string | Promise<string>;

/** What requests need to know about tokens. */
export interface Credentials {
  /** A token that is good now; undefined when the application configured no source. */
  token(signal: AbortSignal): Promise<string | undefined>;
  /** Another token than the `refused` one; asks the source only if nobody has done so since. */
  renew(refused: string | undefined, signal: AbortSignal): Promise<string | undefined>;
}

/** What a recovery may use: the client's own ways to the application's backend. */
export interface RecoveryContext {
  /** Aborts when the answer is no longer needed. */
  readonly signal: AbortSignal;
  /** As the platform's, or what the client was given instead. */
  readonly fetch: (address: string, init: RequestInit) => Promise<Response>;
  /** The client's time. */
  readonly clock: Clock;
  /** The client's tokens. */
  readonly credentials: Credentials;
  /** How often the network was lost so far: connections that were pooled before may be dead. */
  readonly losses?: () => number;
  /** Gets what should be known although messages were recovered, such as a history that does not reach back far enough. */
  readonly report: (error: RealtimeError) => void;
  /** Gets what an endpoint says about its own end; the client tells it once an endpoint. */
  readonly onDeprecation?: (notice: DeprecationNotice, warning: string) => void;
}

/** Fetches what was missed in a gap, oldest first. What it throws is reported, and live messages go on. */
export type Recover = (
  gap: Gap,
  context: RecoveryContext,
) => readonly RecoveredMessage[] | Promise<readonly RecoveredMessage[]>;

/** What the device says about its network and about the page. */
export interface Network {
  /** False only when the device is sure that it has no network. */
  online(): boolean;
  /**
   * `online`, `offline`: the device gained or lost its network. `resumed`: the page is back in front, or back from the
   * cache: whatever we believed about the connection wants checking.
   */
  watch(listener: (change: 'online' | 'offline' | 'resumed') => void): Stop;
}

/**
 * The other tabs: every client of the same origin in the same browser profile, two in one page included. Where the platform
 * has no locks or no messages between tabs, each client is on its own, and nothing here fails.
 */
export interface TabCoordinator {
  /**
   * What the platform has. `locks`: turns are exclusive, and tabs hear each other. `messages`: they hear each other, and
   * every one of them gets every turn at once. `none`: each client is on its own.
   */
  readonly kind: 'locks' | 'messages' | 'none';
  /**
   * Runs `work` when it is our turn: one tab at a time has the turn of a `name`, in the order of asking, and a tab that dies
   * loses it. With `steal` the turn is taken from who has it. Settles as `work` does; rejects with code `aborted` when
   * `signal` aborts before `work` began. Without locks, `work` runs at once.
   */
  exclusive<T>(
    name: string,
    options: {
      /** Leaves the queue. */
      readonly signal: AbortSignal;
      /** Do not queue: take the turn from a tab that seems to hang. Default: false. */
      readonly steal?: boolean;
    },
    work: (
      /** Aborts when another tab stole the turn while we work. */
      lost: AbortSignal,
    ) => Promise<T>,
  ): Promise<T>;
  /** Joins the tabs that share `name`; `receive` gets what the others post, in the order of each sender. */
  join(name: string, receive: (message: unknown) => void): TabGroup;
}

/** Our place among the tabs that share a name. */
export interface TabGroup {
  /** Tells the others; not ourselves. The message is plain data. */
  post(message: unknown): void;
  /** Hears and tells nothing any more. */
  leave(): void;
}

/** Time, so that tests can move it by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * Milliseconds since some beginning, that count on whatever is done to the clock on the wall. Left out, lengths are measured by
   * `now`, and a clock that is set forward shortens them.
   */
  elapsed?(): number;
  /** Wakes once after `ms` milliseconds, never synchronously. A wake is a hint: check what you are waiting for. */
  after(ms: number, wake: () => void): Stop;
}

/** A channel as publishing needs it. */
export interface PublishingChannel {
  readonly name: string;
  readonly kind: ChannelKind;
  /** What is known of its events. */
  readonly resolved: ResolvedChannel;
  readonly subscription: ReadableStore<SubscriptionStatus>;
  /** Keeps the channel subscribed until the returned stop is called. */
  hold(): Stop;
}

/** The channels of a client, as publishing needs them. */
export interface PublishingChannels {
  /** Throws a `ConfigurationError` when there can be no such channel. */
  get(name: string): PublishingChannel;
  /** What to do with messages that ask for a receipt. Called once, when the client is made. */
  confirmWith(confirmations: DeliveryHooks): void;
}

/** What proof of delivery does with what comes in. */
export interface DeliveryHooks {
  /** A listener got the message with this id, whose sender wants it confirmed. */
  heard(channel: PublishingChannel, id: string): void;
  /** The message came again, and was dropped: the sender may have missed our word. */
  repeated(channel: PublishingChannel, id: string): void;
  /** Somebody says that messages on this channel have arrived. `sender` is who, as far as the server tells. */
  confirmed(channel: string, confirmation: Confirmation, sender: string): void;
}

/** An encrypted channel, and what its messages are opened with. */
export interface SealedChannel {
  /** Its name. */
  readonly channel: string;
  /** NaCl, as `pusher-js/with-encryption` brings it. */
  readonly cryptography: unknown;
  /** The key as it was when we subscribed, base64. */
  readonly sharedSecret: string;
  readonly clock: Clock;
  /** Fetches the key as it is now. */
  readonly renew: (signal: AbortSignal) => Promise<string>;
  /** Aborts when nobody wants the channel any more. */
  readonly life: AbortSignal;
  /** Gets a message with its payload opened. */
  readonly opened: (message: MessageSignal, receivedAt: number) => void;
  /** Told of a message that does not open with any key there is. */
  readonly unopened: () => void;
}

/** Opens the messages of one channel, in order. */
export interface MessageOpener {
  receive(message: MessageSignal, receivedAt: number): void;
}

/** What makes encrypted channels work. */
export interface Encryption {
  /** Throws a `SubscriptionError` when there is no cryptography, or the key is none. */
  open(parts: SealedChannel): MessageOpener;
}
