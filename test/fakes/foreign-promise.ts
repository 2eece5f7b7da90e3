/** A promise of another library than the platform's: it rejects with `cause` in a later turn, or never does anything without one. */
export function foreignPromise(cause?: Error): PromiseLike<never> {
  return {
    // biome-ignore lint/suspicious/noThenProperty: it is what makes a promise
    then: (_, reject) => {
      if (cause !== undefined) setTimeout(() => reject?.(cause));
      return foreignPromise();
    },
  };
}
