import type { Clock } from '../ports';
import type { Stop } from '../types';

/** We look at the clock so often: timers stand still while the machine sleeps, and what they wait for may be long over. */
const step = 5_000;

/** Wakes after so many milliseconds, by the timer or by the clock on the wall, whichever is further. */
export function patientTimer(clock: Clock, milliseconds: number, wake: () => void): Stop {
  const before = clock.now();
  const nap = Math.min(step, milliseconds);
  let stop = clock.after(nap, () => {
    const left = milliseconds - Math.max(nap, clock.now() - before);
    if (left > 0) stop = patientTimer(clock, left, wake);
    else wake();
  });
  return () => stop();
}
