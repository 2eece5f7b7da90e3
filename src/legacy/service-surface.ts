import type {
  Channel,
  Clock,
  ConnectionStatus,
  ReadableStore,
  RealtimeClient,
  Statistics,
  Stop,
  UntypedChannels,
} from '../index';
import type { LegacyMessage, LegacyServiceError, LegacyState } from './service-message';
import type { HandedToken } from './service-token';

/** What the service needs of a `RealtimeClient`: any one will do, whatever its channels are. */
export interface LegacyServiceClient
  extends Pick<RealtimeClient<UntypedChannels>, 'connect' | 'disconnect' | 'on' | 'renewToken'> {
  /** Where the connection is. */
  readonly status: ReadableStore<ConnectionStatus>;
  /** What the client did so far. */
  readonly statistics: ReadableStore<Statistics>;
  /** The channel of that name. */
  channel(name: string): Channel;
}

/** What callers of the old service cannot say themselves. */
export interface LegacyServiceOptions {
  /** Where messages go that name no channel; it stays subscribed while the service is connected. */
  readonly channel?: string;
  /** Where tokens go that callers hand over. Left out, the client's own source serves, and callers may not. */
  readonly token?: HandedToken;
  /**
   * `event`: a message is an event of its type, as it is today. `message`: everything is one event `message`, as clients expect
   * that still run the old service. Default: `event`.
   */
  readonly sendAs?: 'event' | 'message';
  /** Writes what the client does to the console, without tokens and payloads. Default: false. */
  readonly debug?: boolean;
  /** Another clock than the system's, for `timeout`. */
  readonly clock?: Clock;
}

/** How one message is sent. */
export interface LegacySendOptions {
  /** Where to. Default: the service's `channel`. */
  readonly channel?: string;
  /** Whether the promise waits until the server has the message. Default: false, it resolves when the message is in the outbox. */
  readonly awaitAcknowledgment?: boolean;
  /**
   * How long to wait for the acknowledgement, in milliseconds. It ends the wait, not the message: that one goes on.
   * Default: until the message ends.
   */
  readonly timeout?: number;
}

/** The server has the message. */
export interface LegacyAcknowledgment {
  /** Always: a message that was refused rejects the promise. */
  readonly ok: true;
  /** When the server had it, as an ISO date. */
  readonly receivedAt: string;
  /** The message's id. */
  readonly messageId: string;
  /** From `send()` to here, in milliseconds, waiting included. */
  readonly latency: number;
  /** How often it was offered to the server. */
  readonly attempts: number;
  /** The server's own id for the event, when its answer had one. */
  readonly eventId?: string;
}

/** The figures that callers of the old service know. */
export interface LegacyStats {
  /** Where the connection is. */
  readonly connectionState: LegacyState;
  /** Messages that the server took. */
  readonly messagesSent: number;
  /** Messages that came in. */
  readonly messagesReceived: number;
  /** Dials since the connection was lost; 0 while connected. */
  readonly reconnectAttempts: number;
  /** UTF-8 bytes of the payloads that were sent. */
  readonly bytesSent: number;
  /** The length of the frames that came in. */
  readonly bytesReceived: number;
  /** Since when we are connected, as an ISO date; only while connected. */
  readonly connectedAt?: string;
  /** When a message last came in, as an ISO date. */
  readonly lastMessageAt?: string;
  /** What the server's answer to a ping took, or else half of the acknowledgements at most; absent before there was one. */
  readonly latency?: number;
}

/** The old client service, on a `RealtimeClient`. Its functions may be passed around without it. */
export interface LegacyService {
  /** Resolves once connected, however long that takes. Rejects when dialling is pointless, or `disconnect` came first. */
  readonly connect: (token?: string) => Promise<void>;
  /** Hangs up, finally. Subscriptions stay, and messages wait. The reason is for the reader of the code. */
  readonly disconnect: (reason?: string) => void;
  /**
   * Hands a message to the outbox; being offline changes nothing but the time that takes. Resolves, or rejects with a
   * `RealtimeError`: always one of the two. Who does not care may leave the promise alone.
   */
  readonly send: (
    type: string,
    payload?: unknown,
    options?: LegacySendOptions,
  ) => Promise<LegacyAcknowledgment | undefined>;
  /** Calls `handler` with each message of the channel that passes `filter`. Throws a `ConfigurationError` for a name that cannot be. */
  readonly subscribe: <Payload = unknown>(
    channel: string,
    handler: (message: LegacyMessage<Payload>) => void,
    filter?: (message: LegacyMessage<Payload>) => boolean,
  ) => string;
  /** Ends the subscription of that id; an unknown one is fine. */
  readonly unsubscribe: (subscriptionId: string) => void;
  /** Calls `handler` with the payload of each message of the type, on whatever channel that is subscribed. */
  readonly on: <Payload = unknown>(type: string, handler: (payload: Payload) => void) => void;
  /** Ends an `on` with the same type and function. */
  readonly off: <Payload = unknown>(type: string, handler: (payload: Payload) => void) => void;
  /** Calls `listener` after each change of the state. */
  readonly onStateChange: (listener: (state: LegacyState, previous: LegacyState) => void) => Stop;
  /** The same under its other name. */
  readonly onConnectionStatusChange: (listener: (state: LegacyState, previous: LegacyState) => void) => Stop;
  /** Calls `listener` with everything that goes wrong, sent messages included. */
  readonly onError: (listener: (error: LegacyServiceError) => void) => Stop;
  /** Calls `listener` with each token that takes the place of another one. */
  readonly onTokenRefresh: (listener: (token: string) => void) => Stop;
  /** Calls `listener` with fresh figures, at most once a second. */
  readonly onStatsChange: (listener: (stats: LegacyStats) => void) => Stop;
  /** Where the connection is. */
  readonly getState: () => LegacyState;
  /** The figures now. */
  readonly getStats: () => LegacyStats;
  /** Whether messages flow. */
  readonly isConnected: () => boolean;
  /** Takes a token instead of the one before. The connection stays. */
  readonly refreshToken: (token: string) => Promise<void>;
  /** Gets a new token from the application and connects if nothing is connected. A connection that is there stays. */
  readonly refreshTokenAndReconnect: () => Promise<void>;
}
