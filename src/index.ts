/**
 * Realtime over Pusher Channels that people can trust: a client with typed channels, acknowledged publishing and a connection
 * that comes back.
 *
 * @module surewire
 */

export type { RequestFields } from './backend/endpoint';
export { type HistoryOptions, recoverFromHistory } from './backend/http-history';
export { type PresenceStatus, presenceOf, subscriptionOf } from './channels/channel-stores';
export {
  type EventReducer,
  type EventReducers,
  type EventState,
  type EventStateOptions,
  type EventStore,
  reduceEvents,
} from './channels/event-state';
export { messagesOf } from './channels/message-iterator';
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
} from './contract/define';
export type { ParameterName, PatternParams } from './contract/pattern';
export type { StandardSchema } from './contract/schema';
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
} from './contract/shapes';
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
export type { ChannelStatistics, Statistics } from './figures';
export type { PusherConstructor, PusherInstance } from './link/pusher-module';
export { webSocketLink } from './link/web-socket';
export type { RealtimeClientOptions } from './options';
export { type AsyncStorageOptions, asyncStorage, type TextStore } from './outbox/async-storage';
export { type IndexedDbStorageOptions, indexedDbStorage } from './outbox/indexed-db-storage';
export { memoryStorage } from './outbox/memory-storage';
export { pendingOf } from './outbox/pending-of';
export {
  type Publication,
  type PublicationChannel,
  type PublicationClient,
  type PublicationStatus,
  publicationOf,
} from './outbox/publication';
export { guardUnload } from './outbox/unload-guard';
export { type BackendAuthOptions, backendAuth } from './parts/backend-auth';
export { type BatchesOptions, type BatchesValue, batches } from './parts/batches';
export { type DeliveryConfirmationsValue, deliveryConfirmations } from './parts/delivery-confirmations';
export { type DurableOptions, type DurableValue, durable, type OutboxBounds } from './parts/durable';
export { encryption } from './parts/encryption';
export {
  type PublishBatchesOptions,
  type PublishBatchesValue,
  publishBatches,
} from './parts/publish-batches';
export { type PublishingOptions, type PublishingPace, publishing } from './parts/publishing';
export { pusherInstance } from './parts/pusher-instance';
export { type SharedTokenOptions, type SharedTokenValue, sharedToken } from './parts/shared-token';
export { statistics } from './parts/statistics';
export { type UserEndpointOptions, type UserEndpointValue, userEndpoint } from './parts/user-endpoint';
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
} from './ports';
export { protocolTransport } from './protocol-transport';
export {
  type LimitOptions,
  pusherLimits,
  reverbLimits,
  sockudoLimits,
  soketiLimits,
} from './server-limits';
export type { AuthSlot, EncryptionSlot, PublishSlot, StatisticsSlot } from './slots';
export { combineStores, isSameSelection, selectFrom } from './support/derived-store';
export { needed, neededFunction, object as neededObject, text as neededText } from './support/given';
export { SystemClock } from './support/system-clock';
export type {
  FrameLink,
  FrameLinkEvents,
  ServerAddress,
  ServerErrorKind,
  SubscriptionProof,
  Transport,
  TransportFactory,
  TransportSignal,
  UserAuthentication,
  WatchlistChange,
} from './transport-port';
export type {
  Acknowledgement,
  AcknowledgementLevel,
  Channel,
  ChannelKind,
  ChannelShape,
  ConnectionState,
  ConnectionStatus,
  ConnectionTrouble,
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
