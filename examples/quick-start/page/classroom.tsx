import { type ReactElement, useEffect } from 'react';
import { Chat } from './chat.tsx';
import { classroomOf, classroomReducers, emptyClassroom } from './classroom-state.ts';
import { Leaderboard } from './leaderboard.tsx';
import { Notes } from './notes.tsx';
import { People } from './people.tsx';
import { Problem } from './problem.tsx';
import { useChannel, useEventReducer } from './realtime.ts';
import { useSession } from './session.ts';
import { useFaults } from './use-faults.ts';
import { Whiteboard } from './whiteboard.tsx';
import { subscriptionWords } from './words.ts';

/** A class at work: who is there, what they say, draw and note down. */
export function Classroom(): ReactElement {
  const { server, settings, classId, company } = useSession();
  const { faults, command } = useFaults();
  const name = settings.auth !== undefined && (`presence-classroom-${classId}` as const);
  const { subscription } = useChannel(name);
  const isEmbedded = settings.mode === 'embedded';
  const { state } = useEventReducer(name, classroomReducers, emptyClassroom, {
    ...(isEmbedded
      ? { recover: async ({ signal }) => classroomOf(await server.classroom(classId, signal)) }
      : {}),
  });

  const isThere = subscription.state === 'subscribed';
  useEffect(() => {
    // Again after a cut: a class that thought itself alone may have gone home.
    if (isEmbedded && company && isThere) void server.command('simulate', { class: classId, on: 'true' });
  }, [server, isEmbedded, company, classId, isThere]);

  return (
    <section id="classroom" aria-labelledby="classroom-title">
      <div className="heading">
        <div>
          <h2 id="classroom-title">A classroom, live</h2>
          <p className="quiet">
            {isEmbedded
              ? 'Open a second window and be someone else. Some classmates are simulated, so you are not alone.'
              : 'Open this page on another device, and see each other.'}
          </p>
        </div>
        {settings.auth === undefined ? null : (
          <span className="chip" id="classroom-state" data-up={subscription.state === 'subscribed'}>
            {subscriptionWords(subscription)}
          </span>
        )}
        {isEmbedded ? (
          <button
            type="button"
            className="fault"
            aria-pressed={faults?.refusing ?? false}
            onClick={() => void command('refuse', { on: String(!faults?.refusing) })}
          >
            Lock the room
          </button>
        ) : null}
      </div>
      {subscription.error === undefined ? null : <Problem error={subscription.error} />}
      {settings.auth === undefined ? (
        <p className="unavailable">
          Unavailable: a classroom needs a backend that says who may come in. Name its endpoint in
          <code> VITE_PUSHER_AUTH_ENDPOINT</code>.
        </p>
      ) : (
        <div className="classroom">
          <div className="board-column">
            <Whiteboard strokes={state.strokes} />
            <Notes notes={state.notes} />
          </div>
          <Chat lines={state.chat} />
          <div className="side-column">
            <People hands={state.hands} />
            <Leaderboard leaders={state.leaders} />
          </div>
        </div>
      )}
    </section>
  );
}
