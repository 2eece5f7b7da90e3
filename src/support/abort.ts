import type { Stop } from '../types';

// By signal: those who wait for it. Thousands may have the same one, and platforms take so many listeners for a leak.
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `listener` once `signal` aborts: one listener for each signal, however many wait for it, and none when nobody does. */
export function onAbort(signal: AbortSignal, listener: () => void): Stop {
  const listeners = waiting.get(signal) ?? new Set<() => void>();
  // Its own function for each call: the same listener may wait twice.
  const heard = (): void => listener();
  if (listeners.size === 0) {
    waiting.set(signal, listeners);
    signal.addEventListener('abort', tellAll);
  }
  listeners.add(heard);
  return () => {
    listeners.delete(heard);
    if (listeners.size === 0) signal.removeEventListener('abort', tellAll);
  };
}

function tellAll({ currentTarget }: Event): void {
  const signal = currentTarget as AbortSignal; // It is listened for on signals alone.
  for (const heard of [...(waiting.get(signal) ?? [])]) heard();
}
