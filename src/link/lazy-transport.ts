import { ConfigurationError } from '../errors';
import { needed } from '../support/given';
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
  readonly Pusher?: PusherConstructor | undefined;
  /** What the application put into its slot; pusher-js when undefined. */
  readonly transport?: TransportFactory | undefined;
}

/** The transport of a client. Nothing is loaded before its connection is wanted. */
export function createTransport({ transport, ...settings }: TransportSettings): Transport {
  if (transport === undefined) {
    checkTransports(settings.pusherOptions);
    return new LazyTransport(settings, undefined);
  }
  const made = needed(transport(settings), 'transport(address)', ['open', 'close', 'destroy']);
  if ('subscribe' in made) return made;
  return new LazyTransport(settings, needed(made, 'transport(address)', ['write']));
}

/** Throws where somebody counts on transports that we cannot hold. */
function checkTransports({ enabledTransports }: Readonly<Record<string, unknown>>): void {
  const foreign = listIn(enabledTransports).filter((each) => each !== 'ws' && each !== 'wss');
  if (foreign.length === 0) return;
  throw new ConfigurationError(
    `\`pusherOptions.enabledTransports\` has "${foreign.join('", "')}", and surewire dials over WebSockets. For HTTP: \`transport: pusherInstance(new Pusher(key, options))\`.`,
  );
}

/** The code of transports. */
type TransportCode = Pick<typeof import('./transport'), 'ProtocolTransport'> &
  Pick<typeof import('./pusher'), 'PusherLink'>;

/** Stands for a transport whose code is loaded when a connection is wanted: what a page needs from then on it need not load before. */
export class LazyTransport implements Transport {
  readonly signIn: ((authentication: UserAuthentication) => void) | undefined;
  readonly #settings: Omit<TransportSettings, 'transport'>;
  readonly #link: FrameLink | undefined;
  #transport: Transport | undefined;

  /** `link` is what it will go over, where that is known already. */
  constructor(settings: Omit<TransportSettings, 'transport'>, link: FrameLink | undefined) {
    this.#settings = settings;
    this.#link = link;
    if (link?.signsInItself !== true) this.signIn = (user) => this.#transport?.signIn?.(user);
  }

  /** Loads the rest of what `code` dials with; resolves with `code`. Rejects with a `ConfigurationError` for what can never dial. */
  async load<Code extends TransportCode>(code: Promise<Code>): Promise<Code> {
    const { Pusher, ...address } = this.#settings;
    // Both at once: one after the other they would cost a round trip more.
    const [loaded, module] = await Promise.all([code, this.#link ?? Pusher ?? loadPusher()]);
    this.#transport ??= new loaded.ProtocolTransport(
      this.#link ?? new loaded.PusherLink({ ...address, Pusher: module }),
    );
    return loaded;
  }

  open(receive: (signal: TransportSignal) => void): void {
    this.#transport?.open(receive);
  }

  close(): void {
    this.#transport?.close();
  }

  destroy(): void {
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
