/**
 * Realtime in a Redux store: a middleware, action creators and a reducer, for Redux Toolkit and plain Redux.
 *
 * @module surewire/redux
 */

export {
  type ActionCreator,
  type ActionKind,
  type ChannelActionCreator,
  type ConnectAction,
  createRealtimeActions,
  type DiscardAction,
  type DisconnectAction,
  type PlainPublishOptions,
  type PublishAction,
  type PublishContent,
  type PublishCreator,
  type RealtimeAction,
  type RealtimeActions,
  type RealtimeNews,
  type RetryAction,
  realtimeActions,
  realtimeNews,
  type SubscribeAction,
  type UnsubscribeAction,
} from './actions';
export {
  createRealtimeMiddleware,
  type RealtimeDispatch,
  type RealtimeMiddleware,
  type RealtimeMiddlewareOptions,
  type RealtimeStoreClient,
} from './middleware';
export {
  createRealtimeReducer,
  type RealtimeReducer,
  type RealtimeReducerOptions,
  realtimeReducer,
} from './reducer';
export type {
  ChannelState,
  PlainError,
  PlainPendingMessage,
  PlainSubscription,
  RealtimeState,
  ReceivedMessage,
} from './state';
