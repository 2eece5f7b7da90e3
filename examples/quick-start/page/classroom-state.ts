import type { EventReducers, ShapeOf } from 'surewire';
import type { WhiteboardStroke } from 'surewire/toolbox';
import type { RememberedMessage } from '../backend.ts';
import type { ChatLine, channels, Leaderboard, NoteEdit } from '../channels.ts';

/** One line of the shared notes. */
export interface NoteLine {
  readonly version: number;
  readonly text: string;
  readonly by: string;
}

/** What a classroom looks like: made of its messages, whether they are heard one by one or fetched after a cut. */
export interface ClassroomState {
  readonly chat: readonly ChatLine[];
  readonly hands: readonly string[];
  readonly strokes: readonly WhiteboardStroke[];
  readonly notes: Readonly<Record<number, NoteLine>>;
  readonly leaders: Leaderboard['entries'];
}

/** A room that nobody was in yet. */
export const emptyClassroom: ClassroomState = { chat: [], hands: [], strokes: [], notes: {}, leaders: [] };

/** The notes have so many lines. */
export const noteLines = 5;

type Reducers = EventReducers<ShapeOf<typeof channels, 'presence-classroom-5'>, ClassroomState>;

/** What each message does to the room. The same message twice does nothing the second time. */
export const classroomReducers = {
  chat: (room, line) =>
    room.chat.some(({ id }) => id === line.id) ? room : { ...room, chat: [...room.chat, line].slice(-60) },
  'hand-raised': (room, { userId, raised }) => {
    const others = room.hands.filter((id) => id !== userId);
    return { ...room, hands: raised ? [...others, userId] : others };
  },
  'client-whiteboard-stroke': (room, stroke) =>
    room.strokes.some(({ strokeId }) => strokeId === stroke.strokeId)
      ? room
      : { ...room, strokes: [...room.strokes, stroke].slice(-40) },
  'client-whiteboard-clear': (room) => ({ ...room, strokes: [] }),
  'client-document-edit': (room, edit) => ({ ...room, notes: withEdit(room.notes, edit) }),
  leaderboard: (room, { entries }) => ({ ...room, leaders: entries }),
} satisfies Reducers;

/** The notes with an edit in them: of two edits of a line, the one with the higher version stands. */
export function withEdit(
  notes: ClassroomState['notes'],
  { version, change }: NoteEdit,
): ClassroomState['notes'] {
  const { line, text, by } = change;
  return version < (notes[line]?.version ?? 0) ? notes : { ...notes, [line]: { version, text, by } };
}

/** The room as its messages have left it, oldest first. */
export function classroomOf(messages: readonly RememberedMessage[]): ClassroomState {
  const reducers: Readonly<Record<string, (room: ClassroomState, data: never) => ClassroomState>> =
    classroomReducers;
  return messages.reduce<ClassroomState>(
    // What the application remembers was published in the shapes that the channel declares.
    (room, { event, data }) => reducers[event]?.(room, data as never) ?? room,
    emptyClassroom,
  );
}
