/**
 * Where the platform's old WebSocket addresses went: channel patterns by address pattern, for `LegacySocket`,
 * `installLegacySockets` and the transport to old servers of `surewire/legacy`.
 */
export const legacyRoutes: Readonly<Record<string, string>> = {
  '/ws/roblox': 'roblox-sync',
  '/ws/content/{id}': 'content-generation-{id}',
  '/ws/content?session={id}': 'content-generation-{id}',
  '/ws/plugin/{id}': 'private-plugin-{id}',
  '/ws/agent/{id}': 'agent-status',
  '/ws/native': 'test-channel',
  '/ws/analytics/realtime': 'analytics-realtime',
};
