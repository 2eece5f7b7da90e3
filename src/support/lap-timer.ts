import type { Clock } from '../ports';
import type { Stop } from '../types';

/**
 * So many laps, each with a timer of its own. In a process that is busy for seconds at a time a timer is late, and what came in meanwhile is
 * read after it: with laps there are turns in which an answer can be read, before somebody hangs up on a server that has answered.
 */
const laps = 4;

/** Wakes after so many milliseconds, and not before the process has had several turns in which it could read what came in, one of them at the end. */
export function lapTimer(clock: Clock, milliseconds: number, wake: () => void): Stop {
  let left = laps;
  let stop: Stop = () => {};
  const lap = (): void => {
    left -= 1;
    if (left >= 0) stop = clock.after(milliseconds / laps, lap);
    else stop = clock.after(0, wake);
  };
  lap();
  return () => stop();
}
