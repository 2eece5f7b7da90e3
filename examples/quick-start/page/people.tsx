import type { ReactElement } from 'react';
import { Avatar } from './avatar.tsx';
import { usePresence, useRealtime } from './realtime.ts';
import { addressFor, useSession } from './session.ts';

/** Who is in the classroom, and whose hand is up. */
export function People({ hands }: { readonly hands: readonly string[] }): ReactElement {
  const client = useRealtime();
  const { user, userId, classId, settings } = useSession();
  const { members, me, subscription } = usePresence(`presence-classroom-${classId}`);
  const isUp = hands.includes(me?.id ?? userId);
  const other = user === 'Barbara' ? 'Radia' : 'Barbara';

  const raise = (): void => {
    const room = client.channel('presence-classroom-{classId}', { classId });
    room.publish('hand-raised', { userId: me?.id ?? userId, raised: !isUp }).catch(() => {});
  };

  return (
    <section className="card people" aria-labelledby="people-title">
      <h3 id="people-title">
        Here now <span className="count">{members.length}</span>
      </h3>
      <ul id="people" data-stale={subscription.state === 'subscribing'}>
        {members.map(({ id, info }) => (
          <li key={id}>
            <Avatar id={id} name={info?.name ?? id} />
            <span className="name">
              {info?.name ?? id}
              {info?.role === 'teacher' ? <small>teacher</small> : null}
              {id === me?.id ? <small>you</small> : null}
            </span>
            {hands.includes(id) ? <RaisedHand /> : null}
          </li>
        ))}
      </ul>
      <div className="actions">
        <button type="button" aria-pressed={isUp} onClick={raise}>
          {isUp ? 'Lower your hand' : 'Raise your hand'}
        </button>
        {settings.mode === 'embedded' ? (
          <a className="more" href={addressFor(other)} target="_blank" rel="noreferrer">
            Join as {other}, too
          </a>
        ) : null}
      </div>
    </section>
  );
}

function RaisedHand(): ReactElement {
  return (
    <svg className="hand" viewBox="0 0 24 24" role="img" aria-label="Hand raised">
      <path d="M7 12V6a1.5 1.5 0 0 1 3 0v5V4a1.5 1.5 0 0 1 3 0v7-6a1.5 1.5 0 0 1 3 0v7-4a1.5 1.5 0 0 1 3 0v7c0 4-2.5 7-6.5 7-3 0-4.7-1.3-6-3.5L4 14.500a1.6 1.6 0 0 1 2.600-1.800L7 13z" />
    </svg>
  );
}
