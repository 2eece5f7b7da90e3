import { type FormEvent, type ReactElement, useEffect, useRef, useState } from 'react';
import type { ChatLine } from '../channels.ts';
import { Avatar } from './avatar.tsx';
import { payload } from './content.ts';
import { useOutbox } from './realtime.ts';
import { useSession } from './session.ts';
import { useSay } from './use-say.ts';
import { useTyping } from './use-typing.ts';

/** The class's chat. What the server has not taken yet is a grey bubble, also after a reload. */
export function Chat({ lines }: { readonly lines: readonly ChatLine[] }): ReactElement {
  const { userId, classId, settings } = useSession();
  const [text, setText] = useState('');
  const list = useRef<HTMLOListElement>(null);
  const say = useSay();
  const { typing, tellTyping } = useTyping();
  const pending = useOutbox(({ pending }) =>
    pending.filter(({ event, channel }) => event === 'chat' && channel === `presence-classroom-${classId}`),
  );
  const rejected = useOutbox(({ rejected }) =>
    rejected.filter(({ event, channel }) => event === 'chat' && channel === `presence-classroom-${classId}`),
  );
  const known = new Set(lines.map(({ id }) => id));
  const unsent = [
    ...rejected.flatMap((message) => bubble(payload<ChatLine>(message), 'refused')),
    ...pending.flatMap((message) =>
      bubble(payload<ChatLine>(message), message.state === 'unconfirmed' ? 'sent' : 'waiting'),
    ),
  ].filter(({ line }) => !known.has(line.id));
  const newest = unsent.at(-1)?.line.id ?? lines.at(-1)?.id;

  useEffect(() => {
    if (newest !== undefined) list.current?.scrollTo({ top: list.current.scrollHeight, behavior: 'smooth' });
  }, [newest]);

  const send = (submission: FormEvent): void => {
    submission.preventDefault();
    const said = text.trim();
    if (said === '') return;
    setText('');
    void say(said);
  };

  return (
    <section className="card chat" aria-labelledby="chat-title">
      <h3 id="chat-title">Chat</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reachable by keyboard. */}
      <ol id="chat" ref={list} tabIndex={0} aria-label="Lines of the chat">
        {lines.length + unsent.length === 0 ? <li className="empty">Say hello to the class.</li> : null}
        {lines.map((line) => (
          <Bubble key={line.id} line={line} isOwn={line.userId === userId} fate="heard" />
        ))}
        {unsent.map(({ line, fate }) => (
          <Bubble key={line.id} line={line} isOwn fate={fate} />
        ))}
      </ol>
      <p className="typing" aria-live="off">
        {typing.length > 0 ? `${typing.join(', ')} ${typing.length > 1 ? 'are' : 'is'} typing …` : ' '}
      </p>
      {settings.publish === undefined ? (
        <p className="unavailable">
          Unavailable: writing needs a backend that publishes. Name its endpoint in
          <code> VITE_PUSHER_PUBLISH_ENDPOINT</code>.
        </p>
      ) : (
        <form onSubmit={send}>
          <label className="unseen" htmlFor="line">
            Write to the class
          </label>
          <input
            id="line"
            value={text}
            maxLength={200}
            autoComplete="off"
            placeholder="Write to the class"
            onChange={({ target }) => {
              setText(target.value);
              tellTyping();
            }}
          />
          <button type="submit" className="primary">
            Send
          </button>
        </form>
      )}
    </section>
  );
}

type Fate = 'heard' | 'sent' | 'waiting' | 'refused';

const fateWords: Readonly<Record<Fate, string>> = {
  heard: '',
  sent: 'sent',
  waiting: 'waiting to be sent',
  refused: 'not sent',
};

function bubble(line: ChatLine | undefined, fate: Fate): { readonly line: ChatLine; readonly fate: Fate }[] {
  return line === undefined ? [] : [{ line, fate }];
}

function Bubble({
  line,
  isOwn,
  fate,
}: {
  readonly line: ChatLine;
  readonly isOwn: boolean;
  readonly fate: Fate;
}): ReactElement {
  return (
    <li className="bubble" data-own={isOwn} data-fate={fate}>
      {isOwn ? null : <Avatar id={line.userId} name={line.name} />}
      <div>
        {isOwn ? null : <b>{line.name}</b>}
        <p>{line.text}</p>
        {fateWords[fate] === '' ? null : <small>{fateWords[fate]}</small>}
      </div>
    </li>
  );
}
