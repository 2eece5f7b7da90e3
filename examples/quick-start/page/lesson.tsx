import { type FormEvent, type ReactElement, useState } from 'react';
import type { RememberedMessage } from '../backend.ts';
import type { Progress } from '../channels.ts';
import { Problem } from './problem.tsx';
import { useConnection, useEventReducer } from './realtime.ts';
import { useSession } from './session.ts';
import { useFaults } from './use-faults.ts';

interface Generation extends Progress {
  readonly isComplete: boolean;
}

const nothingYet: Generation = { status: '', progress: 0, isComplete: false };

const reducers = {
  progress: (_: Generation, { status, progress }: Progress): Generation => ({
    status,
    progress,
    isComplete: false,
  }),
  complete: (before: Generation): Generation => ({ ...before, progress: 100, isComplete: true }),
};

/** A lesson that the backend writes while one watches: what a cut has hidden is filled in afterwards. */
export function Lesson(): ReactElement {
  const { server, settings, userId, user } = useSession();
  const { command, faults } = useFaults();
  const [topic, setTopic] = useState('Volcanoes');
  const [isAsked, setAsked] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const isEmbedded = settings.mode === 'embedded';
  const isUp = useConnection(({ state }) => state === 'connected');
  // One for each user: a reload, or another tab, goes on watching it.
  const id = isEmbedded ? userId : '42';
  const { state } = useEventReducer(`content-generation-${id}`, reducers, nothingYet, {
    ...(isEmbedded
      ? { recover: async ({ signal }) => generationOf(await server.generation(id, signal)) }
      : {}),
  });
  const isRunning = state.status !== '' && !state.isComplete;

  const generate = async (submission: FormEvent): Promise<void> => {
    submission.preventDefault();
    setAsked(true);
    setFailure(undefined);
    try {
      await server.generate(id, topic.trim() || 'A lesson', user);
    } catch (error) {
      setFailure(error);
    } finally {
      setAsked(false);
    }
  };

  return (
    <section id="lesson" aria-labelledby="lesson-title">
      <div className="heading">
        <div>
          <h2 id="lesson-title">A lesson that writes itself</h2>
          <p className="quiet">
            Its progress is live. Cut the network in the middle, or reload: it carries on where it really is.
          </p>
        </div>
      </div>
      <div className="card lesson">
        {isEmbedded ? (
          <form onSubmit={(event) => void generate(event)}>
            <label className="field">
              <span>A lesson about</span>
              <input
                value={topic}
                maxLength={60}
                autoComplete="off"
                onChange={({ target }) => setTopic(target.value)}
              />
            </label>
            <button type="submit" className="primary" disabled={isAsked || isRunning}>
              Write it
            </button>
            <button
              type="button"
              className="fault"
              disabled={faults?.cut}
              onClick={() => void command('cut', { for: '3000' })}
            >
              Cut for 3 s
            </button>
          </form>
        ) : (
          <p className="unavailable">
            Unavailable: your backend is the one that generates. What it publishes as <code>progress</code> on
            <code id="generation-channel"> content-generation-{id}</code> is shown here.
          </p>
        )}
        <div className="progress-line">
          <progress id="progress" max={100} value={state.progress} aria-labelledby="lesson-title" />
          <strong id="percent">{state.progress} %</strong>
        </div>
        <p className="quiet" id="stage" role="status">
          {stageOf(state, isRunning, isUp, isAsked)}
        </p>
        {failure === undefined ? null : <Problem error={failure} loud />}
      </div>
    </section>
  );
}

function stageOf(state: Generation, isRunning: boolean, isUp: boolean, isAsked: boolean): string {
  if (isAsked) return 'Asking …';
  if (isRunning && !isUp) return 'The network is down. Whatever is missed is filled in afterwards.';
  if (state.isComplete) return 'Complete. Everyone got a notification.';
  return isRunning ? state.status : 'Not started yet.';
}

function generationOf(messages: readonly RememberedMessage[]): Generation {
  return messages.reduce((state, { event, data }) => {
    // What the backend remembers is what it has published.
    if (event === 'progress') return reducers.progress(state, data as Progress);
    return event === 'complete' ? reducers.complete(state) : state;
  }, nothingYet);
}
