import type { Clock } from '../ports';
import { aborted } from './deadline';
import { waitFor } from './wait-for';

/** Resolves after so many milliseconds, whole ones (see `Stopwatch`), or as soon as one of the signals aborts. Leaves neither timer nor listener. */
export function pause(clock: Clock, milliseconds: number, signals: readonly AbortSignal[]): Promise<void> {
  const over = waitFor<void>((resolve) => clock.after(Math.ceil(milliseconds), () => resolve()), {
    signals,
    aborted,
  });
  return over.catch(() => {});
}
