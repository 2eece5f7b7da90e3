import type { Channels } from './channels/channels';
import type { FetchMissed } from './channels/gaps';
import { Inbound } from './channels/inbound';
import { ConnectionError } from './errors';
import { Connection } from './link/connection';
import type { Status } from './link/status';
import type { Recover } from './ports';
import type { Authority, ClientContext, Publications } from './slots';
import { noCredentials } from './support/no-credentials';
import type { TransportSignal } from './transport-port';

/** What the connection of a client works with. */
interface ClientConnectionParts {
  readonly context: ClientContext;
  /** Whether the server is this machine, which needs no network. */
  readonly local: boolean;
  readonly channels: Channels;
  readonly authority: Authority | undefined;
  readonly publications: Publications | undefined;
  /** Fetches what was missed in a gap; undefined when nobody can. */
  readonly recover: Recover | undefined;
  /** The connection is over. */
  readonly lost: () => void;
}

/** The connection of a client, and everything that comes in on it: one switch inward. */
export class ClientConnection extends Connection {
  readonly #parts: ClientConnectionParts;

  /** `status` is where it is told. */
  constructor(status: Status, parts: ClientConnectionParts) {
    const { context, authority } = parts;
    super({
      ...context,
      status,
      local: parts.local,
      receive: (signal) => this.#receive(signal),
      renewToken: authority && (() => authority.replace()),
      doubted: () => parts.publications?.doubted(),
    });
    this.#parts = parts;
    parts.channels.begin(Inbound, recovery(parts));
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

/** Fetches what was missed by the client's own ways to the application's backend; undefined when nobody can. */
function recovery({ context, authority, recover }: ClientConnectionParts): FetchMissed | undefined {
  if (recover === undefined) return undefined;
  const { fetch, clock, losses, reports } = context;
  return async (gap, signal) =>
    recover(gap, {
      signal,
      fetch,
      clock,
      losses,
      credentials: authority?.credentials ?? noCredentials,
      report: (error) => reports.error(error),
      onDeprecation: (notice, warning) => reports.deprecated(notice, warning),
    });
}
