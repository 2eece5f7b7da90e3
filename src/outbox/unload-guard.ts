import { needed } from '../support/given';
import type { Outbox, Stop } from '../types';

/** The part of a page that is asked before it goes; missing in workers, Node and React Native. */
interface UnloadScope {
  readonly document?: unknown;
  addEventListener?(type: 'beforeunload', listener: (event: Event) => void): void;
  removeEventListener?(type: 'beforeunload', listener: (event: Event) => void): void;
}

/**
 * Lets the browser ask "leave this page?" while messages of the outbox are unsent, until the returned stop is called. Outside a
 * page it does nothing. It listens for `beforeunload` only while there is something unsent, because some browsers keep pages that
 * listen out of their back-forward cache.
 *
 * What it cannot do: choose the words (browsers show their own), ask before the user has touched the page, or ask at all when
 * the system or the user ends the browser or the tab, as phones do. With a storage that outlives the page nothing is lost
 * without it.
 */
export function guardUnload(outbox: Pick<Outbox, 'pending'>): Stop {
  needed(outbox?.pending, 'outbox.pending', ['get', 'subscribe']);
  // Looked up now: whoever imports us on a server calls this in the page.
  const scope: UnloadScope = globalThis;
  if (scope.document === undefined || scope.addEventListener === undefined) return () => {};
  const ask = (event: Event): void => {
    event.preventDefault();
    // For browsers that do not go by preventDefault alone: Chromium before 119.
    (event as BeforeUnloadEvent).returnValue = true;
  };
  const look = (pending = outbox.pending.get()): void => {
    // Adding the same listener twice is adding it once.
    if (pending.some(({ state }) => state !== 'unconfirmed')) scope.addEventListener?.('beforeunload', ask);
    else scope.removeEventListener?.('beforeunload', ask);
  };
  const stop = outbox.pending.subscribe(look);
  look();
  return () => {
    stop();
    scope.removeEventListener?.('beforeunload', ask);
  };
}
