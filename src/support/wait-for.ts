import type { Clock } from '../ports';
import type { Stop } from '../types';
import { onAbort } from './abort';
import { deferred } from './deferred';

/** What ends a wait besides what is waited for. */
export interface WaitLimits {
  /** End the wait when they abort. */
  readonly signals: readonly (AbortSignal | undefined)[];
  /** The error for that. */
  readonly aborted: () => Error;
  /** How long to wait, in milliseconds. Left out: for ever. */
  readonly limit?: {
    readonly clock: Clock;
    readonly timeout: number | undefined;
    /** The error for a wait that took longer. */
    readonly late: () => Error;
  };
}

/**
 * A promise that `begin` settles, or one of the limits, whichever is first. `begin` may settle at once; the stop that it
 * returns is called when the wait is over, however it ended. It is not called when a signal has aborted before.
 */
export function waitFor<T>(
  begin: (resolve: (value: T) => void, reject: (error: unknown) => void) => Stop,
  { signals, aborted, limit }: WaitLimits,
): Promise<T> {
  const { promise, resolve, reject } = deferred<T>();
  const stops: Stop[] = [];
  let over = false;
  const end = (settle: () => void): void => {
    if (over) return;
    over = true;
    // A signal may live as long as the client: every wait must take its listener away again.
    for (const stop of stops) stop();
    settle();
  };
  const abort = (): void => end(() => reject(aborted()));
  if (signals.some((signal) => signal?.aborted)) {
    abort();
    return promise;
  }
  for (const signal of signals) if (signal !== undefined) stops.push(onAbort(signal, abort));
  if (limit?.timeout !== undefined) {
    const { clock, timeout, late } = limit;
    stops.push(clock.after(timeout, () => end(() => reject(late()))));
  }
  const stop = begin(
    (value) => end(() => resolve(value)),
    (error) => end(() => reject(error)),
  );
  if (over) stop();
  else stops.push(stop);
  return promise;
}
