import type { Clock } from '../ports';
import { lapTimer } from '../support/lap-timer';
import type { Stop } from '../types';

/** Browsers look at the timers of hidden pages once a second. Who is later than that did not run at all. */
const latest = 2_000;

/**
 * Wakes after so many milliseconds in which something could have happened: when the page was frozen meanwhile, or the machine
 * slept, what came in the meantime gets as long once more to be heard first.
 */
export function wakefulTimer(clock: Clock, milliseconds: number, wake: () => void): Stop {
  const before = clock.now();
  let stop = lapTimer(clock, milliseconds, () => {
    if (clock.now() - before < milliseconds + latest) wake();
    else stop = lapTimer(clock, milliseconds, wake);
  });
  return () => stop();
}
