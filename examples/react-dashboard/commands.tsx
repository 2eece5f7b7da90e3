import { type FormEvent, type ReactElement, useState } from 'react';
import { useEvent, useOutbox, usePublish } from './realtime';

export function Commands(): ReactElement {
  const [heard, setHeard] = useState<readonly string[]>([]);
  const { publish, status, acknowledgement, error } = usePublish('private-plugin-7', 'command');
  const owed = useOutbox(({ pending }) => pending.length);
  useEvent('private-plugin-7', 'command', ({ run }) => setHeard((before) => [run, ...before].slice(0, 5)));

  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    publish({ run: String(new FormData(event.currentTarget).get('run')) });
  };

  return (
    <section>
      <h2>Plugin 7</h2>
      <form onSubmit={submit}>
        <input name="run" defaultValue="build" aria-label="Command" />
        <button type="submit">Publish</button>
        <output data-status={status}>
          {status}
          {acknowledgement !== undefined && ` after ${Math.round(acknowledgement.latency)} ms`}
        </output>
      </form>
      {error !== undefined && <p role="alert">{error.message}</p>}
      <p className="quiet">{owed === 0 ? 'Nothing is waiting' : `${owed} waiting in the outbox`}</p>
      <ol>
        {heard.map((run, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: commands have no ids, and the list is only ever replaced
          <li key={index}>{run}</li>
        ))}
      </ol>
    </section>
  );
}
