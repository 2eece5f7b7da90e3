import { type Clock, ConfigurationError, neededFunction, type Stop } from '../index';

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /**
   * Moves the clock by `ms` milliseconds and wakes, in order, whoever is due on the way. Promises settle before each
   * wake and after the last one. Resolves when all of that is done.
   */
  advance(ms: number): Promise<void>;
  /** Lets promises settle without moving the clock. */
  settle(): Promise<void>;
  /** How many wakes are waiting; 0 means that nobody has a timer left. */
  readonly pending: number;
}

interface Wake {
  readonly due: number;
  readonly order: number;
  readonly run: () => void;
}

/** Makes a clock that stands at `start` (milliseconds since 1970; default 1 January 2026) until it is moved. */
export function createManualClock(start: number = Date.UTC(2026, 0, 1)): ManualClock {
  if (!Number.isFinite(start)) throw new ConfigurationError(`A clock cannot stand at ${String(start)}.`);
  let now = start;
  let order = 0;
  const wakes = new Set<Wake>();
  const next = (until: number): Wake | undefined => {
    const due = [...wakes].filter((wake) => wake.due <= until);
    return due.sort((left, right) => left.due - right.due || left.order - right.order)[0];
  };
  return {
    now: () => now,
    after(ms: number, run: () => void): Stop {
      neededFunction(run, 'clock.after(ms, () => { … })');
      order += 1;
      // As `setTimeout` reads it: what is no length of time is none.
      const wake = { due: now + (ms > 0 ? ms : 0), order, run };
      wakes.add(wake);
      return () => void wakes.delete(wake);
    },
    async advance(ms: number): Promise<void> {
      if (!(typeof ms === 'number' && ms >= 0 && ms < Number.POSITIVE_INFINITY))
        throw new ConfigurationError(`A clock cannot be moved by ${ms} ms.`);
      const until = now + ms;
      await settle();
      for (let wake = next(until); wake !== undefined; wake = next(until)) {
        now = Math.max(now, wake.due);
        wakes.delete(wake);
        wake.run();
        await settle();
      }
      // Another call, which nobody waited for, may have moved it further.
      now = Math.max(now, until);
      await settle();
    },
    settle,
    get pending() {
      return wakes.size;
    },
  };
}

/** Turns of the event loop, not only microtasks: `fetch` answers and message channels need them. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) {
    for (let microtask = 0; microtask < 20; microtask += 1) await undefined;
    await new Promise<void>(afterTurn);
  }
}

/** Not `setTimeout` where it can be avoided: a test may have put its own in that place, which waits for the test. */
function afterTurn(resolve: () => void): void {
  if (typeof MessageChannel === 'function') {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  } else if (typeof window === 'object' && typeof window.postMessage === 'function') {
    afterOwnMessage(resolve);
  } else {
    setTimeout(resolve, 0);
  }
}

/** jsdom has no MessageChannel, and a window that can write to itself. */
function afterOwnMessage(resolve: () => void): void {
  turns += 1;
  const token = `surewire-turn-${turns}`;
  const listener = (event: MessageEvent): void => {
    if (event.data !== token) return;
    event.stopImmediatePropagation();
    window.removeEventListener('message', listener, true);
    resolve();
  };
  window.addEventListener('message', listener, true);
  window.postMessage(token, '*');
}

let turns = 0;
