import type { Channels } from './channels/channels';
import { ConnectionError } from './errors';
import type { Recorder } from './figures';
import type { Authority, Publications } from './slots';
import type { Reports } from './support/reports';
import type { TransportSignal } from './transport-port';

/** Whom signals concern. */
export interface SignalsParts {
  /** When the server was last heard, in milliseconds since 1970. */
  readonly lastSeen: () => number;
  readonly channels: Channels;
  readonly authority: Authority | undefined;
  readonly publications: Publications | undefined;
  readonly statistics: Recorder | undefined;
  readonly reports: Reports;
  /** The connection is over. */
  readonly lost: () => void;
}

/** Everything that comes in: one switch inward. */
export class Signals {
  readonly #parts: SignalsParts;

  constructor(parts: SignalsParts) {
    this.#parts = parts;
  }

  receive(signal: TransportSignal): void {
    const { authority, channels, publications, statistics, reports, lost } = this.#parts;
    const lastSeen = this.#parts.lastSeen();
    if (authority?.user?.receive(signal, lastSeen, channels) === true) return;
    switch (signal.type) {
      case 'message':
      case 'member-added':
      case 'member-removed':
      case 'subscribed':
      case 'subscription-refused':
        channels.receive(signal, lastSeen);
        return;
      case 'signed-in':
      case 'watchlist':
        return;
      case 'opened':
        statistics?.opened();
        authority?.opened();
        reports.log('info', `Connected as ${signal.socketId}`);
        publications?.receive(signal);
        channels.receive(signal, lastSeen);
        return;
      case 'closed':
        lost();
        // We give no reason for what we end ourselves.
        statistics?.closed(signal.reason !== undefined);
        authority?.closed();
        reports.log('info', `Disconnected: ${signal.reason ?? signal.code ?? 'no reason given'}`);
        channels.receive(signal, lastSeen);
        return;
      case 'server-error':
        if (publications?.receive(signal) !== true) this.#serverError(signal);
        channels.receive(signal, lastSeen);
        return;
      case 'malformed':
        statistics?.count('malformed');
        reports.log('warn', `Dropped ${signal.reason}`);
        return;
      case 'pong':
        publications?.receive(signal);
        return;
      default:
        signal satisfies never;
    }
  }

  #serverError({ kind, code, message }: Extract<TransportSignal, { readonly type: 'server-error' }>): void {
    const { reports } = this.#parts;
    if (kind === 'not-subscribed') reports.log('debug', message);
    // The one is a channel's, the other is followed by a close.
    else if (kind !== 'signature-refused' && kind !== 'closing') {
      const error = `The server reported: ${message}`;
      reports.error(new ConnectionError(error, { status: code ?? undefined, retryable: true }));
    }
  }
}
