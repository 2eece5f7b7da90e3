import { ConfigurationError, isRealtimeError } from '../errors';
import { listIn } from '../support/json';
import type {
  FrameLink,
  SubscriptionProof,
  Transport,
  TransportFactory,
  TransportSignal,
  UserAuthentication,
} from '../transport-port';
import { loadPusher, type PusherConstructor } from './pusher-module';

/** What the transport of a client is made of. */
export interface TransportSettings {
  /** The application's public key. */
  readonly key: string;
  /** Options for pusher-js, complete. */
  readonly pusherOptions: Readonly<Record<string, unknown>>;
  /** The class to use; pusher-js is loaded when undefined. */
  readonly Pusher: PusherConstructor | undefined;
  /** What the application put into its slot; pusher-js when undefined. */
  readonly transport: TransportFactory | undefined;
}

/** The transport of a client. Nothing is loaded before it is opened. */
export function createTransport({ transport, Pusher, ...address }: TransportSettings): Transport {
  const made = transport?.(address);
  if (made !== undefined && 'subscribe' in made) return made;
  if (made === undefined) checkTransports(address.pusherOptions);
  return new LazyTransport(async () => {
    // Both at once: one after the other they would cost a round trip more.
    const [{ ProtocolTransport, PusherLink }, loaded] = await Promise.all([
      import('./first-dial'),
      made === undefined ? (Pusher ?? loadPusher()) : undefined,
    ]);
    const link = made ?? new PusherLink({ ...address, Pusher: loaded });
    return new ProtocolTransport(link);
  }, made);
}

/** Throws where somebody counts on transports that we cannot hold. */
function checkTransports({ enabledTransports }: Readonly<Record<string, unknown>>): void {
  const foreign = listIn(enabledTransports).filter((each) => each !== 'ws' && each !== 'wss');
  if (foreign.length === 0) return;
  throw new ConfigurationError(
    `\`pusherOptions.enabledTransports\` has "${foreign.join('", "')}", and surewire dials over WebSockets. For HTTP: \`transport: pusherInstance(new Pusher(key, options))\`.`,
  );
}

/** Stands for a transport whose code is loaded when it is first opened: what a page needs from then on it need not load before. */
export class LazyTransport implements Transport {
  readonly #load: () => Promise<Transport>;
  readonly #link: FrameLink | undefined;
  readonly signIn: ((authentication: UserAuthentication) => void) | undefined;
  #transport: Transport | undefined;
  /** What was begun before anybody opened. */
  #loading: Promise<Transport> | undefined;
  /** Counts dials, so that one that was given up while the code was loaded is recognised. */
  #dial = 0;

  /** `link` is what it will go over, where that is known already. */
  constructor(load: () => Promise<Transport>, link: FrameLink | undefined) {
    this.#load = load;
    this.#link = link;
    if (link?.signsInItself !== true) this.signIn = (user) => this.#transport?.signIn?.(user);
  }

  /** Begins to load what the next `open` needs; one that fails is for that to tell. */
  prepare(): void {
    if (this.#transport !== undefined || this.#loading !== undefined) return;
    this.#loading = this.#load();
    this.#loading.catch(() => {});
  }

  open(receive: (signal: TransportSignal) => void): void {
    this.close();
    if (this.#transport !== undefined) {
      this.#transport.open(receive);
      return;
    }
    const dial = this.#dial;
    const loading = this.#loading ?? this.#load();
    this.#loading = undefined;
    loading.then(
      (transport) => {
        this.#transport ??= transport;
        if (dial !== this.#dial) return;
        try {
          this.#transport.open(receive);
        } catch (error) {
          receive({ type: 'closed', error: isRealtimeError(error) ? error : unloaded(error) });
        }
      },
      (error: unknown) => {
        if (dial !== this.#dial) return;
        if (isRealtimeError(error)) receive({ type: 'closed', error });
        else if (cannotImport(error)) receive({ type: 'closed', error: unloaded(error) });
        else receive({ type: 'closed', reason: `The code of the transport could not be loaded: ${error}` });
      },
    );
  }

  close(): void {
    this.#dial += 1;
    this.#transport?.close();
  }

  destroy(): void {
    this.#dial += 1;
    (this.#transport ?? this.#link)?.destroy();
  }

  subscribe(channel: string, proof?: SubscriptionProof): boolean {
    return this.#transport?.subscribe(channel, proof) ?? false;
  }

  unsubscribe(channel: string): void {
    this.#transport?.unsubscribe(channel);
  }

  send(channel: string, event: string, data: unknown): boolean {
    return this.#transport?.send(channel, event, data) ?? false;
  }

  ping(): void {
    this.#transport?.ping();
  }

  cryptography(): unknown {
    return this.#transport?.cryptography?.();
  }
}

/** Whether this place has no `import()` at all, as service workers: waiting will not bring it. */
export function cannotImport(error: unknown): boolean {
  const scope = globalThis as { readonly ServiceWorkerGlobalScope?: abstract new () => object };
  return typeof scope.ServiceWorkerGlobalScope === 'function' &&
    globalThis instanceof scope.ServiceWorkerGlobalScope
    ? error instanceof TypeError
    : /import\(\) is (?:disallowed|not allowed)|dynamic import callback/i.test(String(error).slice(0, 500));
}

export function unloaded(cause: unknown): ConfigurationError {
  return new ConfigurationError(
    'There is no `import()` here, as in a service worker: bundle surewire into one file (`inlineDynamicImports` or `splitting: false`), or take the file for script tags. In a worker also pass the class of `pusher-js/worker` as `Pusher`, or `transport: webSocketLink()`.',
    { cause },
  );
}
