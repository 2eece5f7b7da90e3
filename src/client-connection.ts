import type { Channels } from './channels/channels';
import { Inbound } from './channels/inbound';
import { ConfigurationError, ConnectionError } from './errors';
import { Connection } from './link/connection';
import type { Status } from './link/status';
import type { Authority, ClientContext, Publications } from './slots';
import type { TransportSignal } from './transport-port';

/** What the connection of a client works with. */
interface ClientConnectionParts {
  readonly context: ClientContext;
  /** Whether the server is this machine, which needs no network. */
  readonly local: boolean;
  readonly channels: Channels;
  readonly authority: Authority | undefined;
  readonly publications: Publications | undefined;
  /** The connection is over. */
  readonly lost: () => void;
}

/** The connection of a client, and everything that comes in on it: one switch inward. */
export class ClientConnection extends Connection {
  readonly #parts: ClientConnectionParts;

  /** `status` is where it is told. */
  constructor(status: Status, parts: ClientConnectionParts) {
    const { context, authority } = parts;
    const { recorder, reports } = context;
    super({
      ...context,
      status,
      local: parts.local,
      receive: (signal) => this.#receive(signal),
      renewToken: async () => {
        if (authority === undefined) throw new ConfigurationError('There is no token to renew.');
        return authority.replace();
      },
      report: (error) => reports.error(error),
      dialled: () => {
        recorder?.dialled();
        reports.log('debug', 'Dialling');
      },
      roundTrip: (milliseconds) => recorder?.roundTrip(milliseconds),
      doubted: () => parts.publications?.doubted(),
    });
    this.#parts = parts;
    parts.channels.begin(Inbound);
  }

  #receive(signal: TransportSignal): void {
    const { context, authority, channels, publications, lost } = this.#parts;
    const { recorder: statistics, reports } = context;
    const { lastSeen } = this;
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
    const { reports } = this.#parts.context;
    if (kind === 'not-subscribed') reports.log('debug', message);
    // The one is a channel's, the other is followed by a close.
    else if (kind !== 'signature-refused' && kind !== 'closing') {
      const error = `The server reported: ${message}`;
      reports.error(new ConnectionError(error, { status: code ?? undefined, retryable: true }));
    }
  }
}
