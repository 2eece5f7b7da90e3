import { type ReactElement, useState } from 'react';
import { Commands } from './commands';
import { askBackend } from './demo-client';
import { useConnection, useEventReducer, usePresence, useStatistics } from './realtime';

export function Dashboard(): ReactElement {
  const [isOpen, setOpen] = useState(true);
  return (
    <main>
      <header>
        <h1>Dashboard</h1>
        <Connection />
        <button type="button" onClick={() => askBackend('cut')}>
          Cut the connection
        </button>
        <button type="button" onClick={() => askBackend('restart')}>
          Restart the server
        </button>
      </header>
      <Generation />
      <section>
        <h2>Classroom 5</h2>
        <button type="button" aria-pressed={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Leave' : 'Enter'}
        </button>
        {/* A name that skips is no condition around a hook. */}
        <People room={isOpen && 'presence-classroom-5'} />
      </section>
      <Commands />
      <Figures />
    </main>
  );
}

function Connection(): ReactElement {
  const { state, attempt } = useConnection();
  return (
    <output data-state={state}>
      {state}
      {state !== 'connected' && attempt > 1 && `, attempt ${attempt}`}
    </output>
  );
}

interface GenerationState {
  readonly status: string;
  readonly progress: number;
}

function Generation(): ReactElement {
  const { state, reset } = useEventReducer(
    'content-generation-42',
    {
      progress: (_: GenerationState, { status, progress }) => ({ status, progress }),
      complete: (generation: GenerationState) => ({ ...generation, status: 'Complete' }),
    },
    { status: 'Nothing yet', progress: 0 },
  );
  const start = (): void => {
    reset();
    askBackend('generate');
  };
  return (
    <section>
      <h2>Generation 42</h2>
      <progress max={100} value={state.progress} />
      <p>{`${state.status}, ${state.progress} %`}</p>
      <button type="button" onClick={start}>
        Generate
      </button>
    </section>
  );
}

function People({ room }: { readonly room: 'presence-classroom-5' | false }): ReactElement {
  const { members, me, subscription } = usePresence(room);
  return (
    <>
      <p className="quiet">{subscription.error?.message ?? subscription.state}</p>
      <ul data-stale={subscription.state === 'subscribing'}>
        {members.map(({ id, info }) => (
          <li key={id}>
            {info.name}
            {id === me?.id && ' (you)'}
          </li>
        ))}
      </ul>
    </>
  );
}

function Figures(): ReactElement {
  const { received, sent, reconnects } = useStatistics(({ received, sent, reconnects }) => ({
    received,
    sent,
    reconnects,
  }));
  return <footer className="quiet">{`${received} received, ${sent} sent, ${reconnects} reconnects`}</footer>;
}
