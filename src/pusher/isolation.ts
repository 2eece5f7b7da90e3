/** What was thrown in the outermost call that runs now. */
let running: unknown[] | undefined;

/**
 * Runs `work`, which calls callbacks of an application, and keeps what it throws from those who come after it. It comes out at the end
 * of the outermost call, so that the client, whose listener that is, reports it; an `AggregateError` where there is more than one.
 */
export function isolated(work: () => void): void {
  const outer = running;
  const thrown = outer ?? [];
  running = thrown;
  try {
    work();
  } catch (cause) {
    thrown.push(cause);
  }
  running = outer;
  if (outer || thrown.length === 0) return;
  throw thrown.length > 1 ? new AggregateError(thrown) : thrown[0];
}
