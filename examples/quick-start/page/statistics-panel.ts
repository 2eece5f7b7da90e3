import type { Statistics } from 'surewire';
import type { DemoClient } from './demo-client.ts';
import { duration, find, make } from './document.ts';

/** Shows the client's own figures, once a second. */
export function showStatistics(client: DemoClient): void {
  const list = find('statistics', HTMLElement);
  const show = (statistics: Statistics): void => {
    list.replaceChildren(
      ...rows(statistics).map(([what, figure]) =>
        make('div', {}, make('dt', {}, what), make('dd', {}, figure)),
      ),
    );
  };
  client.statistics.subscribe(show);
  show(client.statistics.get());
}

function rows(statistics: Statistics): [what: string, figure: string][] {
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
    ['Round trip', roundTrip === undefined ? '–' : duration(roundTrip)],
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
