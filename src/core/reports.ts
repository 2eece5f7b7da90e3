import type { LogEntry, RealtimeClientEvents } from '../client-events';
import { RealtimeError, type RealtimeErrorCode } from '../errors';
import type { Clock } from '../ports';
import type { Emitter } from '../support/emitter';
import type { DeprecationNotice } from '../types';

/** What reports work with. */
export interface ReportsParts {
  readonly clock: Clock;
  readonly emitter: Emitter<RealtimeClientEvents>;
  /** Told the code of each error. */
  readonly count: (code: RealtimeErrorCode) => void;
}

/** What the client tells about itself: errors, log entries and deprecations. */
export class Reports {
  readonly #parts: ReportsParts;
  readonly #deprecatedEndpoints = new Set<string>();

  constructor(parts: ReportsParts) {
    this.#parts = parts;
  }

  /** Counts `error` and tells the listeners of `error`; without any, the console. */
  error(error: RealtimeError): void {
    const { emitter, count } = this.#parts;
    count(error.code);
    this.log('warn', error.message);
    if (emitter.has('error')) emitter.emit('error', error);
    else console.error(error);
  }

  /** Tells that a function of the application's, which was called for `event`, threw `cause`. */
  thrown(cause: unknown, event: string): void {
    const error = new RealtimeError('listener', `A listener of "${event}" threw`, { event, cause });
    // Not to the listeners that have just thrown.
    if (event === 'error' || event === 'log') console.error(error);
    else this.error(error);
  }

  /** Costs nothing while nobody listens. */
  log(level: LogEntry['level'], message: string): void {
    const { emitter, clock } = this.#parts;
    if (emitter.has('log')) emitter.emit('log', { level, message, at: clock.now() });
  }

  /** Once an endpoint, however many of our requests go to it. Warns in the console when nobody listens. */
  deprecated(notice: DeprecationNotice): void {
    if (this.#deprecatedEndpoints.has(notice.endpoint)) return;
    this.#deprecatedEndpoints.add(notice.endpoint);
    const { emitter } = this.#parts;
    if (emitter.has('deprecation')) emitter.emit('deprecation', notice);
    else console.warn(deprecationWarning(notice));
  }
}

function deprecationWarning({ endpoint, daysLeft, link, successor }: DeprecationNotice): string {
  // Without the query, where people put tokens.
  const [address = ''] = endpoint.split(/[?#]/);
  const end = daysLeft === undefined ? '' : ` and will be gone in ${daysLeft} days`;
  const instead = successor === undefined ? '' : ` Use ${brief(successor)} instead.`;
  const more = link === undefined ? '' : ` See ${brief(link)}.`;
  return `surewire: ${address} is deprecated${end}.${instead}${more} Listen to the client's "deprecation" event to handle this yourself.`;
}

/** A server's own words may be as long as it likes. */
function brief(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
