import type { ReactElement } from 'react';
import type { Leaderboard as Board } from '../channels.ts';
import { Avatar } from './avatar.tsx';
import { useSession } from './session.ts';
import { plural } from './words.ts';

/** Who has done the most, and how much more than others. */
export function Leaderboard({ leaders }: { readonly leaders: Board['entries'] }): ReactElement {
  const { userId } = useSession();
  const most = Math.max(1, ...leaders.map(({ score }) => score));
  return (
    <section className="card leaders" aria-labelledby="leaders-title">
      <h3 id="leaders-title">Leaderboard</h3>
      {leaders.length === 0 ? <p className="quiet">Write, draw or take a note to earn points.</p> : null}
      <ol id="leaders">
        {leaders.slice(0, 5).map(({ userId: id, name, score }) => (
          <li key={id} data-me={id === userId}>
            <Avatar id={id} name={name} />
            <span className="name">
              {name}
              <meter min={0} max={most} value={score} aria-label={`${name}: ${plural(score, 'point')}`} />
            </span>
            <b>{score}</b>
          </li>
        ))}
      </ol>
    </section>
  );
}
