import type { ReactElement, ReactNode } from 'react';
import type {
  Acknowledgement,
  ChannelContract,
  ChannelName,
  ChannelOf,
  ConnectionStatus,
  EventName,
  EventReducers,
  EventState,
  EventStateOptions,
  Gap,
  MemberInfo,
  MessageListener,
  Payload,
  PendingMessage,
  PresenceName,
  PresenceStatus,
  PublicationStatus,
  PublishableEvent,
  PublishOptions,
  PublishPayload,
  RealtimeClient,
  RejectedMessage,
  ShapeOf,
  Statistics,
  SubscriptionStatus,
} from '../index';

/**
 * In the place of a channel's name: nothing is subscribed, and the hook's value is the one before anything happened. `''` and `0` are
 * what ``id && `room-${id}` `` gives while there is no id.
 */
export type Skip = null | undefined | false | '' | 0;

/** What `useChannel` returns. */
export interface ChannelInUse<Contract extends ChannelContract, Name extends ChannelName<Contract>> {
  /** The channel; undefined when the name skips. */
  readonly channel: ChannelOf<Contract, Name> | undefined;
  /** Its subscription. A refused one is a state like any other, and thrown by nobody. */
  readonly subscription: SubscriptionStatus;
}

/** What is in the outbox. */
export interface OutboxStatus {
  /** Everything that has not ended yet, in the order of publishing. */
  readonly pending: readonly PendingMessage[];
  /** What was refused for good or has expired; with `outbox.keepRejected`. */
  readonly rejected: readonly RejectedMessage[];
}

/** What `usePublish` returns: how the last publish fares, and what publishes. The functions stay the same over renders. */
export interface Publishing<Data> extends PublicationStatus<Data> {
  /** Publishes. What becomes of it is in `status`, `acknowledgement` and `error`. */
  publish(payload: Data, options?: PublishOptions): void;
  /** Publishes. Resolves when it is acknowledged, however long we are offline; rejects with a `RealtimeError`. */
  publishAsync(payload: Data, options?: PublishOptions): Promise<Acknowledgement>;
  /** Forgets how the last publish fared; a message that is on its way goes on. */
  reset(): void;
}

/** What `useEventReducer` returns. */
export interface ReducedEvents<State> extends EventState<State> {
  /** Begins again: with the initial state, and with a recovery where there is one. */
  reset(): void;
}

/** What `RealtimeProvider` takes. */
export interface RealtimeProviderProps<Contract extends ChannelContract> {
  /** Made outside of components, or once in a state. The provider neither connects nor destroys it. */
  readonly client: RealtimeClient<Contract>;
  /** Whose hooks use the client. */
  readonly children?: ReactNode;
}

/** The hooks for the channels of `Contract`. A `select` gets the value, and its component renders only when the answer changes. */
export interface RealtimeHooks<Contract extends ChannelContract> {
  /** Gives a client to the hooks below it. */
  RealtimeProvider(props: RealtimeProviderProps<Contract>): ReactElement;
  /** The client of the provider above. Throws a `ConfigurationError` without one. */
  useRealtime(): RealtimeClient<Contract>;
  /** Where the connection is. */
  useConnection<Selection = ConnectionStatus>(select?: (status: ConnectionStatus) => Selection): Selection;
  /** What the client did so far, once a second. */
  useStatistics<Selection = Statistics>(select?: (statistics: Statistics) => Selection): Selection;
  /** What waits to be published, and what was rejected. */
  useOutbox<Selection = OutboxStatus>(select?: (outbox: OutboxStatus) => Selection): Selection;
  /** Calls the latest `listener` for each gap of any channel: messages of `gap.channel` may have been missed. */
  useGap(listener: (gap: Gap) => void): void;
  /** Keeps a channel subscribed, and tells how its subscription is. */
  useChannel<Name extends ChannelName<Contract>>(name: Name | Skip): ChannelInUse<Contract, Name>;
  /** Calls the latest `listener` for each message of `event`. A new function, such as an inline one, never subscribes anew. */
  useEvent<Name extends ChannelName<Contract>, Event extends EventName<Contract, Name>>(
    name: Name | Skip,
    event: Event,
    listener: MessageListener<Payload<Contract, Name, Event>, Event>,
  ): void;
  /** The payload of the last message of `event` since the component mounted; undefined before the first. */
  useLatest<Name extends ChannelName<Contract>, Event extends EventName<Contract, Name>>(
    name: Name | Skip,
    event: Event,
  ): Payload<Contract, Name, Event> | undefined;
  /** A state that is made of a channel's events, each by the latest of its reducers; begins again when the name changes. */
  useEventReducer<Name extends ChannelName<Contract>, State>(
    name: Name | Skip,
    reducers: EventReducers<ShapeOf<Contract, Name>, State>,
    initial: State,
    options?: EventStateOptions<State>,
  ): ReducedEvents<State>;
  /** Who is on a presence channel: also those who were there before the component. */
  usePresence<Name extends PresenceName<Contract>, Selection = PresenceStatus<MemberInfo<Contract, Name>>>(
    name: Name | Skip,
    select?: (presence: PresenceStatus<MemberInfo<Contract, Name>>) => Selection,
  ): Selection;
  /** Publishes one kind of message, like a mutation. `options` are those of each publish. */
  usePublish<Name extends ChannelName<Contract>, Event extends PublishableEvent<Contract, Name>>(
    name: Name | Skip,
    event: Event,
    options?: PublishOptions,
  ): Publishing<PublishPayload<Contract, Name, Event>>;
}
