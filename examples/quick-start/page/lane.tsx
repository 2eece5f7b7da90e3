import type { ReactElement } from 'react';

/** One side of the race. */
interface LaneProps {
  readonly id: 'raw' | 'surewire';
  readonly title: string;
  /** How its connection is, for people. */
  readonly state: string;
  readonly isUp: boolean;
  readonly total: number;
  /** So many were published so far. */
  readonly sent: number;
  readonly heard: readonly { readonly number: number; readonly recovered: boolean }[];
  readonly isOver: boolean;
}

/** What became of each message on one side: a square for each, and the sum in words. */
export function Lane({ id, title, state, isUp, total, sent, heard, isOver }: LaneProps): ReactElement {
  const how = new Map(heard.map(({ number, recovered }) => [number, recovered ? 'recovered' : 'live']));
  const newest = Math.max(0, ...how.keys());
  const fates = Array.from({ length: total }, (_, index) => {
    const number = index + 1;
    // What a later message has overtaken does not come any more.
    const isLost = number <= sent && !how.has(number) && (isOver || number < newest);
    return { number, fate: how.get(number) ?? (isLost ? 'lost' : number <= sent ? 'sent' : 'ahead') };
  });
  const lost = fates.filter(({ fate }) => fate === 'lost').length;
  const recovered = fates.filter(({ fate }) => fate === 'recovered').length;
  const isOrdered = heard.every(
    ({ number }, index) => index === 0 || number > (heard[index - 1]?.number ?? 0),
  );
  return (
    <article className="lane" data-lane={id} aria-labelledby={`lane-${id}`}>
      <header>
        <h2 id={`lane-${id}`}>{title}</h2>
        <span className="chip" data-up={isUp}>
          {state}
        </span>
      </header>
      <p className="score">
        <strong>{how.size}</strong>
        <span>of {total} arrived</span>
      </p>
      <div className="cells" aria-hidden="true">
        {fates.map(({ number, fate }) => (
          <i key={number} data-fate={fate}>
            {number}
          </i>
        ))}
      </div>
      <p className="verdict" data-bad={lost > 0} role={isOver ? 'status' : undefined}>
        {verdict({
          lost,
          recovered,
          missing: sent - how.size,
          sent,
          isOver,
          isComplete: how.size === total,
          isOrdered,
        })}
      </p>
    </article>
  );
}

function verdict(facts: {
  readonly lost: number;
  readonly recovered: number;
  readonly missing: number;
  readonly sent: number;
  readonly isOver: boolean;
  readonly isComplete: boolean;
  readonly isOrdered: boolean;
}): string {
  const { lost, recovered, missing, sent, isOver, isComplete, isOrdered } = facts;
  const order = isOrdered ? 'all in order' : 'not in order';
  if (sent === 0) return 'Waiting for the first message.';
  if (isComplete && recovered > 0) return `Nothing lost, ${order}. ${recovered} arrived after the cut.`;
  if (lost > 0) return isOver ? `${lost} lost for good, and nobody was told.` : `${lost} lost so far.`;
  if (isComplete) return `Nothing lost, ${order}.`;
  return missing > 2 ? `${missing} not here yet …` : 'Listening …';
}
