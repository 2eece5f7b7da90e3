import type { ReactElement } from 'react';
import { isOfEarlierPage, type Journey } from './journeys.ts';
import { Problem } from './problem.tsx';
import { useRealtime } from './realtime.ts';
import { duration, plural } from './words.ts';

const places = { waiting: 0, 'in-flight': 1, accepted: 2, delivered: 3 };

/** One message of ours: its text, how far it came, and what can be done about it. */
export function JourneyRow({ journey }: { readonly journey: Journey }): ReactElement {
  const client = useRealtime();
  const { id, text, station, end, error } = journey;
  const isStuck = end === 'rejected' || end === 'expired';
  const isOpen = end === undefined && station !== 'accepted';
  return (
    <li className="journey" data-id={id} data-station={station} data-end={end ?? 'none'}>
      <p className="text">{text}</p>
      <div className="track" aria-hidden="true">
        <span className="run" style={{ width: `${(100 * places[station]) / 3}%` }} />
        <span className="stop" />
        <span className="stop" />
        <span className="stop" />
        <span className="stop" />
        <span className="parcel" style={{ left: `${(100 * places[station]) / 3}%` }} />
      </div>
      <p className="fate">
        <b>{stationWords(journey)}</b>
        {factsOf(journey).map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
        {isOfEarlierPage(journey) ? <span className="tag">from before the reload</span> : null}
      </p>
      {isOpen || isStuck ? (
        <p className="row-actions">
          <button
            type="button"
            className="small"
            aria-label={`Retry “${text}”`}
            onClick={() => client.outbox.retry(id)}
          >
            Retry
          </button>
          <button
            type="button"
            className="small"
            aria-label={`Discard “${text}”`}
            onClick={() => client.outbox.discard(id)}
          >
            Discard
          </button>
        </p>
      ) : null}
      {error === undefined || end === 'unconfirmed' ? null : <Problem error={error} />}
    </li>
  );
}

function stationWords({ station, end, attempts }: Journey): string {
  switch (end) {
    case 'discarded':
      return 'Discarded';
    case 'rejected':
      return 'Refused';
    case 'expired':
      return 'Too late';
    case 'unconfirmed':
      return 'Accepted, not confirmed';
    case 'delivered':
      return 'Delivered';
    case 'accepted':
      return 'Accepted';
    default:
      break;
  }
  if (station === 'accepted') return 'Accepted, waiting for a reader';
  if (station === 'in-flight') return 'On its way';
  return attempts === 0 ? 'Waiting' : 'Waiting for another try';
}

function factsOf({ attempts, latency, receivers, end }: Journey): string[] {
  return [
    ...(latency === undefined ? [] : [`after ${duration(latency)}`]),
    ...(receivers === undefined ? [] : [`${plural(receivers, 'reader')} confirmed`]),
    ...(attempts > 1 || (attempts === 1 && end !== undefined)
      ? [plural(attempts, 'try').replace('trys', 'tries')]
      : []),
  ];
}
