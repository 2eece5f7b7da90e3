import { type ReactElement, useEffect, useReducer, useState } from 'react';
import { useStore } from 'surewire/react';
import type { RacePlan } from '../backend.ts';
import { Lane } from './lane.tsx';
import { Problem } from './problem.tsx';
import { RawListener } from './raw-listener.ts';
import { useChannel, useEvent } from './realtime.ts';
import { useSession } from './session.ts';
import { useNow } from './use-now.ts';
import { useStatus } from './use-status.ts';
import { connectionWords } from './words.ts';

/** Both sides have so long after the last message, in milliseconds; then what is missing is lost. */
const grace = 40_000;
/** When one side has everything, the other one still has so long after the last message. */
const courtesy = 3_500;

type Heard = readonly { readonly number: number; readonly recovered: boolean }[];

const rawWords: Readonly<Record<string, string>> = {
  initialized: 'Not connected',
  connecting: 'Connecting …',
  connected: 'Connected',
  unavailable: 'Connecting …',
  disconnected: 'Not connected',
};

/** The same messages to pusher-js alone and to surewire, while the network is cut for both. */
export function Race(): ReactElement {
  const { settings, server } = useSession();
  const [id] = useState(() => crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36) ?? '1');
  const [raw] = useState(() => new RawListener());
  const [heard, hear] = useReducer(collect, []);
  const [run, setRun] = useState<{ readonly plan: RacePlan; readonly startedAt: number }>();
  const [failure, setFailure] = useState<unknown>();
  const [overAt, setOverAt] = useState<number>();
  const rawStatus = useStore(raw);
  const status = useStatus();
  const isRunning = run !== undefined && overAt === undefined;
  const { subscription } = useChannel(`race-${id}`);
  // Before that a first message would be nobody's loss, but missed.
  const isReady =
    subscription.state === 'subscribed' && (run !== undefined || rawStatus.state === 'connected');
  const now = useNow(90, isRunning);

  useEffect(() => raw.listen(settings, `race-${id}`), [raw, settings, id]);
  useEvent(`race-${id}`, 'numbered', ({ number }, { recovered = false }) => hear({ number, recovered }));

  const elapsed = run === undefined ? 0 : Math.max(0, (overAt ?? now) - run.startedAt);
  const total = run?.plan.messages ?? 50;
  const sent = run === undefined ? 0 : Math.min(total, 1 + Math.floor(elapsed / run.plan.every));
  const isCut = isRunning && elapsed >= run.plan.cutAfter && elapsed < run.plan.cutAfter + run.plan.cutFor;

  useEffect(() => {
    if (!isRunning) return;
    const sinceLast = elapsed - run.plan.messages * run.plan.every;
    const isSettled = heard.length >= total && sinceLast > courtesy;
    if (isSettled || sinceLast > grace) setOverAt(Date.now());
  }, [isRunning, elapsed, run, heard, total]);

  const start = async (): Promise<void> => {
    raw.clear();
    hear('clear');
    setOverAt(undefined);
    setFailure(undefined);
    try {
      setRun({ plan: await server.race(id), startedAt: Date.now() });
    } catch (error) {
      setFailure(error);
    }
  };

  const isOver = overAt !== undefined;
  return (
    <section id="race" aria-labelledby="race-title" className="hero">
      <p className="eyebrow">Realtime for Pusher Channels that people can rely on</p>
      <h1 id="race-title">Messages that arrive, even when the network fails.</h1>
      <p className="lead">
        surewire keeps the live parts of an app working on a bad network: press <b>Cut the network for 5 s</b>
        , and see how many of fifty messages still arrive, without it and with it.
      </p>
      <div className="actions">
        <button
          type="button"
          className="primary big"
          disabled={isRunning || !isReady}
          onClick={() => void start()}
        >
          {isOver ? 'Cut the network for 5 s again' : 'Cut the network for 5 s'}
        </button>
        <p className="quiet" id="race-note" role="status">
          {raceWords(isRunning, isCut, isOver, elapsed < (run?.plan.cutAfter ?? 0))}
        </p>
      </div>
      {failure === undefined ? null : <Problem error={failure} loud />}
      <div className="lanes" data-cut={isCut}>
        <Lane
          id="raw"
          title="pusher-js alone"
          state={rawWords[rawStatus.state] ?? rawStatus.state}
          isUp={rawStatus.state === 'connected'}
          total={total}
          sent={sent}
          heard={rawStatus.heard.map((number) => ({ number, recovered: false }))}
          isOver={isOver}
        />
        <Lane
          id="surewire"
          title="with surewire"
          state={connectionWords(status, now)}
          isUp={status.state === 'connected'}
          total={total}
          sent={sent}
          heard={heard}
          isOver={isOver}
        />
      </div>
    </section>
  );
}

function collect(heard: Heard, one: Heard[number] | 'clear'): Heard {
  return one === 'clear' ? [] : [...heard, one];
}

function raceWords(isRunning: boolean, isCut: boolean, isOver: boolean, isBefore: boolean): string {
  if (isOver) return 'Same server, same cut, same messages.';
  if (!isRunning) return 'Takes twelve seconds. Nothing leaves your computer.';
  if (isCut) return 'The network is cut. Messages are still being published …';
  return isBefore ? 'Messages are coming in …' : 'The network is back.';
}
