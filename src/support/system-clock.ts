import type { Clock } from '../ports';
import type { Stop } from '../types';

// Timers hold milliseconds in 31 bits; a longer wait would fire at once.
const longestTimer = 2 ** 31 - 1;

/** @hidden The time of this machine. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  elapsed(): number {
    // Missing on some platforms; the clock on the wall is then the only one.
    return globalThis.performance?.now?.() ?? Date.now();
  }

  after(ms: number, wake: () => void): Stop {
    let timer: ReturnType<typeof setTimeout>;
    const wait = (left: number): void => {
      // The global is looked up at each call: a test may replace it after this module was loaded.
      timer =
        left > longestTimer
          ? setTimeout(() => wait(left - longestTimer), longestTimer)
          : setTimeout(wake, Math.max(0, left));
    };
    wait(ms);
    return () => clearTimeout(timer);
  }
}
