import { type ReactElement, useEffect, useState } from 'react';
import type { LogEntry, Statistics } from 'surewire';
import { describeError } from '../describe-error.ts';
import { whereIs } from '../settings.ts';
import { Problem } from './problem.tsx';
import { useConnection, useRealtime, useStatistics } from './realtime.ts';
import { useSession } from './session.ts';
import { useFaults } from './use-faults.ts';
import { useRecords } from './use-records.ts';
import { useStatus } from './use-status.ts';
import { connectionAdvice, duration, timeOf } from './words.ts';

/** The connection: how it is, how to break it, and what those who write software want to know of it. */
export function Developers(): ReactElement {
  const client = useRealtime();
  const { settings } = useSession();
  const status = useStatus();
  const { faults, command } = useFaults();
  const { history, errors, log } = useRecords();
  const [note, setNote] = useState('');

  const press = (name: string, words: string, parameters?: Readonly<Record<string, string>>): void => {
    setNote(words);
    void command(name, parameters);
  };

  return (
    <section id="connection" aria-labelledby="connection-title">
      <div className="heading">
        <div>
          <h2 id="connection-title">The connection itself</h2>
          <p className="quiet">{connectionAdvice(status)}</p>
        </div>
        <div className="actions">
          {status.state === 'idle' || status.state === 'failed' ? (
            // What goes wrong is in the status and among the errors.
            <button type="button" className="primary" onClick={() => void client.connect().catch(() => {})}>
              Connect
            </button>
          ) : (
            <button type="button" onClick={() => client.disconnect()}>
              Disconnect
            </button>
          )}
          {settings.mode === 'embedded' ? (
            <>
              <button
                type="button"
                className="fault"
                onClick={() =>
                  press(
                    'restart',
                    'The server is down for eight seconds. Send something meanwhile: it waits, and arrives.',
                  )
                }
              >
                Restart the server
              </button>
              <button
                type="button"
                className="fault"
                aria-pressed={faults?.muted ?? false}
                onClick={() =>
                  faults?.muted
                    ? press('mute', 'Everything gets through again.', { on: 'false' })
                    : press(
                        'mute',
                        'Nothing gets through any more, without a word. It will be noticed within 20 seconds.',
                        { on: 'true' },
                      )
                }
              >
                Silence the server
              </button>
            </>
          ) : null}
        </div>
      </div>
      <p className="quiet" id="fault-note" role="status">
        {note}
      </p>
      <details className="card developers" id="developers">
        <summary>
          <h3>For developers</h3>
          <span className="quiet">errors by code, figures, the log</span>
        </summary>
        <p className="quiet" id="where">
          {settings.mode === 'embedded' ? 'The server that comes with the demo' : 'A real service'}:{' '}
          {whereIs(settings)}
        </p>
        <div className="columns">
          <div>
            <h4>History of the connection</h4>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reachable by keyboard. */}
            <ol id="history" className="records" tabIndex={0} aria-label="History of the connection">
              {history.map(({ key, at, status: then }) => (
                <li key={key}>
                  <time>{timeOf(at)}</time> <b data-state={then.state}>{then.state}</b>{' '}
                  {[
                    then.state !== 'connected' && then.attempt > 0 && `attempt ${then.attempt}`,
                    then.socketId !== undefined && `as ${then.socketId}`,
                    then.retryAt !== undefined && `again in ${duration(Math.max(0, then.retryAt - at))}`,
                  ]
                    .filter(Boolean)
                    .join(', ')}
                </li>
              ))}
            </ol>
          </div>
          <div>
            <h4>Errors</h4>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reachable by keyboard. */}
            <ol id="errors" className="records" tabIndex={0} aria-label="Errors">
              {errors.length === 0 ? <p className="quiet">None.</p> : null}
              {errors.map(({ key, at, error, times }) => {
                const { name, code, status: number, retryable, message } = describeError(error);
                const facts = [
                  `code ${code}`,
                  ...(number === undefined ? [] : [`status ${number}`]),
                  retryable ? 'retryable' : 'final',
                ];
                return (
                  <li key={key}>
                    <time>{timeOf(at)}</time> <b>{name}</b> {facts.join(', ')} {times > 1 ? `× ${times}` : ''}
                    <br />
                    {message}
                  </li>
                );
              })}
            </ol>
          </div>
          <Counts />
          <div>
            <h4>Log</h4>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reachable by keyboard. */}
            <ol id="log" className="records" tabIndex={0} aria-label="Log">
              {log.map((entry: LogEntry & { readonly key: number }) => (
                <li key={entry.key} data-level={entry.level}>
                  <time>{timeOf(entry.at)}</time> {entry.message}
                </li>
              ))}
            </ol>
          </div>
        </div>
      </details>
    </section>
  );
}

/** The client's own figures, once a second. */
function Counts(): ReactElement {
  const rows = rowsOf(useStatistics());
  return (
    <div>
      <h4>Statistics</h4>
      <dl id="statistics">
        {rows.map(([what, figure]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{figure}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function rowsOf(statistics: Statistics): readonly (readonly [what: string, figure: string])[] {
  const { received, receivedBytes, sent, sentBytes, dials, reconnects, connectedFor, uptime } = statistics;
  const { roundTrip, pending, latency, tokenRenewals, malformed, errors } = statistics;
  const failures = Object.entries(errors).map(([code, count]) => `${code} ${count}`);
  return [
    ['Received', `${received} (${bytes(receivedBytes)})`],
    ['Acknowledged', `${sent} (${bytes(sentBytes)})`],
    ['Pending', String(pending)],
    [
      'Latency p50 / p95',
      latency === undefined ? '–' : `${duration(latency.p50)} / ${duration(latency.p95)}`,
    ],
    ['Ping', roundTrip === undefined ? '–' : duration(roundTrip)],
    ['Connected for', duration(connectedFor)],
    ['Connected share', `${(100 * uptime).toFixed(1)} %`],
    ['Dials / reconnects', `${dials} / ${reconnects}`],
    ['Tokens fetched', String(tokenRenewals)],
    ['Malformed frames', String(malformed)],
    ['Errors', failures.join(', ') || 'none'],
  ];
}

function bytes(count: number): string {
  return count < 1_024 ? `${count} B` : `${(count / 1_024).toFixed(1)} kB`;
}

/** The newest thing that went wrong with the whole connection; nothing while it works. */
export function FatalProblem(): ReactElement | null {
  const { state } = useConnection();
  const { client } = useSession();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    // Listening has already connected; this one tells what cannot work.
    client.connect().catch(setError);
  }, [client]);
  return state === 'failed' && error !== undefined ? (
    <div className="fatal">
      <Problem error={error} loud />
    </div>
  ) : null;
}
