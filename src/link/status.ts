import { RealtimeError } from '../errors';
import type { Clock } from '../ports';
import type { Reports } from '../support/reports';
import { Store } from '../support/store';
import type { ConnectionState, ConnectionStatus } from '../types';

/** What a status has besides its state. */
type More = Partial<Omit<ConnectionStatus, 'state' | 'since'>>;

/** The device says that there is no network. */
export const offline: More = { reason: 'The device says that it is offline.', trouble: 'offline' };

/** The status of a connection, and the one place that writes it. */
export class Status extends Store<ConnectionStatus> {
  readonly #clock: Clock;
  /** The application's token is refused, and signing in again is what helps. */
  #needsSignIn = false;

  /** `reports` gets what a listener threw. */
  constructor(clock: Clock, reports: Pick<Reports, 'error'>) {
    const idle: ConnectionStatus = { state: 'idle', since: clock.now(), attempt: 0 };
    super(
      idle,
      (cause) => reports.error(new RealtimeError('listener', 'A status listener threw', { cause })),
      // The same on a server and in the page that takes over from it, whenever they were made.
      { ...idle, since: 0 },
    );
    this.#clock = clock;
  }

  /** It is in this state now, since when it came into it. */
  become(state: ConnectionState, more: More = {}): void {
    const before = this.get();
    const since = before.state === state ? before.since : this.#clock.now();
    const hint = this.#needsSignIn ? { trouble: 'needs-sign-in' as const } : undefined;
    this.set({ state, since, attempt: 0, ...hint, ...more });
  }

  /** Whether the application's token is refused, so that signing in again is what helps: a hint. */
  signInNeeded(needed: boolean): void {
    if (needed === this.#needsSignIn) return;
    this.#needsSignIn = needed;
    const { trouble, ...rest } = this.get();
    if (needed && trouble === undefined) this.set({ ...rest, trouble: 'needs-sign-in' });
    else if (!needed && trouble === 'needs-sign-in' && rest.state !== 'failed') this.set(rest);
  }
}
