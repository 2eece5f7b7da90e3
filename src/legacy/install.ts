import { ConfigurationError, type Stop } from '../index';
import { channelAt, type LegacyRoutes, looksOld, unrouted } from './routes';
import { createLegacyWebSocket, LegacySocket } from './socket';
import { absolute } from './socket-rules';
import { type LegacyClient, type LegacySocketOptions, tellOf } from './socket-surface';

type WebSocketClass = typeof WebSocket;

/** What an installed class stands in for. */
interface Installation {
  readonly below: WebSocketClass;
  active: boolean;
}

/** Old code that dials a new path each time is not told of each. */
const mostTold = 100;

/** By the classes that we put in the place of `WebSocket`. */
const installations = new WeakMap<object, Installation>();

/**
 * Makes `WebSocket` give a `LegacySocket` for each address that has a route, and the real one for all others, which pusher-js's own
 * always are. An address without a route that looks like those with one is told to `onError`, once a path, with the line to
 * write; its socket is a real one. Classes that extend `WebSocket` stay real: let them extend `createLegacyWebSocket(…)`. Returns
 * its undo; several installations may be undone in any order. Throws a `ConfigurationError` for routes that cannot be read, and where there
 * is no `WebSocket` (Node before 22).
 */
export function installLegacySockets(
  client: LegacyClient,
  routes: LegacyRoutes,
  options: LegacySocketOptions = {},
): Stop {
  const Legacy = createLegacyWebSocket(client, routes, options);
  // Now, where somebody listens, and not at the first socket.
  looksOld(routes, new URL('ws://localhost'));
  // There is none in Node before 22.
  const below = globalThis.WebSocket as WebSocketClass | undefined;
  if (below === undefined) {
    throw new ConfigurationError(
      'There is no WebSocket here to replace: use what createLegacyWebSocket makes.',
    );
  }
  const told = new Set<string>();
  const tell = (url: URL): void => {
    if (told.has(url.pathname) || told.size >= mostTold) return;
    told.add(url.pathname);
    // What a listener throws must not come out of a constructor.
    queueMicrotask(() => tellOf(unrouted(routes, url), options.onError));
  };
  const installation: Installation = { below, active: true };
  const installed: WebSocketClass = new Proxy(below, {
    construct(target, words: unknown[], newTarget): object {
      if (newTarget !== installed) return Reflect.construct(target, words, newTarget);
      const mine = installation.active && isRouted(routes, words[0], tell);
      return Reflect.construct(mine ? Legacy : target, words);
    },
    get(target, key, receiver) {
      // A class that extends us has instances of its own.
      if (key !== Symbol.hasInstance || receiver !== installed) return Reflect.get(target, key, receiver);
      return (value: unknown) => value instanceof LegacySocket || value instanceof target;
    },
  });
  installations.set(installed, installation);
  place(installed);
  return () => {
    if (!installation.active) return;
    installation.active = false;
    // Who was installed above us, or replaced us, keeps its place; we pass everything on.
    const onTop = (): Installation | undefined => installations.get(globalThis.WebSocket);
    for (let top = onTop(); top?.active === false; top = onTop()) place(top.below);
  };
}

function isRouted(routes: LegacyRoutes, address: unknown, tell: (url: URL) => void): boolean {
  const url = absolute(address);
  // The real one knows what to throw.
  if (url === undefined) return false;
  const query = url.searchParams;
  // Or a route such as /{any}/{thing} would make the client wait for itself.
  if (/\/app\/[^/]+$/.test(url.pathname) && query.has('protocol') && query.has('client')) return false;
  try {
    if (channelAt(routes, url) !== undefined) return true;
  } catch {
    // The lookalike tells what a route's function did.
    return true;
  }
  if (looksOld(routes, url)) tell(url);
  return false;
}

function place(value: WebSocketClass): void {
  // As the platform has it: not enumerable.
  Object.defineProperty(globalThis, 'WebSocket', { value, writable: true, configurable: true });
}
