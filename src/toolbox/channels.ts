import {
  type ChannelDefinitions,
  defineChannels,
  event,
  type PresenceDefinition,
  presence,
  type TypedEvent,
} from '../index';
import type {
  Achievement,
  AgentStatus,
  AnalyticsUpdate,
  Announcement,
  Assignment,
  ChatMessage,
  ContentComplete,
  ContentFailure,
  ContentProgress,
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
} from './payloads';

/** What every channel may carry: messages of clients that still run the old service. */
type Old = { readonly message: TypedEvent<OldServiceMessage> };

/** Points and prizes. */
type Gamification = {
  readonly leaderboard: TypedEvent<Leaderboard>;
  readonly score: TypedEvent<Score>;
  readonly achievement: TypedEvent<Achievement>;
};

/** What clients tell each other. */
type Collaboration = {
  readonly 'client-chat': TypedEvent<ChatMessage>;
  readonly 'client-cursor': TypedEvent<CursorPosition>;
  readonly 'client-document-edit': TypedEvent<DocumentEdit>;
};

/** The platform's channels as the compiler knows them. */
export type ToolboxChannelMap = {
  readonly 'roblox-sync': { readonly state: TypedEvent<RobloxState> } & Old;
  readonly 'content-generation-{id}': {
    readonly progress: TypedEvent<ContentProgress>;
    readonly complete: TypedEvent<ContentComplete>;
    readonly error: TypedEvent<ContentFailure>;
  } & Old;
  readonly 'agent-status': { readonly changed: TypedEvent<AgentStatus> } & Old;
  readonly 'analytics-realtime': { readonly update: TypedEvent<AnalyticsUpdate> } & Old;
  readonly 'dashboard-updates': { readonly notification: TypedEvent<SystemNotification> } & Old;
  readonly 'system-status': { readonly notification: TypedEvent<SystemNotification> } & Old;
  readonly 'public-announcements': { readonly announcement: TypedEvent<Announcement> } & Old;
  readonly notifications: {
    readonly notification: TypedEvent<SystemNotification>;
    readonly mention: TypedEvent<SystemNotification>;
    readonly achievement: TypedEvent<Achievement>;
  } & Old;
  readonly 'test-channel': { readonly test: TypedEvent } & Old;
  readonly 'private-plugin-{id}': {
    readonly command: TypedEvent<PluginCommand>;
    readonly result: TypedEvent<PluginCommand>;
    readonly 'client-command': TypedEvent<PluginCommand>;
  } & Old;
  readonly 'private-user-{userId}': {
    readonly notification: TypedEvent<SystemNotification>;
    readonly progress: TypedEvent<LearningProgress>;
    readonly grade: TypedEvent<Grade>;
  } & Pick<Gamification, 'achievement'> &
    Old;
  readonly 'private-class-{classId}': {
    readonly announcement: TypedEvent<Announcement>;
    readonly assignment: TypedEvent<Assignment>;
  } & Gamification &
    Collaboration &
    Old;
  readonly 'presence-classroom-{classId}': PresenceDefinition<
    MemberInfo,
    { readonly 'hand-raised': TypedEvent<{ readonly userId: string }> } & Gamification & Collaboration & Old
  >;
  readonly 'presence-game-{gameId}': PresenceDefinition<
    MemberInfo,
    { readonly state: TypedEvent<RobloxState> } & Gamification & Collaboration & Old
  >;
};

const message = event<OldServiceMessage>();
const notification = event<SystemNotification>();
const announcement = event<Announcement>();

const gamification: Gamification = {
  leaderboard: event<Leaderboard>(),
  score: event<Score>(),
  achievement: event<Achievement>(),
};

const collaboration: Collaboration = {
  'client-chat': event<ChatMessage>(),
  'client-cursor': event<CursorPosition>(),
  'client-document-edit': event<DocumentEdit>(),
};

/**
 * The platform's channels, for the option `channels`. Payloads are described by types alone: fields that the types do not
 * know pass through.
 */
export const toolboxChannels: ChannelDefinitions<ToolboxChannelMap> = defineChannels<ToolboxChannelMap>({
  'roblox-sync': { state: event<RobloxState>(), message },
  'content-generation-{id}': {
    progress: event<ContentProgress>(),
    complete: event<ContentComplete>(),
    error: event<ContentFailure>(),
    message,
  },
  'agent-status': { changed: event<AgentStatus>(), message },
  'analytics-realtime': { update: event<AnalyticsUpdate>(), message },
  'dashboard-updates': { notification, message },
  'system-status': { notification, message },
  'public-announcements': { announcement, message },
  notifications: { notification, mention: notification, achievement: event<Achievement>(), message },
  'test-channel': { test: event(), message },
  'private-plugin-{id}': {
    command: event<PluginCommand>(),
    result: event<PluginCommand>(),
    'client-command': event<PluginCommand>(),
    message,
  },
  'private-user-{userId}': {
    notification,
    progress: event<LearningProgress>(),
    grade: event<Grade>(),
    achievement: event<Achievement>(),
    message,
  },
  'private-class-{classId}': {
    announcement,
    assignment: event<Assignment>(),
    ...gamification,
    ...collaboration,
    message,
  },
  'presence-classroom-{classId}': presence<MemberInfo>()({
    'hand-raised': event<{ readonly userId: string }>(),
    ...gamification,
    ...collaboration,
    message,
  }),
  'presence-game-{gameId}': presence<MemberInfo>()({
    state: event<RobloxState>(),
    ...gamification,
    ...collaboration,
    message,
  }),
});
