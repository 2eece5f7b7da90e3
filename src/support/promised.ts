/**
 * `value` as the promise that it is, of whatever library: async functions of an application may give another one than the platform's
 * (zone.js, React Native, another window), which `instanceof Promise` does not know. Undefined for everything else.
 */
export function promised(value: unknown): PromiseLike<unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const thenable = value as Partial<PromiseLike<unknown>>;
  // It was just looked at.
  return typeof thenable.then === 'function' ? (thenable as PromiseLike<unknown>) : undefined;
}
