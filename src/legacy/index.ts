/**
 * Old code on surewire: frames of `{ type, data }`, a `WebSocket` lookalike, the old client service, and new code on old servers.
 *
 * @module surewire/legacy
 */
export { type ChannelFrame, fromLegacyFrame, type LegacyFrame, readFrame, toLegacyFrame } from './frames';
export type { LegacyRoutes } from './routes';
