import type { Network } from '../ports';
import type { Stop } from '../types';
import { lookedUp } from './looked-up';

/** The part of a page, a worker or Node that we look at; everything in it may be missing. */
export interface BrowserScope {
  /** Says whether the device believes in its network. */
  readonly navigator?: { readonly onLine?: boolean };
  /** Tells when the page comes to the front; missing in workers. */
  readonly document?: EventTarget & { readonly visibilityState?: string };
  /** Where `online`, `offline` and `pageshow` arrive. */
  addEventListener?(type: string, listener: (event: Event) => void): void;
  /** Undoes `addEventListener`. */
  removeEventListener?(type: string, listener: (event: Event) => void): void;
}

/** What the browser says about its network and the page. Where nobody says anything (Node) we count as online and hear nothing. */
export class BrowserNetwork implements Network {
  readonly #scope: BrowserScope;

  /** `scope` is looked at when a method is called, never before. Default: `globalThis`. */
  constructor(scope: BrowserScope = globalThis as BrowserScope) {
    this.#scope = scope;
  }

  online(): boolean {
    return lookedUp(() => this.#scope.navigator?.onLine) !== false;
  }

  watch(listener: (change: 'online' | 'offline' | 'resumed') => void): Stop {
    const scope = this.#scope;
    const page = lookedUp(() => scope.document);
    const heard: [
      Partial<Pick<EventTarget, 'addEventListener' | 'removeEventListener'>> | undefined,
      string,
      (event: Event) => void,
    ][] = [
      [scope, 'online', () => listener('online')],
      [scope, 'offline', () => listener('offline')],
      // `pageshow` also ends every ordinary load; only a page from the back-forward cache was away.
      [
        scope,
        'pageshow',
        (event) => (event as Partial<PageTransitionEvent>).persisted === true && listener('resumed'),
      ],
      [page, 'visibilitychange', () => page?.visibilityState === 'visible' && listener('resumed')],
      // A page that the browser froze (and that may have stayed visible, in another window) thaws with `resume`.
      [page, 'resume', () => listener('resumed')],
    ];
    for (const [target, type, hear] of heard) lookedUp(() => target?.addEventListener?.(type, hear));
    return () => {
      for (const [target, type, hear] of heard) lookedUp(() => target?.removeEventListener?.(type, hear));
    };
  }
}

/** A network of the application's own, of which only what it says counts: where it throws we are online, and hear nothing. */
export function heeded(network: Network | undefined): Network | undefined {
  if (network === undefined) return undefined;
  return {
    online: () => lookedUp(() => network.online()) !== false,
    watch: (listener) => {
      const stop: unknown = lookedUp(() => network.watch(listener));
      return () => {
        if (typeof stop === 'function') lookedUp(() => stop());
      };
    },
  };
}
