/**
 * Calls `run` when the code that runs now is done, before any timer. By a promise and not by `queueMicrotask`, which the fake timers of
 * Jest and Vitest keep back until the test says so.
 */
export function soon(run: () => void): void {
  void Promise.resolve().then(run);
}
