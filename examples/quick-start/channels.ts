import { defineChannels, event, presence } from 'surewire';
import type {
  Achievement,
  ContentUpdate,
  CursorPosition,
  DocumentEdit,
  Leaderboard as LeaderboardOfIds,
  Score,
  SystemNotification,
  WhiteboardClear,
  WhiteboardStroke,
} from 'surewire/toolbox';

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

/** One line of the shared notes, as somebody left it. Of two edits the one with the higher version stands. */
export interface NoteEdit extends DocumentEdit {
  readonly change: { readonly line: number; readonly text: string; readonly by: string };
}

/** Who leads, the best first, with names. */
export interface Leaderboard {
  readonly entries: readonly (LeaderboardOfIds['entries'][number] & { readonly name: string })[];
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
    'client-whiteboard-stroke': event<WhiteboardStroke>(),
    'client-whiteboard-clear': event<WhiteboardClear>(),
    'client-cursor': event<CursorPosition>(),
    'client-typing': event<{ readonly name: string }>(),
  }),
  'private-user-{userId}': {
    notification: event<SystemNotification>(),
    score: event<Score>(),
    achievement: event<Achievement>(),
    pulse: event<Readonly<Record<string, never>>>(),
  },
  'dashboard-updates': {
    notification: event<SystemNotification>(),
    'content-updated': event<ContentUpdate>(),
  },
  'race-{id}': { numbered: event<{ readonly number: number }>() },
});
