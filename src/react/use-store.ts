import { useCallback, useInsertionEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { isSameSelection, type ReadableStore, selectFrom } from '../index';

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
  const selected = useMemo(() => selectFrom(store, selectWith), [store, selectWith]);
  const shown = useRef<{ readonly selection: Selection }>(undefined);
  const subscribe = useCallback((tell: () => void) => store.subscribe(tell), [store]);
  const selection = useSyncExternalStore(
    subscribe,
    () => {
      const next = selected.get();
      // A `select` that is written inline is a new one at each render; what it builds need not be.
      const before = shown.current;
      return before !== undefined && isSameSelection(before.selection, next) ? before.selection : next;
    },
    () => selected.initial,
  );
  useInsertionEffect(() => {
    shown.current = { selection };
  });
  return selection;
}

function itself<T>(value: T): T {
  return value;
}
