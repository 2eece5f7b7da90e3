import { RealtimeError } from '../errors';
import type { Clock } from '../ports';
import { waitFor } from './wait-for';

/** What a caller gets who did not want to wait any more: a `RealtimeError` that also answers to the platform's name. */
class AbortedError extends RealtimeError {
  override readonly name: string = 'AbortError';
}

/** The error for an answer that nobody waits for any more; `message` says why. */
export function aborted(message = 'Nobody waited for the answer any more.'): RealtimeError {
  return new AbortedError('aborted', message);
}

/** Settles as `promise` does, or rejects as soon as `signal` aborts; what comes later is dropped. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // For a signal that has aborted before: what nobody hears must not become an unhandled rejection.
  promise.catch(() => {});
  return waitFor<T>(
    (resolve, reject) => {
      promise.then(resolve, reject);
      return () => {};
    },
    { signals: [signal], aborted },
  );
}

/**
 * Runs `work`, but not for longer than `timeout` milliseconds: then it rejects with code `timeout`, and with code `aborted`
 * when `signal` aborts first. The signal that `work` gets aborts in both cases; work that ignores it is left alone and what
 * it says later is dropped.
 */
export async function within<T>(
  work: (signal: AbortSignal) => T | Promise<T>,
  {
    clock,
    timeout,
    signal,
  }: { readonly clock: Clock; readonly timeout: number; readonly signal: AbortSignal },
): Promise<T> {
  const late = (): RealtimeError =>
    new RealtimeError('timeout', `No answer within ${timeout} ms.`, { retryable: true });
  return waitFor<T>(
    (resolve, reject) => {
      const controller = new AbortController();
      let working = true;
      const run = async (): Promise<T> => {
        try {
          return await work(controller.signal);
        } finally {
          working = false;
        }
      };
      run().then(resolve, reject);
      return () => {
        if (working) controller.abort();
      };
    },
    { signals: [signal], aborted, limit: { clock, timeout, late } },
  );
}
