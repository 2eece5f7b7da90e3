import {
  getCurrentInstance,
  getCurrentScope,
  hasInjectionContext,
  inject,
  onMounted,
  onScopeDispose,
  ssrContextKey,
  watch,
} from 'vue';
import type { Stop } from '../index';

interface Sourced<T> {
  readonly value: T;
}

/**
 * Begins for the value of `source`, and again for each other one: the new one first, then the old one ends. Ends with the
 * scope it was called in, or by the returned stop where there is none. On a server it never begins; in a page that takes over
 * from a server it begins once mounted, so that both render the same at first.
 */
export function whileLive<T>(source: () => T, begin: (value: T) => Stop): Stop {
  const scope = getCurrentScope();
  let ended = isServer();
  let unwatch: Stop = () => {};
  let stop: Stop = () => {};
  let wanted: Sourced<T> | undefined;
  let begun: Sourced<T> | undefined;
  let turning = false;
  const isDue = (next: Sourced<T> | undefined): next is Sourced<T> =>
    next !== undefined && !ended && (begun === undefined || !Object.is(begun.value, next.value));
  const turn = (sourced: Sourced<T> | undefined): void => {
    // A source that throws has been told to Vue, which goes on with undefined: nothing changes.
    wanted = sourced ?? wanted;
    // What begins is told to watchers, who may name another value or end all this: that waits until it has begun.
    if (turning) return;
    turning = true;
    try {
      while (isDue(wanted)) {
        begun = wanted;
        const stopOld = stop;
        stop = () => {};
        try {
          stop = begin(begun.value);
        } finally {
          stopOld();
        }
      }
    } finally {
      turning = false;
      if (ended) stop();
    }
  };
  const start = (): void => {
    if (ended) return;
    unwatch = watch(() => ({ value: source() }), turn, { immediate: true, flush: 'sync' });
    if (ended) unwatch();
  };
  // The scope may be a store's, which outlives the component that is mounted.
  if (isHydrating()) onMounted(() => (ended || scope === undefined ? start() : scope.run(start)));
  else start();
  const stopForGood = (): void => {
    if (ended) return;
    ended = true;
    unwatch();
    if (!turning) stop();
  };
  if (scope !== undefined) onScopeDispose(stopForGood);
  return stopForGood;
}

// Vue provides its context to what `renderToString` renders, also where tests have a window. Stores and plugins are made before.
function isServer(): boolean {
  return (
    typeof window === 'undefined' || (hasInjectionContext() && inject(ssrContextKey, undefined) !== undefined)
  );
}

// A component has an element before its setup only when the server made that element.
function isHydrating(): boolean {
  return (getCurrentInstance()?.vnode.el ?? null) !== null;
}
