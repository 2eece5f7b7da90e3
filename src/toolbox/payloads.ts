// What the platform's channels carry. The fields that are known are listed; others pass through untouched.

/** How far the generation of a piece of content is. */
export interface ContentProgress {
  /** What is being done, in the backend's words. */
  readonly status: string;
  /** From 0 to 100. */
  readonly progress: number;
  /** For people. */
  readonly message?: string;
  /** The content, as soon as it has an id. */
  readonly contentId?: string;
}

/** A piece of content is there. */
export interface ContentComplete {
  /** The content. */
  readonly contentId: string;
  /** Whatever else the generator says about it. */
  readonly [field: string]: unknown;
}

/** A piece of content could not be generated. */
export interface ContentFailure {
  /** What went wrong, for people. */
  readonly error: string;
  /** The same, for programs. */
  readonly code?: string;
}

/** What an AI agent is doing. */
export interface AgentStatus {
  /** The agent. */
  readonly agentId: string;
  /** Where it is. */
  readonly status: 'idle' | 'working' | 'complete' | 'error';
  /** What it works on. */
  readonly task?: string;
  /** From 0 to 100. */
  readonly progress?: number;
}

/** Something that people should be told. */
export interface SystemNotification {
  /** How loud. */
  readonly level: 'info' | 'warning' | 'error' | 'success';
  /** The headline. */
  readonly title?: string;
  /** The text. */
  readonly message: string;
}

/** Who somebody in a classroom or a game is. */
export interface MemberInfo {
  /** The name that others see. */
  readonly name: string;
  /** What the member may do. */
  readonly role: 'student' | 'teacher' | 'admin';
  /** The address of a picture. */
  readonly avatar?: string;
  /** Whether the member is there. */
  readonly status?: 'active' | 'away' | 'busy';
}

/** The state of a Roblox game, or a part of it. */
export interface RobloxState {
  /** The game. */
  readonly gameId?: string;
  /** Whatever the game tells. */
  readonly [field: string]: unknown;
}

/** A figure that has changed. */
export interface AnalyticsUpdate {
  /** Which figure. */
  readonly metric: string;
  /** What it is now. */
  readonly value: number;
  /** What it is about: a class, a lesson. */
  readonly dimensions?: Readonly<Record<string, string>>;
}

/** Somebody is asked to do something in a plugin, or a plugin tells what it did. */
export interface PluginCommand {
  /** What to do. */
  readonly command: string;
  /** What it needs. */
  readonly arguments?: Readonly<Record<string, unknown>>;
}

/** Somebody came further with a lesson. */
export interface LearningProgress {
  /** The lesson. */
  readonly lessonId: string;
  /** From 0 to 100. */
  readonly progress: number;
}

/** Work was graded. */
export interface Grade {
  /** What was graded. */
  readonly assignmentId: string;
  /** How well it was done. */
  readonly score: number;
  /** The best possible score. */
  readonly maximum?: number;
  /** A word from the teacher. */
  readonly feedback?: string;
}

/** A piece of content has changed, for whoever shows it or a list of it. */
export interface ContentUpdate {
  /** The content. */
  readonly contentId: string;
  /** What it is called. */
  readonly title?: string;
  /** What became of it, in the backend's words: `created`, `updated`, `deleted`. */
  readonly change: string;
}

/** Something for a whole class. */
export interface Announcement {
  /** The headline. */
  readonly title?: string;
  /** The text. */
  readonly message: string;
}

/** Work for a class. */
export interface Assignment {
  /** The assignment. */
  readonly assignmentId: string;
  /** What it is called. */
  readonly title: string;
  /** When it must be handed in, as the backend writes times. */
  readonly dueAt?: string;
}

/** Somebody's points have changed. */
export interface Score {
  /** Whose. */
  readonly userId: string;
  /** The points now. */
  readonly score: number;
  /** How many came or went. */
  readonly delta?: number;
  /** What for, in words for people. */
  readonly reason?: string;
}

/** Who leads. */
export interface Leaderboard {
  /** The best first. */
  readonly entries: readonly (Score & {
    /** The place, from 1. */
    readonly rank: number;
  })[];
}

/** Somebody achieved something. */
export interface Achievement {
  /** Who. */
  readonly userId: string;
  /** What. */
  readonly achievementId: string;
  /** What it is called. */
  readonly title: string;
}

/** A line of a chat, from client to client. */
export interface ChatMessage {
  /** The text. */
  readonly text: string;
  /** The line, where lines are edited or answered. */
  readonly id?: string;
}

/** Where somebody's pointer is, from client to client. */
export interface CursorPosition {
  /** From the left. */
  readonly x: number;
  /** From the top. */
  readonly y: number;
}

/** A change of a shared document, from client to client. */
export interface DocumentEdit {
  /** Which document. */
  readonly documentId: string;
  /** The document's version that the change is made to. */
  readonly version: number;
  /** The change, in the editor's own form. */
  readonly change: unknown;
}

/** A line that somebody draws on the whiteboard, from client to client. Later parts of it have the same id. */
export interface WhiteboardStroke {
  /** The line. */
  readonly strokeId: string;
  /** Where it goes, in the whiteboard's own units: from the left, from the top. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Its colour, as CSS writes colours. */
  readonly color?: string;
  /** How thick it is. */
  readonly width?: number;
}

/** Somebody has wiped the whiteboard, from client to client. Says no more than that. */
export type WhiteboardClear = Readonly<Record<string, never>>;

/** What the old client service puts on the one event that it knows. */
export interface OldServiceMessage {
  /** The message's name. */
  readonly type: string;
  /** Its content. */
  readonly payload?: unknown;
  /** The channel, once more. */
  readonly channel?: string;
  /** When it was sent, as an ISO date. */
  readonly timestamp?: string;
  /** Its id. */
  readonly messageId?: string;
}
