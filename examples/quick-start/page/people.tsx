import type { ReactElement } from 'react';
import { Avatar } from './avatar.tsx';
import { usePresence, useRealtime } from './realtime.ts';
import { useSession } from './session.ts';

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
            {hands.includes(id) ? (
              <span className="hand" role="img" aria-label="Hand raised">
                ✋
              </span>
            ) : null}
          </li>
        ))}
      </ul>
      <div className="actions">
        <button type="button" aria-pressed={isUp} onClick={raise}>
          {isUp ? 'Lower your hand' : 'Raise your hand'}
        </button>
        {settings.mode === 'embedded' ? (
          <a className="more" href={`?user=${other}&class=${classId}`} target="_blank" rel="noreferrer">
            Join as {other}, too
          </a>
        ) : null}
      </div>
    </section>
  );
}
