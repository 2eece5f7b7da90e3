import type { RealtimeError } from '../../src/errors';

/** A promise and how it ended. */
export interface Watched<T> {
  readonly promise: Promise<T>;
  /** What it resolved or rejected with; undefined until then. */
  end: T | RealtimeError | undefined;
}

/** Keeps the end of a promise in view, so that no rejection goes unhandled while a test goes on. */
export function watched<T>(promise: Promise<T>): Watched<T> {
  const kept: Watched<T> = { promise, end: undefined };
  promise.then(
    (value) => {
      kept.end = value;
    },
    (error: RealtimeError) => {
      kept.end = error;
    },
  );
  return kept;
}
