import { RealtimeError } from '../errors';
import type { Clock } from '../ports';

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
  if (signal.aborted) {
    promise.catch(() => {});
    throw aborted();
  }
  let leave: () => void = () => {};
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(aborted());
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([promise, left]);
  } finally {
    // A signal may live as long as the client: every wait must take its listener away again.
    signal.removeEventListener('abort', leave);
  }
}

/**
 * Runs `work`, but not for longer than `timeout` milliseconds: then it rejects with code `timeout`, and with code `aborted`
 * when `signal` aborts first. The signal that `work` gets aborts in both cases; work that ignores it is left alone and what
 * it says later is dropped.
 */
export async function within<T>(
  work: (signal: AbortSignal) => T | Promise<T>,
  limits: { readonly clock: Clock; readonly timeout: number; readonly signal: AbortSignal },
): Promise<T> {
  const { clock, timeout, signal } = limits;
  if (signal.aborted) throw aborted();
  const controller = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', leave);
    };
    const leave = (): void => {
      end();
      reject(aborted());
      controller.abort();
    };
    const cancel = clock.after(timeout, () => {
      end();
      reject(new RealtimeError('timeout', `No answer within ${timeout} ms.`, { retryable: true }));
      controller.abort();
    });
    signal.addEventListener('abort', leave, { once: true });
    // Inside an async function, so that work which throws at once is a rejection as well.
    (async () => work(controller.signal))().then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
  });
}
