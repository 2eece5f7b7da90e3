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

/** What every channel may carry: messages of clients that still run the old service. */
export type OldServiceEvents = {
  /** A message in the old service's wrapping. */
  readonly message: TypedEvent<OldServiceMessage>;
};

/** Points and prizes. */
export type GamificationEvents = {
  /** Who leads now. */
  readonly leaderboard: TypedEvent<Leaderboard>;
  /** Somebody's points have changed. */
  readonly score: TypedEvent<Score>;
  /** Somebody achieved something. */
  readonly achievement: TypedEvent<Achievement>;
};

/** What clients tell each other. */
export type CollaborationEvents = {
  /** A line of the chat. */
  readonly 'client-chat': TypedEvent<ChatMessage>;
  /** A pointer has moved. */
  readonly 'client-cursor': TypedEvent<CursorPosition>;
  /** A shared document has changed. */
  readonly 'client-document-edit': TypedEvent<DocumentEdit>;
};

/** What those in a classroom draw for each other. */
export type WhiteboardEvents = {
  /** Somebody draws a line. */
  readonly 'client-whiteboard-stroke': TypedEvent<WhiteboardStroke>;
  /** Somebody has wiped it. */
  readonly 'client-whiteboard-clear': TypedEvent<WhiteboardClear>;
};

/** The platform's channels as the compiler knows them. */
export type ToolboxChannelMap = {
  /** Roblox game state. */
  readonly 'roblox-sync': { readonly state: TypedEvent<RobloxState> } & OldServiceEvents;
  /** The generation of a piece of content. */
  readonly 'content-generation-{id}': {
    readonly progress: TypedEvent<ContentProgress>;
    readonly complete: TypedEvent<ContentComplete>;
    readonly error: TypedEvent<ContentFailure>;
  } & OldServiceEvents;
  /** What AI agents are doing. */
  readonly 'agent-status': { readonly changed: TypedEvent<AgentStatus> } & OldServiceEvents;
  /** Live analytics. */
  readonly 'analytics-realtime': { readonly update: TypedEvent<AnalyticsUpdate> } & OldServiceEvents;
  /** Notifications of the dashboard, and what has become of content. */
  readonly 'dashboard-updates': {
    readonly notification: TypedEvent<SystemNotification>;
    readonly 'content-updated': TypedEvent<ContentUpdate>;
  } & OldServiceEvents;
  /** System-wide status. */
  readonly 'system-status': { readonly notification: TypedEvent<SystemNotification> } & OldServiceEvents;
  /** Announcements for everybody. */
  readonly 'public-announcements': { readonly announcement: TypedEvent<Announcement> } & OldServiceEvents;
  /** System alerts, mentions, achievements. */
  readonly notifications: {
    readonly notification: TypedEvent<SystemNotification>;
    readonly mention: TypedEvent<SystemNotification>;
    readonly achievement: TypedEvent<Achievement>;
  } & OldServiceEvents;
  /** For development. */
  readonly 'test-channel': { readonly test: TypedEvent } & OldServiceEvents;
  /** A Roblox plugin. */
  readonly 'private-plugin-{id}': {
    readonly command: TypedEvent<PluginCommand>;
    readonly result: TypedEvent<PluginCommand>;
    readonly 'client-command': TypedEvent<PluginCommand>;
  } & OldServiceEvents;
  /** One user's notifications, progress, grades and points. */
  readonly 'private-user-{userId}': {
    readonly notification: TypedEvent<SystemNotification>;
    readonly progress: TypedEvent<LearningProgress>;
    readonly grade: TypedEvent<Grade>;
  } & Pick<GamificationEvents, 'achievement' | 'score'> &
    OldServiceEvents;
  /** A class. */
  readonly 'private-class-{classId}': {
    readonly announcement: TypedEvent<Announcement>;
    readonly assignment: TypedEvent<Assignment>;
  } & GamificationEvents &
    CollaborationEvents &
    OldServiceEvents;
  /** Who is in a virtual classroom. */
  readonly 'presence-classroom-{classId}': PresenceDefinition<
    MemberInfo,
    { readonly 'hand-raised': TypedEvent<{ readonly userId: string }> } & GamificationEvents &
      CollaborationEvents &
      WhiteboardEvents &
      OldServiceEvents
  >;
  /** The players of a game. */
  readonly 'presence-game-{gameId}': PresenceDefinition<
    MemberInfo,
    { readonly state: TypedEvent<RobloxState> } & GamificationEvents & CollaborationEvents & OldServiceEvents
  >;
};

const message = event<OldServiceMessage>();
const notification = event<SystemNotification>();
const announcement = event<Announcement>();

const gamification: GamificationEvents = {
  leaderboard: event<Leaderboard>(),
  score: event<Score>(),
  achievement: event<Achievement>(),
};

const collaboration: CollaborationEvents = {
  'client-chat': event<ChatMessage>(),
  'client-cursor': event<CursorPosition>(),
  'client-document-edit': event<DocumentEdit>(),
};

const whiteboard: WhiteboardEvents = {
  'client-whiteboard-stroke': event<WhiteboardStroke>(),
  'client-whiteboard-clear': event<WhiteboardClear>(),
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
  'dashboard-updates': { notification, 'content-updated': event<ContentUpdate>(), message },
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
    achievement: gamification.achievement,
    score: gamification.score,
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
    ...whiteboard,
    message,
  }),
  'presence-game-{gameId}': presence<MemberInfo>()({
    state: event<RobloxState>(),
    ...gamification,
    ...collaboration,
    message,
  }),
});
