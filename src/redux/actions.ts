import type {
  Acknowledgement,
  ChannelContract,
  ChannelName,
  ConnectionStatus,
  Gap,
  Member,
  PublishableEvent,
  PublishOptions,
  PublishPayload,
  RealtimeMessage,
  RegisteredChannels,
  Statistics,
} from '../index';
import type { PlainError, PlainPendingMessage, PlainSubscription } from './state';

/** An action: a type and a payload, both plain data. (Redux 5 does not take an interface for an action.) */
export type RealtimeAction<Type extends string = string, Content = unknown> = {
  /** Its name. */
  readonly type: Type;
  /** Its content. */
  readonly payload: Content;
};

/** What knows the actions of one type: pass it to `addCase` or `addMatcher`. */
export interface ActionKind<Type extends string, Content> {
  /** The name that its actions have. */
  readonly type: Type;
  /** Whether an action is one of them. */
  readonly match: (action: { readonly type: string }) => action is RealtimeAction<Type, Content>;
}

/** Makes the actions of one type. */
export interface ActionCreator<Type extends string, Arguments extends readonly unknown[], Content>
  extends ActionKind<Type, Content> {
  /** Makes one. */
  (...values: Arguments): RealtimeAction<Type, Content>;
}

/** How a message is published; an `AbortSignal` is no plain data, discard the message instead. */
export type PlainPublishOptions = Omit<PublishOptions, 'signal'>;

/** A message to be published, as the action has it. */
export interface PublishContent {
  /** Where to. */
  readonly channel: string;
  /** Its name. */
  readonly event: string;
  /** Its content: plain data. */
  readonly payload: unknown;
  /** How. */
  readonly options?: PlainPublishOptions;
}

/** Asks for a connection; `dispatch` returns the promise of `client.connect()`. */
export type ConnectAction = RealtimeAction<'realtime/connect', undefined>;
/** Hangs up. */
export type DisconnectAction = RealtimeAction<'realtime/disconnect', undefined>;
/** Wants a channel's messages in the store. */
export type SubscribeAction = RealtimeAction<'realtime/subscribe', { readonly channel: string }>;
/** Takes one `subscribe` back. */
export type UnsubscribeAction = RealtimeAction<'realtime/unsubscribe', { readonly channel: string }>;
/** Hands a message to the outbox; `dispatch` returns the promise of its acknowledgement. */
export type PublishAction = RealtimeAction<'realtime/publish', PublishContent>;
/** Offers a waiting message now. */
export type RetryAction = RealtimeAction<'realtime/retry', { readonly id: string }>;
/** Takes a message out of the outbox. */
export type DiscardAction = RealtimeAction<'realtime/discard', { readonly id: string }>;

/** Makes `publish` actions, typed by the contract. */
export interface PublishCreator<Contract extends ChannelContract>
  extends ActionKind<'realtime/publish', PublishContent> {
  /** As `client.publish`. */
  <Name extends ChannelName<Contract>, Event extends PublishableEvent<Contract, Name>>(
    channel: Name,
    event: Event,
    payload: PublishPayload<Contract, Name, Event>,
    options?: PlainPublishOptions,
  ): PublishAction;
}

/** Makes actions that name a channel, typed by the contract. */
export interface ChannelActionCreator<Type extends string, Contract extends ChannelContract>
  extends ActionKind<Type, { readonly channel: string }> {
  /** Makes one for a channel. */
  (channel: ChannelName<Contract>): RealtimeAction<Type, { readonly channel: string }>;
}

/** What an application dispatches. */
export interface RealtimeActions<Contract extends ChannelContract = RegisteredChannels> {
  /** Asks for a connection. Subscribing does as well; nobody need do this. */
  readonly connect: ActionCreator<'realtime/connect', [], undefined>;
  /** Hangs up, finally: nothing dials again before `connect`. */
  readonly disconnect: ActionCreator<'realtime/disconnect', [], undefined>;
  /** Wants a channel in the store. Each `subscribe` asks for one `unsubscribe`. */
  readonly subscribe: ChannelActionCreator<'realtime/subscribe', Contract>;
  /** Takes one `subscribe` back; the last one removes the channel from the store. */
  readonly unsubscribe: ChannelActionCreator<'realtime/unsubscribe', Contract>;
  /** Hands a message to the outbox. `dispatch` returns a promise that may be left alone: failures are actions, too. */
  readonly publish: PublishCreator<Contract>;
  /** Offers a waiting message now. */
  readonly retry: ActionCreator<'realtime/retry', [id: string], { readonly id: string }>;
  /** Takes a message out of the outbox. */
  readonly discard: ActionCreator<'realtime/discard', [id: string], { readonly id: string }>;
}

function kind<Type extends string, Arguments extends readonly unknown[], Content>(
  type: Type,
  content: (...values: Arguments) => Content,
): ActionCreator<Type, Arguments, Content> {
  const create = (...values: Arguments): RealtimeAction<Type, Content> => ({
    type,
    payload: content(...values),
  });
  return Object.assign(create, {
    type,
    match: (action: { readonly type: string }): action is RealtimeAction<Type, Content> =>
      action.type === type,
  });
}

const nothing = (): undefined => undefined;
const channel = (name: string): { readonly channel: string } => ({ channel: name });
const message = (id: string): { readonly id: string } => ({ id });
function itself<Content>(content: Content): Content {
  return content;
}

/** What an application dispatches, typed by the channels that it registered. */
export const realtimeActions: RealtimeActions = createRealtimeActions();

/** What an application dispatches, typed by a contract: `createRealtimeActions<typeof channels>()`. */
export function createRealtimeActions<
  Contract extends ChannelContract = RegisteredChannels,
>(): RealtimeActions<Contract> {
  return {
    connect: kind('realtime/connect', nothing),
    disconnect: kind('realtime/disconnect', nothing),
    subscribe: kind('realtime/subscribe', channel),
    unsubscribe: kind('realtime/unsubscribe', channel),
    publish: kind(
      'realtime/publish',
      (name: string, event: string, payload: unknown, options?: PlainPublishOptions): PublishContent => ({
        channel: name,
        event,
        payload,
        ...(options && { options }),
      }),
    ),
    retry: kind('realtime/retry', message),
    discard: kind('realtime/discard', message),
  };
}

/** What the middleware dispatches: listen to these in reducers, sagas and listeners of your own. */
export interface RealtimeNews {
  /** The connection is somewhere else. */
  readonly statusChanged: ActionCreator<'realtime/statusChanged', [ConnectionStatus], ConnectionStatus>;
  /** New figures; at most once a second. */
  readonly statisticsChanged: ActionCreator<'realtime/statisticsChanged', [Statistics], Statistics>;
  /** A channel's subscription is somewhere else. */
  readonly subscriptionChanged: ActionCreator<
    'realtime/subscriptionChanged',
    [{ readonly channel: string; readonly subscription: PlainSubscription }],
    { readonly channel: string; readonly subscription: PlainSubscription }
  >;
  /** Nobody is subscribed to a channel any more: what the store knows of it goes. */
  readonly channelReleased: ActionCreator<
    'realtime/channelReleased',
    [channel: string],
    { readonly channel: string }
  >;
  /** Messages came in, of one or several channels, in their order; at most a hundred in one action. */
  readonly messagesReceived: ActionCreator<
    'realtime/messagesReceived',
    [readonly RealtimeMessage[]],
    readonly RealtimeMessage[]
  >;
  /** Somebody came to or left a presence channel. */
  readonly membersChanged: ActionCreator<
    'realtime/membersChanged',
    [{ readonly channel: string; readonly members: readonly Member[]; readonly me?: Member }],
    { readonly channel: string; readonly members: readonly Member[]; readonly me?: Member }
  >;
  /** The outbox holds something else. */
  readonly pendingChanged: ActionCreator<
    'realtime/pendingChanged',
    [readonly PlainPendingMessage[]],
    readonly PlainPendingMessage[]
  >;
  /** A published message has its acknowledgement, also one from before a reload. */
  readonly acknowledged: ActionCreator<
    'realtime/acknowledged',
    [{ readonly acknowledgement: Acknowledgement; readonly message: PlainPendingMessage }],
    { readonly acknowledgement: Acknowledgement; readonly message: PlainPendingMessage }
  >;
  /** A published message ended without an acknowledgement: refused, expired, unconfirmed, withdrawn. Without `message` it was never taken. */
  readonly rejected: ActionCreator<
    'realtime/rejected',
    [{ readonly error: PlainError; readonly message?: PlainPendingMessage }],
    { readonly error: PlainError; readonly message?: PlainPendingMessage }
  >;
  /** Messages of a channel may have been missed. */
  readonly gapFound: ActionCreator<'realtime/gapFound', [Gap], Gap>;
  /** Something went wrong. */
  readonly failed: ActionCreator<'realtime/failed', [PlainError], PlainError>;
}

/** What the middleware dispatches, one creator a type: `addCase(realtimeNews.messagesReceived, …)`. */
export const realtimeNews: RealtimeNews = {
  statusChanged: kind('realtime/statusChanged', itself),
  statisticsChanged: kind('realtime/statisticsChanged', itself),
  subscriptionChanged: kind('realtime/subscriptionChanged', itself),
  channelReleased: kind('realtime/channelReleased', channel),
  messagesReceived: kind('realtime/messagesReceived', itself),
  membersChanged: kind('realtime/membersChanged', itself),
  pendingChanged: kind('realtime/pendingChanged', itself),
  acknowledged: kind('realtime/acknowledged', itself),
  rejected: kind('realtime/rejected', itself),
  gapFound: kind('realtime/gapFound', itself),
  failed: kind('realtime/failed', itself),
};
