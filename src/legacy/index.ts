/**
 * Old code on surewire: frames of `{ type, data }`, a `WebSocket` lookalike, and the old client service.
 *
 * @module surewire/legacy
 */
export { type ChannelFrame, fromLegacyFrame, type LegacyFrame, readFrame, toLegacyFrame } from './frames';
export { installLegacySockets } from './install';
export { PusherService, type PusherServiceClass, type PusherServiceOptions } from './pusher-service';
export {
  type OldActionsMiddleware,
  type OldActionsOptions,
  oldActionTypes,
  type TodaysAction,
  translateOldActions,
} from './redux-compatibility';
export type { LegacyRoute, LegacyRoutes } from './routes';
export { createLegacyService } from './service';
export type { LegacyMessage, LegacyServiceError, LegacyState } from './service-message';
export type {
  LegacyAcknowledgment,
  LegacySendOptions,
  LegacyService,
  LegacyServiceClient,
  LegacyServiceOptions,
  LegacyStats,
} from './service-surface';
export { createHandedToken, type HandedToken, type HandedTokenOptions } from './service-token';
export { createLegacyWebSocket, LegacySocket, type LegacySocketClass, type LegacyWebSocket } from './socket';
export type {
  LegacyClient,
  LegacySocketOptions,
  LegacySocketSettings,
  LegacySocketStates,
} from './socket-surface';
