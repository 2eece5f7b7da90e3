/** What was thrown, in a word: the name of an error, or the kind of anything else. Never its message, which may quote a secret. */
export function thrownName(cause: unknown): string {
  try {
    return cause instanceof Error ? cause.name : typeof cause;
  } catch {
    // A proxy that answers nobody any more.
    return typeof cause;
  }
}
