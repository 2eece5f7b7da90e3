import { type SubmitEvent, useMemo } from 'react';
import { pendingOf } from 'surewire';
import { useStore } from 'surewire/react';
import { react, type Said } from './chat';

const { useEventReducer, usePublish, useRealtime } = react;

export function Chat({ room }: { readonly room: string }) {
  const name = `private-room-${room}` as const;
  const client = useRealtime();
  const said = useEventReducer(name, { said: (all, message) => [...all, message] }, [] as readonly Said[]);
  const { publish } = usePublish(name, 'said');
  const waiting = useStore(useMemo(() => pendingOf(client, client.channel(name), 'said'), [client, name]));
  const known = new Set(said.state.map(({ id }) => id));
  const say = (submit: SubmitEvent<HTMLFormElement>): void => {
    submit.preventDefault();
    const id = crypto.randomUUID();
    publish({ id, text: String(new FormData(submit.currentTarget).get('text')) }, { id });
  };
  return (
    <form onSubmit={say}>
      {said.state.map(({ id, text }) => (
        <p key={id}>{text}</p>
      ))}
      {waiting
        .filter(({ id }) => !known.has(id))
        .map(({ id, data, error }) => (
          <p key={id} className="grey" title={error?.message}>
            {data.text}
          </p>
        ))}
      <input name="text" />
    </form>
  );
}
