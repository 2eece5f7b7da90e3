import { type FormEvent, type ReactElement, useState } from 'react';
import type { SystemNotification } from 'surewire/toolbox';
import { useEvent, usePresence, useRealtime } from './realtime.ts';
import { useSession } from './session.ts';
import { timeOf } from './words.ts';

interface Item {
  readonly key: string;
  readonly kind: 'notification' | 'content' | 'achievement';
  readonly title: string;
  readonly text: string;
  readonly at: number;
  readonly level: SystemNotification['level'];
}

/** So many are kept. */
const kept = 8;

/** Notifications that one gets and sends, and what one has achieved. */
export function News(): ReactElement {
  const { settings, userId } = useSession();
  const [items, setItems] = useState<readonly Item[]>([]);
  const [score, setScore] = useState<number>();
  const own = settings.auth !== undefined && (`private-user-${userId}` as const);
  const add = (item: Item): void =>
    setItems((before) => [item, ...before.filter(({ key }) => key !== item.key)].slice(0, kept));

  useEvent('dashboard-updates', 'notification', (notification, { id, receivedAt }) =>
    add(note(notification, id, receivedAt)),
  );
  useEvent('dashboard-updates', 'content-updated', ({ contentId, title, change }, { receivedAt }) =>
    add({
      key: `${contentId}-${receivedAt}`,
      kind: 'content',
      title: title ?? contentId,
      text: `The lesson was ${change}.`,
      at: receivedAt,
      level: 'info',
    }),
  );
  useEvent(own, 'notification', (notification, { id, receivedAt }) =>
    add(note(notification, id, receivedAt)),
  );
  useEvent(own, 'score', (points) => setScore(points.score));
  useEvent(own, 'achievement', ({ achievementId, title }, { receivedAt }) =>
    add({
      key: achievementId,
      kind: 'achievement',
      title,
      text: 'A new achievement.',
      at: receivedAt,
      level: 'success',
    }),
  );

  return (
    <section id="news" aria-labelledby="news-title">
      {items[0] === undefined ? null : <Toast key={items[0].key} item={items[0]} />}
      <div className="heading">
        <div>
          <h2 id="news-title">Notifications and achievements</h2>
          <p className="quiet">
            To everybody, or to one person. Achievements come by themselves while you use this page.
          </p>
        </div>
        {score === undefined ? null : (
          <span className="chip" id="score" data-up="true">
            {score} points
          </span>
        )}
      </div>
      <div className="news">
        {settings.publish === undefined ? (
          <p className="unavailable">
            Unavailable: sending needs a backend that publishes. Name its endpoint in
            <code> VITE_PUSHER_PUBLISH_ENDPOINT</code>.
          </p>
        ) : (
          <Composer />
        )}
        <section className="card" aria-labelledby="inbox-title">
          <h3 id="inbox-title">Received</h3>
          <ol id="notifications" aria-live="polite">
            {items.length === 0 ? <li className="empty">Nothing yet.</li> : null}
            {items.map(({ key, kind, level, title, text, at }) => (
              <li key={key} data-level={level} data-kind={kind}>
                <Icon kind={kind} />
                <span>
                  <b>{title}</b> {text}
                </span>
                <time>{timeOf(at)}</time>
              </li>
            ))}
          </ol>
        </section>
      </div>
    </section>
  );
}

/** What has just come, for a few seconds, wherever one reads. The list says it to those who do not see it. */
function Toast({ item }: { readonly item: Item }): ReactElement {
  return (
    <p className="toast" data-kind={item.kind} aria-hidden="true">
      <Icon kind={item.kind} />
      <span>
        <b>{item.title}</b> {item.text}
      </span>
    </p>
  );
}

function Icon({ kind }: Pick<Item, 'kind'>): ReactElement {
  return (
    <span className="icon" aria-hidden="true">
      {kind === 'achievement' ? '★' : kind === 'content' ? '✎' : '●'}
    </span>
  );
}

function Composer(): ReactElement {
  const client = useRealtime();
  const { classId, userId, user, settings } = useSession();
  const members = usePresence(
    settings.auth !== undefined && `presence-classroom-${classId}`,
    (room) => room.members,
  );
  const [text, setText] = useState('The library closes at five today.');
  const [to, setTo] = useState('');

  const send = (submission: FormEvent): void => {
    submission.preventDefault();
    const notification = { level: 'info', title: `From ${user}`, message: text } as const;
    const done =
      to === ''
        ? client.channel('dashboard-updates').publish('notification', notification)
        : client.channel('private-user-{userId}', { userId: to }).publish('notification', notification);
    done.catch(() => {});
  };

  return (
    <form className="card composer" onSubmit={send} aria-labelledby="compose-title">
      <h3 id="compose-title">Send one</h3>
      <label className="field">
        <span>To</span>
        <select id="recipient" value={to} onChange={({ target }) => setTo(target.value)}>
          <option value="">everybody</option>
          <option value={userId}>only me</option>
          {members
            .filter(({ id }) => id !== userId)
            .map(({ id, info }) => (
              <option key={id} value={id}>
                {info?.name ?? id}
              </option>
            ))}
        </select>
      </label>
      <label className="field">
        <span>Text</span>
        <input
          id="notification"
          value={text}
          maxLength={140}
          required
          autoComplete="off"
          onChange={({ target }) => setText(target.value)}
        />
      </label>
      <button type="submit" className="primary">
        Notify
      </button>
    </form>
  );
}

function note({ level, title, message }: SystemNotification, id: string | undefined, at: number): Item {
  return {
    key: id ?? `${at}-${message}`,
    kind: 'notification',
    title: title ?? 'Note',
    text: message,
    at,
    level,
  };
}
