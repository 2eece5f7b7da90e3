/**
 * The platform's channels, payloads, legacy routes and environment: the one place where they are named.
 *
 * @module surewire/toolbox
 */

export {
  type CollaborationEvents,
  type GamificationEvents,
  type OldServiceEvents,
  type ToolboxChannelMap,
  toolboxChannels,
  type WhiteboardEvents,
} from './channels';
export { clientOptionsFromEnv, type ToolboxClientOptions } from './environment';
export { legacyRoutes } from './legacy-routes';
export type {
  Achievement,
  AgentStatus,
  AnalyticsUpdate,
  Announcement,
  Assignment,
  ChatMessage,
  ContentComplete,
  ContentFailure,
  ContentProgress,
  ContentUpdate,
  CursorPosition,
  DocumentEdit,
  Grade,
  Leaderboard,
  LearningProgress,
  MemberInfo,
  OldServiceMessage,
  PluginCommand,
  RobloxState,
  Score,
  SystemNotification,
  WhiteboardClear,
  WhiteboardStroke,
} from './payloads';
