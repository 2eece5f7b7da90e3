import type { ComputedRef, MaybeRefOrGetter, Plugin, ShallowRef } from 'vue';
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
  RealtimeError,
  RejectedMessage,
  ShapeOf,
  Statistics,
  Stop,
  SubscriptionStatus,
} from '../index';

/**
 * In the place of a channel's name: nothing is subscribed, and the value is the one before anything happened. `''` and `0` are
 * what ``id && `room-${id}` `` gives while there is no id.
 */
export type Skip = null | undefined | false | '' | 0;

/** Where a composable finds its client. */
export interface ComposableOptions<Contract extends ChannelContract> {
  /** The client. Default: the one that was installed with `createRealtime`, which only components and stores can see. */
  readonly client?: RealtimeClient<Contract>;
}

/** What `useChannel` returns. */
export interface ChannelInUse<Contract extends ChannelContract, Name extends ChannelName<Contract>> {
  /** The channel; undefined while the name skips. */
  readonly channel: ComputedRef<ChannelOf<Contract, Name> | undefined>;
  /** Its subscription. A refused one is a state like any other, and thrown by nobody. */
  readonly subscription: Readonly<ShallowRef<SubscriptionStatus>>;
}

/** What is in the outbox. */
export interface OutboxStatus {
  /** Everything that has not ended yet, in the order of publishing. */
  readonly pending: readonly PendingMessage[];
  /** What was refused for good or has expired; with `outbox.keepRejected`. */
  readonly rejected: readonly RejectedMessage[];
}

/** What `usePublish` returns: how the last publish fares, and what publishes. */
export interface Publishing<Data> {
  /** See `PublicationStatus`. */
  readonly status: ComputedRef<PublicationStatus['status']>;
  /** Whether the last publish has not ended yet: `pending` or `queued`. */
  readonly isPending: ComputedRef<boolean>;
  /** The end that went well. */
  readonly acknowledgement: ComputedRef<Acknowledgement | undefined>;
  /** The end that did not. */
  readonly error: ComputedRef<RealtimeError | undefined>;
  /** What was published here and has not ended, oldest first, with its payload and how far it is. */
  readonly messages: ComputedRef<readonly PendingMessage<Data>[]>;
  /** Publishes. What becomes of it is in `status`, `acknowledgement` and `error`. */
  publish(payload: Data, options?: PublishOptions): void;
  /** Publishes. Resolves when it is acknowledged, however long we are offline; rejects with a `RealtimeError`. */
  publishAsync(payload: Data, options?: PublishOptions): Promise<Acknowledgement>;
  /** Forgets how the last publish fared; a message that is on its way goes on. */
  reset(): void;
}

/** What `useEventReducer` returns. */
export interface ReducedEvents<State> {
  /** What the reducers made of it so far. */
  readonly state: ComputedRef<State>;
  /** See `EventState`. */
  readonly status: ComputedRef<EventState<State>['status']>;
  /** Why the last recovery failed. */
  readonly error: ComputedRef<RealtimeError | undefined>;
  /** Begins again: with the initial state, and with a recovery where there is one. */
  reset(): void;
}

/**
 * The composables for the channels of `Contract`. They end with the scope they are called in: of a component, of a store, of an
 * `effectScope`. Names may be refs and getters. A `select` gets the value; its ref changes only when the answer does.
 */
export interface RealtimeComposables<Contract extends ChannelContract> {
  /** A plugin that gives the client to components and stores: `app.use(createRealtime(client))`. */
  createRealtime(client: RealtimeClient<Contract>): Plugin;
  /** The client that was installed. Throws a `ConfigurationError` without one. */
  useRealtime(options?: ComposableOptions<Contract>): RealtimeClient<Contract>;
  /** Where the connection is. */
  useConnection<Selection = ConnectionStatus>(
    select?: (status: ConnectionStatus) => Selection,
    options?: ComposableOptions<Contract>,
  ): Readonly<ShallowRef<Selection>>;
  /** What the client did so far, once a second. */
  useStatistics<Selection = Statistics>(
    select?: (statistics: Statistics) => Selection,
    options?: ComposableOptions<Contract>,
  ): Readonly<ShallowRef<Selection>>;
  /** What waits to be published, and what was rejected. */
  useOutbox<Selection = OutboxStatus>(
    select?: (outbox: OutboxStatus) => Selection,
    options?: ComposableOptions<Contract>,
  ): Readonly<ShallowRef<Selection>>;
  /** Calls `listener` for each gap of any channel: messages of `gap.channel` may have been missed. */
  useGap(listener: (gap: Gap) => void, options?: ComposableOptions<Contract>): Stop;
  /** Keeps a channel subscribed, and tells how its subscription is. */
  useChannel<Name extends ChannelName<Contract>>(
    name: MaybeRefOrGetter<Name | Skip>,
    options?: ComposableOptions<Contract>,
  ): ChannelInUse<Contract, Name>;
  /** Calls `listener` for each message of `event`. */
  useEvent<Name extends ChannelName<Contract>, Event extends EventName<Contract, Name>>(
    name: MaybeRefOrGetter<Name | Skip>,
    event: Event,
    listener: MessageListener<Payload<Contract, Name, Event>, Event>,
    options?: ComposableOptions<Contract>,
  ): Stop;
  /** The payload of the last message of `event`; undefined before the first. */
  useLatest<Name extends ChannelName<Contract>, Event extends EventName<Contract, Name>>(
    name: MaybeRefOrGetter<Name | Skip>,
    event: Event,
    options?: ComposableOptions<Contract>,
  ): Readonly<ShallowRef<Payload<Contract, Name, Event> | undefined>>;
  /** A state that is made of a channel's events; begins again when the name changes. */
  useEventReducer<Name extends ChannelName<Contract>, State>(
    name: MaybeRefOrGetter<Name | Skip>,
    reducers: EventReducers<ShapeOf<Contract, Name>, State>,
    initial: State,
    options?: EventStateOptions<State> & ComposableOptions<Contract>,
  ): ReducedEvents<State>;
  /** Who is on a presence channel: also those who were there before. */
  usePresence<Name extends PresenceName<Contract>, Selection = PresenceStatus<MemberInfo<Contract, Name>>>(
    name: MaybeRefOrGetter<Name | Skip>,
    select?: (presence: PresenceStatus<MemberInfo<Contract, Name>>) => Selection,
    options?: ComposableOptions<Contract>,
  ): Readonly<ShallowRef<Selection>>;
  /** Publishes one kind of message, like a mutation. `publishOptions` are those of each publish. */
  usePublish<Name extends ChannelName<Contract>, Event extends PublishableEvent<Contract, Name>>(
    name: MaybeRefOrGetter<Name | Skip>,
    event: Event,
    publishOptions?: MaybeRefOrGetter<PublishOptions | undefined>,
    options?: ComposableOptions<Contract>,
  ): Publishing<PublishPayload<Contract, Name, Event>>;
}
