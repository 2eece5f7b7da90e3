import { type MaybeRefOrGetter, type ShallowRef, shallowRef, toValue } from 'vue';
import { isSameSelection, needed, neededFunction, type ReadableStore } from '../index';
import { whileLive } from './while-live';

/**
 * A ref with the value of a store, or with what `select` makes of it; changes only when that is another one. What `select`
 * builds is compared one level deep, and it may read other refs. On a server, and in a page that takes over from it until it
 * is mounted, it has the store's `initial` value.
 */
export function useStore<T, Selection = T>(
  store: MaybeRefOrGetter<ReadableStore<T>>,
  select?: (value: T) => Selection,
): Readonly<ShallowRef<Selection>> {
  needed(toValue(store), 'store', ['get', 'subscribe']);
  if (select !== undefined && select !== null) neededFunction(select, 'useStore(store, (value) => …)');
  // Without `select` the selection is the value.
  const selectWith = select ?? ((value: T) => value as unknown as Selection);
  const current = shallowRef(toValue(store).initial);
  const selection = shallowRef(selectWith(current.value));
  whileLive(
    () => toValue(store),
    (next) => {
      current.value = next.get();
      return next.subscribe((value) => {
        current.value = value;
      });
    },
  );
  whileLive(
    () => selectWith(current.value),
    (next) => {
      if (!isSameSelection(selection.value, next)) selection.value = next;
      return () => {};
    },
  );
  return selection;
}
