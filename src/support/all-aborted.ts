import type { Stop } from '../types';
import { onAbort } from './abort';

/** A signal that aborts once all of `signals` have: nobody waits any more for what was done for all of them. */
export function allAborted(signals: readonly AbortSignal[]): {
  readonly signal: AbortSignal;
  /** Listens no longer. */
  readonly stop: Stop;
} {
  const abandoned = new AbortController();
  let interested = signals.length;
  const leave = (): void => {
    interested -= 1;
    if (interested === 0) abandoned.abort();
  };
  const stops = signals.map((signal) => onAbort(signal, leave));
  return {
    signal: abandoned.signal,
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}
