import { type ReactElement, useEffect, useRef, useState } from 'react';
import { Chart } from './chart.tsx';
import { type Beat, startPulse } from './pulse.ts';
import { useRealtime } from './realtime.ts';
import { useSession } from './session.ts';
import { duration } from './words.ts';

/** So many seconds are shown. */
const span = 60;
/** A measurement stands for so long, in milliseconds; then there is a gap. */
const fresh = 3_500;

interface Sample {
  readonly at: number;
  readonly roundTrip: number | null;
  readonly acknowledgement: number | null;
  readonly received: number;
  readonly sent: number;
}

/** How the connection feels: round trips, acknowledgements and traffic of the last minute. */
export function Figures(): ReactElement {
  const client = useRealtime();
  const { userId, settings } = useSession();
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  const beat = useRef<Beat & { readonly at: number }>({ at: 0 });

  useEffect(() => {
    if (settings.publish === undefined || settings.auth === undefined) return undefined;
    return startPulse(client, userId, (measured) => {
      beat.current = { ...beat.current, ...measured, at: Date.now() };
    });
  }, [client, userId, settings]);

  useEffect(() => {
    let before = client.statistics.get();
    return client.statistics.subscribe((now) => {
      const { roundTrip = null, acknowledgement = null, at } = beat.current;
      const isFresh = Date.now() - at < fresh;
      const sample = {
        at: Date.now() / 1_000,
        roundTrip: isFresh ? roundTrip : null,
        acknowledgement: isFresh ? acknowledgement : null,
        received: now.received - before.received,
        sent: now.sent - before.sent,
      };
      before = now;
      setSamples((known) => [...known, sample].slice(-span));
    });
  }, [client]);

  const times = samples.map(({ at }) => at);
  const last = (name: 'roundTrip' | 'acknowledgement'): number | undefined =>
    samples.findLast((sample) => sample[name] !== null)?.[name] ?? undefined;
  const newest = samples.at(-1);
  const [roundTrip, acknowledgement] = [last('roundTrip'), last('acknowledgement')];

  return (
    <section id="figures" aria-labelledby="figures-title">
      <div className="heading">
        <div>
          <h2 id="figures-title">Live figures</h2>
          <p className="quiet">The last minute, as seen by this window. A gap is a cut.</p>
        </div>
      </div>
      <div className="charts">
        <Chart
          title="Round trip"
          figure={roundTrip === undefined ? '–' : duration(roundTrip)}
          hint="to the server and back to you"
          unit="ms"
          times={times}
          series={[
            { name: 'Round trip', color: '--accent', values: samples.map((sample) => sample.roundTrip) },
          ]}
        />
        <Chart
          title="Acknowledgement"
          figure={acknowledgement === undefined ? '–' : duration(acknowledgement)}
          hint="until the server said “I have it”"
          unit="ms"
          times={times}
          series={[
            {
              name: 'Acknowledgement',
              color: '--violet',
              values: samples.map((sample) => sample.acknowledgement),
            },
          ]}
        />
        <Chart
          title="Traffic"
          figure={newest === undefined ? '–' : `${newest.received} in, ${newest.sent} out`}
          hint="messages a second"
          unit=""
          times={times}
          series={[
            {
              name: 'In',
              color: '--accent',
              values: samples.map(({ received }) => received),
              isFilled: true,
            },
            { name: 'Out', color: '--amber', values: samples.map(({ sent }) => sent) },
          ]}
        />
      </div>
    </section>
  );
}
