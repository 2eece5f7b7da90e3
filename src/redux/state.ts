import type {
  ChannelContract,
  ChannelName,
  ConnectionStatus,
  EventName,
  Member,
  MemberInfo,
  Payload,
  PendingMessage,
  RealtimeErrorCode,
  RealtimeMessage,
  RegisteredChannels,
  Statistics,
  SubscriptionState,
} from '../index';

/** What is known of an error, as plain data: errors themselves have no place in actions and state. */
export interface PlainError {
  /** The error's class, such as `SubscriptionError`. */
  readonly name: string;
  /** What went wrong, in one stable word. */
  readonly code: RealtimeErrorCode;
  /** For people; says what to do. */
  readonly message: string;
  /** Whether the same may succeed later without a change. */
  readonly retryable: boolean;
  /** The channel it happened on. */
  readonly channel?: string;
  /** The event it happened to. */
  readonly event?: string;
  /** The HTTP status or Pusher close code behind it. */
  readonly status?: number;
}

/** A message that we still owe somebody, as plain data. */
export interface PlainPendingMessage extends Omit<PendingMessage, 'error' | 'data'> {
  /** Why the last attempt failed. */
  readonly error?: PlainError;
}

/** A subscription, as plain data. */
export interface PlainSubscription {
  /** Where it is. */
  readonly state: SubscriptionState;
  /** Why it is refused, or what failed last while we try again. */
  readonly error?: PlainError;
}

/** A message of one of the channel's events, with the payload that the contract gives it. */
export type ReceivedMessage<
  Contract extends ChannelContract = RegisteredChannels,
  Name extends string = ChannelName<Contract>,
> = {
  readonly [Event in EventName<Contract, Name>]: RealtimeMessage<Payload<Contract, Name, Event>, Event>;
}[EventName<Contract, Name>];

/** What the store knows of one channel, from `subscribe` to the last `unsubscribe`. */
export interface ChannelState<
  Contract extends ChannelContract = RegisteredChannels,
  Name extends string = ChannelName<Contract>,
> {
  /** The subscription. */
  readonly subscription: PlainSubscription;
  /** The last messages, oldest first; as many as `messagesPerChannel` says. */
  readonly messages: readonly ReceivedMessage<Contract, Name>[];
  /** Everybody on a presence channel, in the order of arrival; empty on others. */
  readonly members: readonly Member<MemberInfo<Contract, Name>>[];
  /** Ourselves on a presence channel. */
  readonly me?: Member<MemberInfo<Contract, Name>>;
}

/** Everything that the store knows; plain data. */
export interface RealtimeState<Contract extends ChannelContract = RegisteredChannels> {
  /** The connection. */
  readonly status: ConnectionStatus;
  /** What the client did so far; undefined until the first second is over. */
  readonly statistics: Statistics | undefined;
  /** The channels that the store is subscribed to, by name. */
  readonly channels: {
    readonly [Name in ChannelName<Contract>]?: ChannelState<Contract, Name>;
  };
  /** What waits in the outbox or is in flight. */
  readonly pending: readonly PlainPendingMessage[];
  /** The last error that was reported; stays until there is another. */
  readonly error: PlainError | undefined;
}
