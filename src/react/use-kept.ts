import { useState } from 'react';

/**
 * What `create` made for these keys; made anew when one of them is another. Kept for certain, as `useMemo` does not promise:
 * the keys must come out the same when React renders again at once. */
export function useKept<T>(keys: readonly unknown[], create: () => T): T {
  const [kept, keep] = useState(() => ({ keys, value: create() }));
  if (keys.every((key, index) => Object.is(key, kept.keys[index]))) return kept.value;
  const next = { keys, value: create() };
  keep(next);
  return next.value;
}
