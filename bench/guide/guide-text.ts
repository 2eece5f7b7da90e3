import { cliffCases } from '../cliffs/cases';
import { costsOf, verdict } from '../cliffs/verdict';
import { median, most } from '../figures';
import type { Result, Row } from '../results';
import { amount, reached } from './reach';

/** What each measurement is about, for the guide; in the order of its sections. */
const sections: readonly (readonly [measurement: string, title: string, text: string])[] = [
  [
    'inbound',
    'Messages that come in, in Node',
    'CPU of the whole client process for each message. "bare" is a socket with the two `JSON.parse` that the wire format asks for, which is the limit; "raw again" is pusher-js once more, which shows the noise. "same socket" means the WebSocket that pusher-js brings for Node; by default surewire takes the platform\'s.',
  ],
  [
    'page',
    'Messages that come in, in Chromium',
    'CPU of the main thread for each message on one channel, and what of it is JavaScript.',
  ],
  [
    'subscribe',
    'Subscribing, and again after a drop',
    'From the first `subscribe` on an open connection until the last channel is live; then the connection is dropped, and all are live again. "requests" counts what the application\'s endpoint is asked. surewire waits for a random time before it dials again, so that a fleet does not come back in one moment; that time is in its figures.',
  ],
  [
    'publish',
    'Client events',
    'CPU of the client process for each event on one private channel, twenty in a turn.',
  ],
  [
    'request',
    'Acknowledged round trips',
    "surewire publishes with `acknowledge: 'delivered'`; for pusher-js a request and its answer were written by hand. socket.io, centrifuge, ably, phoenix and supabase have acknowledgements of their own, from the server.",
  ],
  [
    'heap',
    'Memory for a channel',
    'Heap for each channel with one listener: 5,000 channels less 1,000, after collecting garbage.',
  ],
  [
    'leak',
    'Memory that messages leave behind',
    'The slope of the heap over 500,000 messages on one channel. Around zero is noise.',
  ],
  [
    'bytes',
    'Download',
    'gzip of a bundle by esbuild (es2022, minified) for each set of imports, pusher-js included where it is used. surewire loads pusher-js at the first connect.',
  ],
  [
    'start',
    'Starting',
    'Importing the library and making a client in an empty Node process. surewire does nothing more until it is used: pusher-js and the socket are loaded at the first connect, and are not in this figure. The others load theirs at once.',
  ],
  [
    'outbox',
    'The outbox in Chromium',
    'Over IndexedDB. `setMany` is that of idb-keyval, by itself, with the same records.',
  ],
];

const fleetTexts: Readonly<Record<string, string>> = {
  'fleet-embedded': 'A fleet on the embedded server',
  'fleet-soketi': 'A fleet on soketi',
  'fleet-embedded-raw': 'The same with raw pusher-js',
};

/** The whole guide, from the runs that are kept. */
export function guideText(results: ReadonlyMap<string, Result>): string {
  const first = results.get('inbound') ?? results.values().next().value;
  return `${[
    '---\ntitle: Performance\nkeywords: performance bundle size cpu benchmark speed\ngroup: Operate\n---',
    '<!-- Written by `npm run bench:guide` from bench/results: change the measurements, not this file. -->',
    '# Performance',
    opening(first),
    ...reach(results),
    ...losses(results),
    ...sections.flatMap(([measurement, title, text]) => section(results.get(measurement), title, text)),
    ...Object.entries(fleetTexts).flatMap(([measurement, title]) => fleet(results.get(measurement), title)),
    ...cliffs(results.get('cliffs')),
  ].join('\n\n')}\n`;
}

function opening(result: Result | undefined): string {
  const { machine } = result ?? {};
  const where =
    machine === undefined
      ? ''
      : ` Measured on ${machine.cores} cores (${machine.cpu}), ${machine.memory}, ${machine.system}, Node ${machine.node}.`;
  return `surewire beside pusher-js and the clients of other systems, each on its own wire against a small server that speaks just enough of it. Processes
are fresh and contestants take turns; figures are medians of the rounds, with the smallest and the largest in brackets. Times depend on the
machine, so read the ratios to raw pusher-js of the same round.${where} Run it yourself:

\`\`\`sh
npm run bench -- peers --save    # everything side by side, about an hour
npm run bench:fleet -- --save    # ten thousand clients
npm run bench -- cliffs --save   # the cost of each thing, against how many there are
npm run bench:outbox -- --save   # the outbox in Chromium
npm run bench:guide              # this page, and the figures in the README
\`\`\``;
}

function reach(results: ReadonlyMap<string, Result>): string[] {
  const lines = reached(results).map(({ goal, limit, figure, reached: good }) => [
    goal,
    limit,
    figure,
    good ? 'reached' : '**missed**',
  ]);
  if (lines.length === 0) return [];
  return [
    '## What was to be reached',
    'Where the time goes in what is missed, and what it would take, is in [measurements](https://github.com/surewire/surewire/blob/main/docs/design/measurements.md).',
    markdown(['', 'goal', 'measured', ''], lines),
  ];
}

/** Where others are better than we are, said first. */
function losses(results: ReadonlyMap<string, Result>): string[] {
  const lines = [...results.values()].flatMap(({ rows }) =>
    rows
      .filter(
        ({ contestant, unit, samples }) =>
          contestant === 'surewire' && unit === 'x raw' && median(samples) > 1.05,
      )
      .map((row) => {
        const best = rows
          .filter((other) => other.case === row.case && other.metric === row.metric && other.unit === 'x raw')
          .filter(({ contestant }) => !/^(surewire|bare|raw)/.test(contestant))
          .toSorted((one, other) => median(one.samples) - median(other.samples))[0];
        const other =
          best === undefined ? '–' : `${best.contestant}: ${amount(median(best.samples), 'x raw')}`;
        return [`${row.case}: ${row.metric}`, amount(median(row.samples), 'x raw'), other];
      }),
  );
  if (lines.length === 0) return [];
  return [
    '## Where surewire costs more than pusher-js',
    markdown(['', 'surewire', 'the best of the others'], lines),
  ];
}

function section(result: Result | undefined, title: string, text: string): string[] {
  if (result === undefined) return [];
  const tables = [...new Set(result.rows.map((row) => row.case))].map((situation) => {
    const rows = result.rows.filter((row) => row.case === situation);
    const columns = columnsOf(rows);
    const lines = [...new Set(rows.map(({ contestant }) => contestant))].map((contestant) => [
      contestant === 'raw' ? 'raw pusher-js' : contestant,
      ...columns.map(({ metric, unit }) =>
        cell(rows.find((row) => row.contestant === contestant && row.metric === metric && row.unit === unit)),
      ),
    ]);
    const head = columns.map(({ metric, unit }) => (unit === 'x raw' ? `${metric}, to raw` : metric));
    return markdown([situation, ...head], lines);
  });
  return [`## ${title}`, `${text} ${about(result)}`, ...tables];
}

function fleet(result: Result | undefined, title: string): string[] {
  if (result === undefined) return [];
  const { clients, rate, seconds } = result.settings;
  const lines = result.rows
    .filter(({ metric }) => metric !== 'wanted')
    .map(({ case: situation, metric, unit, samples }) => [situation, metric, amount(median(samples), unit)]);
  const text = `${Number(clients).toLocaleString('en')} clients over real sockets, ${Number(rate).toLocaleString('en')} messages a second for ${seconds} s, each to ten of them; then the server is killed and comes back. "peak" is the largest share of the fleet that dials within any 100 ms. ${about(result)}`;
  return [`## ${title}`, text, markdown(['', '', ''], lines)];
}

function cliffs(result: Result | undefined): string[] {
  if (result === undefined) return [];
  const lines = [...new Set(result.rows.map((row) => row.case))].map((name) => {
    const costs = costsOf(result.rows.filter((row) => row.case === name));
    return [
      cliffCases[name]?.about ?? name,
      costs.map(({ size }) => size.toLocaleString('en')).join(' / '),
      costs.map(({ cost }) => amount(cost, 'us')).join(' / '),
      verdict(costs),
    ];
  });
  const text = `CPU for each thing, against how many there are. A cliff is what grows faster than n log n. ${about(result)}`;
  return ['## No cliff', text, markdown(['', 'how many', 'CPU for each', ''], lines)];
}

/** When, and how busy the machine was. */
function about({ date, load, settings }: Result): string {
  const rounds = settings['rounds'] === undefined ? '' : `${settings['rounds']} rounds, `;
  return `(${date.slice(0, 10)}, ${rounds}load average ${load.before} to ${load.after}.)`;
}

function columnsOf(rows: readonly Row[]): { readonly metric: string; readonly unit: string }[] {
  const keys = new Set(rows.map(({ metric, unit }) => JSON.stringify({ metric, unit })));
  return [...keys].map((key) => JSON.parse(key) as { metric: string; unit: string });
}

function cell(row: Row | undefined): string {
  if (row === undefined) return '';
  const { samples, unit } = row;
  const middle = amount(median(samples), unit);
  if (samples.length === 1) return middle;
  return `${middle} (${bare(Math.min(...samples), unit)}–${bare(most(samples), unit)})`;
}

function bare(value: number, unit: string): string {
  return amount(value, unit).replace(/ x$/, '');
}

function markdown(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...lines.map(row)].join('\n');
}
