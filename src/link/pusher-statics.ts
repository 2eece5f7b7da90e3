import { ConfigurationError } from '../errors';
import type { PusherConstructor } from './pusher-module';

/** The parts of pusher-js's static side that we lend something to, for the length of one synchronous call. */
export interface PusherStatics {
  /** Whether a new instance connects in its constructor. */
  isReady: boolean;
  /** Every instance ever made. */
  instances: unknown[];
  /** Whether everything is logged to the console. */
  logToConsole?: boolean;
  /** A function of the application's that gets the log. */
  log?: unknown;
  /** The platform, as pusher-js sees it. */
  Runtime: {
    createWebSocket(url: string): WebSocket;
    getLocalStorage(): unknown;
    getNetwork(): unknown;
  };
}

/** Puts `values` onto `target`, calls `run`, puts the old values back. Synchronous, so nobody else ever sees them. */
export function lend<T extends object, R>(target: T, values: Partial<T>, run: () => R): R {
  const before = Object.entries(Object.getOwnPropertyDescriptors(target)).filter(([name]) => name in values);
  Object.assign(target, values);
  try {
    return run();
  } finally {
    for (const name of Object.keys(values)) Reflect.deleteProperty(target, name);
    for (const [name, descriptor] of before) Object.defineProperty(target, name, descriptor);
  }
}

/** The class that has the statics: builds with encryption export a subclass, whose constructor does not look at its own. */
export function staticsOf(Pusher: PusherConstructor): PusherStatics {
  let candidate: object | null = Pusher;
  while (candidate !== null && !Object.hasOwn(candidate, 'Runtime'))
    candidate = Object.getPrototypeOf(candidate);
  const statics = candidate as PusherStatics | null;
  if (typeof statics?.Runtime?.createWebSocket === 'function') return statics;
  throw new ConfigurationError(
    'The option `Pusher` is not the class of pusher-js 8. Pass an instance as `pusher` instead, or another `transport`.',
  );
}
