import { ConfigurationError, ConnectionError, isRealtimeError, RealtimeError } from '../errors';
import type { Clock, Network } from '../ports';
import { backoff } from '../support/backoff';
import { type Deferred, deferred } from '../support/deferred';
import type { Reports } from '../support/reports';
import type { ConnectionState, ConnectionStatus, Stop } from '../types';
import type { Connection } from './connection';
import { offline, Status } from './status';

/** Code that has not come for so long, in milliseconds, is asked for again. */
const patience = 10_000;
const curve = { base: 1_000, cap: 30_000 };
/** What is asked for more often than this, in milliseconds, does not begin anew. */
const soonest = 1_000;

/** What stands for a connection works with. */
export interface LazyConnectionParts<Code extends object> {
  readonly clock: Clock;
  readonly network: Network;
  /** Whether the server is this machine, which needs no network. */
  readonly local: boolean;
  readonly random: () => number;
  /** Gets a `ConnectionError` when the code cannot be had, and what listeners of the status threw. */
  readonly reports: Pick<Reports, 'error'>;
  /** Loads the code of connections; what is there already needs no promise. */
  readonly load: () => Code | PromiseLike<Code>;
  /** Makes the connection, which goes on with `status`. */
  readonly start: (code: Code, status: Status) => Connection;
}

/** Stands for the connection, whose code is loaded when there is to be one: a page need not load it before. */
export class LazyConnection<Code extends object> {
  readonly status: Status;
  readonly #parts: LazyConnectionParts<Code>;
  #connection: Connection | undefined;
  #destroyed = false;
  /** Moves with every load, wait and end. */
  #epoch = 0;
  #loads = 0;
  #askedAt = 0;
  #stopTimer: Stop = () => {};
  /** What everybody who asked for a connection waits for. */
  #waiting: Deferred<void> | undefined;

  constructor(parts: LazyConnectionParts<Code>) {
    this.#parts = parts;
    this.status = new Status(parts.clock, parts.reports);
  }

  /** Dials, now or when the code is there; see `Connection`. Rejects once all is over. */
  connect(): Promise<void> {
    if (this.#connection !== undefined && !this.#destroyed) return this.#connection.connect();
    const waiting = this.#waiting ?? deferred<void>();
    // Nobody need wait: who only says "connect" listens to the status, and must not meet an unhandled rejection.
    waiting.promise.catch(() => {});
    if (this.#destroyed) {
      waiting.reject(new ConnectionError('The client is destroyed; create another one.'));
      return waiting.promise;
    }
    this.#waiting = waiting;
    const { state, retryAt } = this.status.get();
    const soon = retryAt !== undefined && Math.abs(this.#parts.clock.now() - this.#askedAt) >= soonest;
    if (state === 'idle' || state === 'failed' || soon) this.#load();
    return waiting.promise;
  }

  /** Final: nothing is loaded or dialled again until `connect()`. */
  disconnect(): void {
    if (this.#connection !== undefined) this.#connection.disconnect();
    else if (this.#waiting !== undefined) {
      const message = 'The client was disconnected or destroyed before it had connected.';
      this.#end('idle', new RealtimeError('aborted', message));
    }
  }

  /** `disconnect()`, and nothing ever again. */
  destroy(): void {
    this.#destroyed = true;
    this.disconnect();
  }

  /** Measures the round trip now; see `Connection`. */
  async ping(): Promise<number> {
    if (this.#connection !== undefined) return this.#connection.ping();
    throw new ConnectionError('There is no connection to measure.', { retryable: true });
  }

  /** The network is back: code that could not be had may come now. */
  hurry(): void {
    if (this.#connection === undefined && this.status.get().retryAt !== undefined) this.#load();
  }

  #load(): void {
    const { load, clock } = this.#parts;
    const epoch = this.#next();
    const code = load();
    if (!isPromise(code)) {
      this.#arrived(code);
      return;
    }
    this.#loads += 1;
    this.#askedAt = clock.now();
    this.#stopTimer = clock.after(patience, () => this.#failed('it did not come within 10 s'));
    code.then(
      (there) => {
        if (epoch === this.#epoch) this.#arrived(there);
      },
      (cause: unknown) => {
        if (epoch === this.#epoch) this.#failed(cause);
      },
    );
    this.#become(this.#loads > 1 ? 'reconnecting' : 'connecting');
  }

  #arrived(code: Code): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#stopTimer();
    this.#connection = this.#parts.start(code, this.status);
    this.#connection.connect(this.#loads).then(waiting?.resolve, waiting?.reject);
  }

  #failed(cause: unknown): void {
    const { clock, random, reports } = this.#parts;
    const final = finalError(cause);
    if (final !== undefined) {
      this.#end('failed', final, { attempt: 1, reason: final.message, trouble: 'refused' });
      reports.error(final);
      return;
    }
    const epoch = this.#next();
    const wait = backoff(this.#loads, curve, random);
    const reason = `The code of the transport could not be loaded: ${cause}`;
    this.#stopTimer = clock.after(wait, () => this.#load());
    this.#become('reconnecting', { retryAt: clock.now() + wait, reason, trouble: 'unreachable' });
    if (epoch === this.#epoch && this.#loads === 1 && !this.#offline)
      reports.error(new ConnectionError(reason, { retryable: true }));
  }

  #become(state: ConnectionState, more: Partial<ConnectionStatus> = {}): void {
    const dark = this.#offline;
    this.status.become(dark ? 'offline' : state, {
      ...more,
      ...(dark ? offline : undefined),
      attempt: this.#loads,
    });
  }

  /** The device says that there is no network. */
  get #offline(): boolean {
    return !this.#parts.local && !this.#parts.network.online();
  }

  /** Whatever was begun is over. */
  #next(): number {
    this.#stopTimer();
    this.#epoch += 1;
    return this.#epoch;
  }

  /** Nothing is loaded any more, and nobody waits. */
  #end(state: ConnectionState, error: RealtimeError, more?: Partial<ConnectionStatus>): void {
    this.#next();
    this.#loads = 0;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
    this.status.become(state, more);
  }
}

/** Not by its class: what `import()` returns is the platform's own, also where somebody put another `Promise` in its place (zone.js). */
function isPromise<Code>(code: Code | PromiseLike<Code>): code is PromiseLike<Code> {
  return typeof (code as Partial<PromiseLike<Code>>).then === 'function';
}

/** The error for what waiting will not bring; undefined for what it may. */
function finalError(cause: unknown): RealtimeError | undefined {
  if (isRealtimeError(cause)) return cause;
  const { ServiceWorkerGlobalScope: Scope } = globalThis as {
    readonly ServiceWorkerGlobalScope?: abstract new () => object;
  };
  // Places without any `import()`, as service workers.
  const cannotImport =
    typeof Scope === 'function' && globalThis instanceof Scope
      ? cause instanceof TypeError
      : /import\(\) is (?:disallowed|not allowed)|dynamic import callback/i.test(String(cause).slice(0, 500));
  if (!cannotImport) return undefined;
  return new ConfigurationError(
    'There is no `import()` here, as in a service worker: bundle surewire into one file (`inlineDynamicImports` or `splitting: false`), or take the file for script tags. In a worker also pass the class of `pusher-js/worker` as `Pusher`, or `transport: webSocketLink()`.',
    { cause },
  );
}
