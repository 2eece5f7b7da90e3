import { type RefObject, useInsertionEffect, useRef } from 'react';

/** A box with the value of the last render that was committed, for functions that run later: they need not change with it. */
export function useNewest<T>(value: T): RefObject<T> {
  const newest = useRef(value);
  // Before any effect of this commit: no listener is called with the value of an older render.
  useInsertionEffect(() => {
    newest.current = value;
  });
  return newest;
}
