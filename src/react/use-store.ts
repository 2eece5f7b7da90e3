import { useCallback, useMemo, useSyncExternalStore } from 'react';
import { type ReadableStore, selectFrom } from '../index';

/**
 * The value of a store, or what `select` makes of it; renders again only when that is another one. What `select` builds is
 * compared one level deep. Servers, and pages that take over from them, render the store's `initial` value first.
 */
export function useStore<T, Selection = T>(
  store: ReadableStore<T>,
  select?: (value: T) => Selection,
): Selection {
  // Without `select` the selection is the value.
  const selectWith = select ?? (itself as (value: T) => Selection);
  // Not kept: a new one is made for each `select` that is written inline, and forgets nothing by that.
  const selected = useMemo(() => selectFrom(store, selectWith), [store, selectWith]);
  const subscribe = useCallback((tell: () => void) => store.subscribe(tell), [store]);
  return useSyncExternalStore(
    subscribe,
    () => selected.get(),
    () => selected.initial,
  );
}

function itself<T>(value: T): T {
  return value;
}
