import type { Clock } from '../index';

/** `promise`, or what `late` makes of it after `timeout` milliseconds; for ever without one. */
export function within<T>(
  clock: Clock,
  timeout: number | undefined,
  promise: Promise<T>,
  late: () => Error,
): Promise<T> {
  if (timeout === undefined) return promise;
  return new Promise((resolve, reject) => {
    const stop = clock.after(timeout, () => reject(late()));
    promise.then(resolve, reject).finally(stop);
  });
}
