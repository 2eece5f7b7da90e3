import { median, most } from '../figures';
import type { Result, Row } from '../results';

/** What surewire is to reach in one row of one measurement. */
interface Goal {
  readonly goal: string;
  readonly measurement: string;
  readonly where: Partial<Pick<Row, 'case' | 'contestant' | 'metric' | 'unit'>>;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** A goal, and what was measured. */
export interface Reached {
  readonly goal: string;
  readonly limit: string;
  readonly figure: string;
  readonly reached: boolean;
}

const raw = 'x raw';
const surewire = 'surewire';

const goals: readonly Goal[] = [
  ...(
    [
      ['1 channel, 1 listener, 200 B', 0.42],
      ['500 channels, 1 listener, 200 B', 0.48],
      ['1 channel, 1 listener, 8000 B', 0.52],
    ] as const
  ).map(([situation, atMost]) => ({
    goal: `a message that comes in, in Node: ${situation}`,
    measurement: 'inbound',
    where: { case: situation, contestant: surewire, unit: raw },
    atMost,
  })),
  {
    goal: "a message that comes in, Chromium's main thread, 200 B",
    measurement: 'page',
    where: { case: '1 channel, 200 B', contestant: surewire, metric: 'main thread', unit: raw },
    atMost: 0.7,
  },
  {
    goal: "a client event, against pusher-js's `trigger`",
    measurement: 'publish',
    where: { contestant: surewire, unit: raw },
    atMost: 1.5,
  },
  {
    goal: 'an acknowledged round trip with a hundred in flight, against one written by hand over pusher-js',
    measurement: 'request',
    where: { case: '100 in flight', contestant: surewire, metric: 'CPU a round trip', unit: raw },
    atMost: 1,
  },
  {
    goal: 'subscribing to 200 private channels',
    measurement: 'subscribe',
    where: { case: '200 private channels', contestant: surewire, metric: 'CPU', unit: raw },
    atMost: 1.2,
  },
  {
    goal: 'the same, authorized in batches',
    measurement: 'subscribe',
    where: { case: '200 private channels', contestant: 'surewire, batched', metric: 'CPU', unit: raw },
    atMost: 0.25,
  },
  {
    goal: '200 private channels live again after a drop',
    measurement: 'subscribe',
    where: { case: '200 private channels', contestant: surewire, metric: 'all live after a drop', unit: raw },
    atMost: 1,
  },
  {
    goal: 'heap for each channel with one listener',
    measurement: 'heap',
    where: { contestant: surewire, unit: raw },
    atMost: 1.2,
  },
  {
    goal: 'importing it and making a client',
    measurement: 'start',
    where: { contestant: surewire, metric: 'CPU', unit: raw },
    atMost: 1,
  },
  {
    goal: "storing messages in IndexedDB, of `setMany`'s rate",
    measurement: 'outbox',
    where: { contestant: surewire, metric: 'of setMany' },
    atLeast: 80,
  },
  {
    goal: 'the longest task while 10,000 messages are loaded and sent',
    measurement: 'outbox',
    where: { contestant: surewire, metric: 'longest task' },
    atMost: 50,
  },
  ...(
    [
      ['delivered', undefined, 99.99],
      ['latency p99', 50, undefined],
      ['resident a client', 100_000, undefined],
      ['back p50', 3_000, undefined],
      ['back max', 10_000, undefined],
      ['peak after', 3.5, undefined],
    ] as const
  ).map(([metric, atMost, atLeast]) => ({
    goal: `a fleet: ${metric}`,
    measurement: 'fleet-embedded',
    where: { contestant: surewire, metric },
    ...(atMost !== undefined && { atMost }),
    ...(atLeast !== undefined && { atLeast }),
  })),
];

/** Every goal whose measurement is kept. Of several cases, such as outages, the worst counts. */
export function reached(results: ReadonlyMap<string, Result>): readonly Reached[] {
  return goals.flatMap(({ goal, measurement, where, atMost, atLeast }) => {
    const rows = results.get(measurement)?.rows.filter((row) => matches(row, where)) ?? [];
    if (rows.length === 0) return [];
    const medians = rows.map(({ samples }) => median(samples));
    const figure = atLeast === undefined ? most(medians) : Math.min(...medians);
    const unit = rows[0]?.unit ?? '';
    return {
      goal,
      limit:
        atLeast === undefined ? `at most ${amount(atMost ?? 0, unit)}` : `at least ${amount(atLeast, unit)}`,
      figure: amount(figure, unit),
      reached: figure <= (atMost ?? Number.POSITIVE_INFINITY) && figure >= (atLeast ?? 0),
    };
  });
}

/** A figure with its unit. */
export function amount(value: number, unit: string): string {
  if (unit === 'x raw') return `${value.toFixed(2)} x`;
  if (unit === 'ms' && value >= 1_000) return `${(value / 1_000).toFixed(1)} s`;
  if (unit === 'B' && value >= 10_000) return `${(value / 1_000).toFixed(1)} kB`;
  const text =
    Math.abs(value) >= 1_000
      ? Math.round(value).toLocaleString('en')
      : String(Number(value.toPrecision(unit === '%' && value > 99 ? 5 : 3)));
  return `${text} ${unit}`.trim();
}

function matches(row: Row, where: Goal['where']): boolean {
  return Object.entries(where).every(([name, value]) => row[name as keyof typeof where] === value);
}
