import { ConfigurationError } from '../errors';

/** What surewire uses of a Pusher instance. A `Pusher` of pusher-js 8 fits; so does what behaves like one. */
export interface PusherInstance {
  /** The connection manager. */
  readonly connection: {
    /** Pusher's word for the state. */
    readonly state: string;
    /** The live connection inside, null when there is none; `state` alone lies for a second after a loss. */
    readonly connection?: unknown;
    /** The socket's id. */
    readonly socket_id?: string;
    /** Listens to the connection's events. */
    // biome-ignore lint/suspicious/noExplicitAny: the event decides what the callback gets; pusher-js types say `Function`.
    bind(event: string, callback: (value?: any) => void): unknown;
    /** Forgets a listener. */
    // biome-ignore lint/suspicious/noExplicitAny: as above.
    unbind(event: string, callback: (value?: any) => void): unknown;
  };
  /** Dials. */
  connect(): void;
  /** Hangs up. */
  disconnect(): void;
  /** Writes a frame. */
  send_event(event: string, data: unknown, channel?: string): boolean;
}

/** The Pusher class of pusher-js 8, of any of its builds (`pusher-js`, `/worker`, `/with-encryption`, a script tag's). */
export interface PusherConstructor {
  /** pusher-js connects as soon as it can; surewire keeps it from doing so. */
  new (key: string, options: never): PusherInstance;
}

function isConstructor(value: unknown): value is PusherConstructor {
  return typeof value === 'function';
}

interface Shape {
  readonly Pusher?: unknown;
  readonly default?: unknown;
}

/**
 * The class in whatever shape a bundler or runtime serves the module: the class itself, `{ Pusher }` (React Native, Node
 * with 8.5.0), or either of them under `default`, once or twice. Turbopack puts a function around it, with the class as `default`.
 */
export function resolvePusherConstructor(module: unknown): PusherConstructor {
  let candidate: unknown = module;
  for (let depth = 0; depth < 3; depth += 1) {
    if (isConstructor(candidate)) {
      const { default: inner } = candidate as Shape;
      return isConstructor(inner) ? inner : candidate;
    }
    if (typeof candidate !== 'object' || candidate === null) break;
    const shape = candidate as Shape;
    if (isConstructor(shape.Pusher)) return shape.Pusher;
    candidate = shape.default;
  }
  throw new ConfigurationError(
    'The module pusher-js has no Pusher class in it. Import the class yourself and pass it as the option `Pusher`.',
  );
}

/**
 * Loads pusher-js when the first connection is wanted, not before: its browser build sets a global, listens to the window and
 * throws in a worker as soon as it is imported.
 */
export async function loadPusher(): Promise<unknown> {
  const page = globalThis as { Pusher?: unknown };
  const { Pusher: own } = page;
  const loaded: unknown = await import('pusher-js');
  // The page has a `Pusher` of its own there, ours perhaps, and makes instances of it later.
  if (own !== undefined) page.Pusher = own;
  return loaded;
}
