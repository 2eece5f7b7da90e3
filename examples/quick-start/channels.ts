import { defineChannels, event, presence } from 'surewire';

/** How far a content generation is. */
export interface Progress {
  readonly status: string;
  /** From 0 to 100. */
  readonly progress: number;
}

/** What is published to the plugin. */
export interface Command {
  readonly run: string;
}

/** What the backend tells about somebody in the classroom. */
export interface Person {
  readonly name: string;
  readonly role?: 'student' | 'teacher';
}

/** A line of the chat. Its id is the sender's, so that a line is the same before and after the server has it. */
export interface ChatLine {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly text: string;
}

/** Somebody raises a hand, or takes it down. */
export interface Hand {
  readonly userId: string;
  readonly raised: boolean;
}

/** A line drawn on the whiteboard, in units of a board that is 1,000 wide and 560 high. */
export interface Stroke {
  readonly strokeId: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly color?: string;
  readonly width?: number;
}

/** Where somebody's pointer is on the whiteboard, in the same units. */
export interface Cursor {
  readonly x: number;
  readonly y: number;
}

/** One line of the shared notes, as somebody left it. Of two edits the one with the higher version stands. */
export interface NoteEdit {
  readonly documentId: string;
  readonly version: number;
  readonly change: { readonly line: number; readonly text: string; readonly by: string };
}

/** Somebody's points. */
export interface Score {
  readonly userId: string;
  readonly score: number;
  readonly delta?: number;
  readonly reason?: string;
}

/** Who leads, the best first. */
export interface Leaderboard {
  readonly entries: readonly {
    readonly userId: string;
    readonly name: string;
    readonly score: number;
    readonly rank: number;
  }[];
}

/** Somebody achieved something. */
export interface Achievement {
  readonly userId: string;
  readonly achievementId: string;
  readonly title: string;
}

/** Something that people should be told. */
export interface Notification {
  readonly level: 'info' | 'warning' | 'error' | 'success';
  readonly title?: string;
  readonly message: string;
}

/** A piece of content is there, or is another one now. */
export interface ContentUpdate {
  readonly contentId: string;
  readonly title?: string;
  readonly change: string;
}

/** The channels of the demo, described once for the page, the terminal and the compiler. */
export const channels = defineChannels({
  'content-generation-{id}': { progress: event<Progress>(), complete: event<{ contentId: string }>() },
  'private-plugin-{id}': { command: event<Command>(), 'client-command': event<Command>() },
  'presence-classroom-{classId}': presence<Person>()({
    chat: event<ChatLine>(),
    'hand-raised': event<Hand>(),
    leaderboard: event<Leaderboard>(),
    'client-document-edit': event<NoteEdit>(),
    'client-whiteboard-stroke': event<Stroke>(),
    'client-whiteboard-clear': event<Record<string, never>>(),
    'client-cursor': event<Cursor>(),
    'client-typing': event<{ readonly name: string }>(),
  }),
  'private-user-{userId}': {
    notification: event<Notification>(),
    score: event<Score>(),
    achievement: event<Achievement>(),
    pulse: event<{ readonly tab: string; readonly sentAt: number }>(),
  },
  'dashboard-updates': { notification: event<Notification>(), 'content-updated': event<ContentUpdate>() },
  'race-{id}': { numbered: event<{ readonly number: number }>() },
});
