/**
 * Realtime over Pusher Channels that people can trust: a client with typed channels, acknowledged publishing and a connection
 * that comes back.
 *
 * @module surewire
 */
export { type AsyncStorageOptions, asyncStorage, type TextStore } from './adapters/async-storage';
export type { RequestFields } from './adapters/backend-endpoint';
export { type HistoryOptions, recoverFromHistory } from './adapters/http-history';
export { type IndexedDbStorageOptions, indexedDbStorage } from './adapters/indexed-db-storage';
export { memoryStorage } from './adapters/memory-storage';
export type { PusherConstructor, PusherInstance } from './adapters/pusher-module';
export { guardUnload } from './adapters/unload-guard';
export type { ParameterName, PatternParams } from './channel-pattern';
export type {
  ChannelName,
  ChannelOf,
  ChannelPattern,
  DescribedShape,
  EventName,
  MappedShape,
  MemberInfo,
  Payload,
  PresenceEvents,
  PresenceName,
  ProtocolEvents,
  PublishableEvent,
  PublishPayload,
  ShapeOf,
} from './channel-shapes';
export { type PresenceStatus, presenceOf, subscriptionOf } from './channel-stores';
export { RealtimeClient } from './client';
export type { LogEntry, RealtimeClientEvents } from './client-events';
export {
  type ChannelContract,
  type ChannelDefinitions,
  type ChannelMap,
  type ChannelsNotDescribed,
  type DefinitionMap,
  defineChannels,
  type EventDefinition,
  type EventDefinitions,
  event,
  type Presence,
  type PresenceDefinition,
  presence,
  type Register,
  type RegisteredChannels,
  type TypedEvent,
  type UndescribedPayload,
  type UntypedChannels,
} from './contract';
export type { ChannelStatistics } from './core/channel-counts';
export type { Statistics } from './core/statistics';
export {
  AuthenticationError,
  ConfigurationError,
  ConnectionError,
  isRealtimeError,
  MessageExpiredError,
  OutboxFullError,
  PayloadTooLargeError,
  PublishError,
  RateLimitError,
  RealtimeError,
  type RealtimeErrorCode,
  type RealtimeErrorDetails,
  SubscriptionError,
  UnconfirmedError,
  ValidationError,
  type ValidationIssue,
} from './errors';
export {
  type EventReducer,
  type EventReducers,
  type EventState,
  type EventStateOptions,
  type EventStore,
  reduceEvents,
} from './event-state';
export type {
  AuthOptions,
  BatchOptions,
  OutboxOptions,
  PublishEndpointOptions,
  RealtimeClientOptions,
} from './options';
export type {
  Acceptance,
  Authorizer,
  ChannelAuthorization,
  Clock,
  Credentials,
  Network,
  OutboundMessage,
  OutboxStorage,
  OutboxStorageFactory,
  Publisher,
  Recover,
  RecoveryContext,
  StoragePlace,
  StoredMessage,
  TabCoordinator,
  TabGroup,
  TokenSource,
  Transport,
  TransportFactory,
  TransportSignal,
  UserAuthentication,
} from './ports';
export {
  type Publication,
  type PublicationChannel,
  type PublicationClient,
  type PublicationStatus,
  publicationOf,
} from './publication';
export {
  type LimitOptions,
  pusherLimits,
  reverbLimits,
  sockudoLimits,
  soketiLimits,
} from './server-limits';
export type { StandardSchema } from './standard-schema';
export { combineStores, isSameSelection, selectFrom } from './support/derived-store';
export type {
  Acknowledgement,
  AcknowledgementLevel,
  Channel,
  ChannelKind,
  ChannelShape,
  ConnectionState,
  ConnectionStatus,
  DeprecationNotice,
  EventMap,
  Gap,
  ListenOptions,
  Member,
  MessageListener,
  Outbox,
  PendingMessage,
  PresenceChannel,
  PublishOptions,
  ReadableStore,
  RealtimeMessage,
  RecoveredMessage,
  RejectedMessage,
  SignedInUser,
  Stop,
  SubscriptionState,
  SubscriptionStatus,
} from './types';
