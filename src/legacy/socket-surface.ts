import {
  type Channel,
  ConfigurationError,
  type ConnectionStatus,
  type ReadableStore,
  type RealtimeError,
} from '../index';
import type { LegacyRoutes } from './routes';

/** What the lookalikes need of a `RealtimeClient`: any one will do, whatever its channels are. */
export interface LegacyClient {
  /** Where the connection is. */
  readonly status: ReadableStore<ConnectionStatus>;
  /** The channel of that name. */
  channel(name: string): Channel;
}

/** How the lookalikes deviate from what they do by themselves. */
export interface LegacySocketOptions {
  /**
   * Types of frames that are answered at once and not published, with the type of the answer: `{ ping: 'pong' }` for code that
   * takes silence for a dead server. Default: none.
   */
  readonly answers?: Readonly<Record<string, string>>;
  /**
   * Gets what a `WebSocket` has no words for: a frame that cannot be published, an address without a route. Default: the console.
   */
  readonly onError?: (error: RealtimeError) => void;
}

/** What drives a `LegacySocket`. */
export interface LegacySocketSettings extends LegacySocketOptions {
  /** Speaks for it to the server. */
  readonly client: LegacyClient;
  /** The channel behind each address. */
  readonly routes: LegacyRoutes;
}

/** What `readyState` may be, as every `WebSocket` class has it. */
export interface LegacySocketStates {
  /** 0: not open yet. */
  readonly CONNECTING: 0;
  /** 1: messages flow. */
  readonly OPEN: 1;
  /** 2: `close()` was called. */
  readonly CLOSING: 2;
  /** 3: it is over. */
  readonly CLOSED: 3;
}

/** Tells the application's `onError`, or the console without one. What it throws goes there, too: out of a turn of its own it would end a process. */
export function tellOf(error: RealtimeError, onError: LegacySocketOptions['onError']): void {
  if (onError === undefined) {
    console.error(error);
    return;
  }
  try {
    onError(error);
  } catch (thrown) {
    console.error(thrown);
  }
}

/** Throws a `ConfigurationError` for what would fail at the first socket, where nobody could tell why. */
export function checkSocketSettings({ client, routes, answers, onError }: LegacySocketSettings): void {
  if (
    typeof client?.channel === 'function' &&
    typeof client.status?.subscribe === 'function' &&
    Object(routes) === routes &&
    Object.values(answers ?? {}).every((type) => typeof type === 'string') &&
    typeof (onError ?? Object) === 'function'
  )
    return;
  throw new ConfigurationError(
    "Old sockets need a RealtimeClient, an object of routes, and options such as { answers: { ping: 'pong' }, onError: report }.",
  );
}
