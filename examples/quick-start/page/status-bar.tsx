import type { ReactElement } from 'react';
import { contentOf } from './content.ts';
import { useOutbox } from './realtime.ts';
import { useSession } from './session.ts';
import { useNow } from './use-now.ts';
import { useStatus } from './use-status.ts';
import { connectionWords } from './words.ts';

const rooms = [
  ['race', 'The test'],
  ['classroom', 'Classroom'],
  ['outbox', 'Your messages'],
  ['lesson', 'Lesson'],
  ['news', 'News'],
  ['figures', 'Live figures'],
] as const;

/** Stays on top of the page: who you are, how the connection is, what still waits. */
export function StatusBar(): ReactElement {
  const { user, settings } = useSession();
  const status = useStatus();
  const waiting = useOutbox(
    ({ pending }) => pending.filter((message) => contentOf(message) !== undefined).length,
  );
  const now = useNow(250, status.retryAt !== undefined);
  return (
    <header className="bar">
      <div className="bar-inner">
        <a className="brand" href="#top">
          <Mark />
          surewire
        </a>
        <nav aria-label="Parts of this page">
          {rooms.map(([id, title]) => (
            <a key={id} href={`#${id}`}>
              {title}
            </a>
          ))}
        </nav>
        {settings.mode === 'embedded' ? (
          <span className="you">
            You are <b>{user}</b>
          </span>
        ) : null}
        {/* The countdown is for eyes only: in a live region it would be read out every second. */}
        <p className="pill" id="state" data-state={status.state}>
          <span className="lamp" aria-hidden="true" />
          <span aria-hidden="true">{connectionWords(status, now)}</span>
          <span className="unseen" role="status">
            {connectionWords({ ...status, retryAt: 0 }, now)}
          </span>
          {waiting > 0 ? (
            <span className="waiting">
              {waiting} <span className="wide">{waiting === 1 ? 'message' : 'messages'}</span> waiting
            </span>
          ) : null}
        </p>
      </div>
    </header>
  );
}

function Mark(): ReactElement {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M6 17h5l3-8 5 14 3-6h4" />
    </svg>
  );
}
