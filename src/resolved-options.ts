import type { BatchAuthorizerSettings } from './backend/batch';
import { type EndpointOptions, type EndpointSettings, endpointSettings } from './backend/endpoint';
import type { HttpAuthorizerSettings } from './backend/http-auth';
import type { HttpPublisherSettings } from './backend/http-publisher';
import type { ChannelDefinitions } from './contract/define';
import { ConfigurationError } from './errors';
import type { PusherConstructor, PusherInstance } from './link/pusher-module';
import { type LimitOptions, pusherLimits } from './link/server-limits';
import { unreadOption } from './option-names';
import type { AuthOptions, OutboxOptions, RealtimeClientOptions } from './options';
import type {
  Clock,
  Network,
  OutboxStorageFactory,
  Publisher,
  Recover,
  TabCoordinator,
  TokenSource,
  TransportFactory,
} from './ports';
import { BrowserNetwork } from './support/browser-network';
import { SystemClock } from './support/system-clock';
import { WebLocksTabs } from './support/tabs';

/** The options with every default filled in. */
export interface ResolvedOptions {
  readonly key: string;
  readonly channels: ChannelDefinitions | undefined;
  readonly auth: HttpAuthorizerSettings | undefined;
  readonly batch: BatchAuthorizerSettings | undefined;
  readonly user: HttpAuthorizerSettings | undefined;
  readonly tokenSource: TokenSource | undefined;
  /** Clients with the same may share a token; undefined when they must not. */
  readonly tokenGroup: string | undefined;
  readonly publish: HttpPublisherSettings | undefined;
  readonly publisher: Publisher | undefined;
  readonly outbox: Required<Omit<OutboxOptions, 'storage' | 'owner'>> & {
    readonly owner: string | undefined;
    /** Undefined where messages end with the page. */
    readonly storage: OutboxStorageFactory | undefined;
  };
  readonly limits: Required<LimitOptions>;
  readonly confirmDelivery: boolean;
  readonly messageId: ((data: unknown, event: string, channel: string) => string | undefined) | undefined;
  readonly recover: Recover | undefined;
  readonly pusherOptions: Readonly<Record<string, unknown>>;
  readonly Pusher: PusherConstructor | undefined;
  readonly pusher: PusherInstance | undefined;
  readonly transport: TransportFactory | undefined;
  readonly fetch: (address: string, init: RequestInit) => Promise<Response>;
  readonly tabs: TabCoordinator;
  readonly clock: Clock;
  readonly network: Network;
  /** What is wrong with the options, although we can work with them. */
  readonly doubt: ConfigurationError | undefined;
}

/** Fills the defaults. Throws a `ConfigurationError` that says what to change. */
export function resolveOptions(options: RealtimeClientOptions): ResolvedOptions {
  // Those who come from pusher-js pass the key by itself.
  if (typeof options !== 'object' || options === null) {
    throw new ConfigurationError(
      '`RealtimeClient` takes one object: `new RealtimeClient({ key, cluster, … })`.',
    );
  }
  checkSecrets(options);
  const {
    key,
    auth,
    publish,
    outbox,
    limits,
    clock = new SystemClock(),
    network = new BrowserNetwork(),
  } = options;
  if (typeof key !== 'string' || key.trim() === '') {
    throw new ConfigurationError(
      'The option `key` is empty: pass the public key of your Pusher application.',
    );
  }
  return {
    key,
    channels: definitionsIn(options),
    auth: auth && { ...endpoint(auth, 'auth.endpoint'), format: auth.format ?? 'form' },
    batch: auth && batch(auth),
    user: auth && user(auth, options.pusher),
    tokenSource: tokenSource(auth?.token),
    tokenGroup: tokenGroup(key, auth, owner(auth?.owner ?? outbox?.owner)),
    publish: publish && {
      ...endpoint(publish, 'publish.endpoint'),
      excludeSender: publish.excludeSender ?? false,
    },
    publisher: options.publisher,
    outbox: {
      owner: owner(outbox?.owner ?? auth?.owner),
      storage: storage(options),
      messages: positive(outbox?.messages ?? 1_000, 'outbox.messages'),
      bytes: positive(outbox?.bytes ?? 5 * 1024 * 1024, 'outbox.bytes'),
      overflow: outbox?.overflow ?? 'reject',
      keepRejected: outbox?.keepRejected ?? false,
      expiresIn: positive(outbox?.expiresIn ?? 24 * 60 * 60 * 1000, 'outbox.expiresIn'),
    },
    limits: {
      payloadBytes: positive(limits?.payloadBytes ?? pusherLimits.payloadBytes, 'limits.payloadBytes'),
      clientEventsPerSecond: positive(
        limits?.clientEventsPerSecond ?? pusherLimits.clientEventsPerSecond,
        'limits.clientEventsPerSecond',
      ),
    },
    confirmDelivery: options.confirmDelivery ?? true,
    messageId: options.messageId,
    recover: options.recover,
    pusherOptions: pusherOptions(options),
    Pusher: options.Pusher,
    pusher: options.pusher,
    transport: options.transport,
    // Looked up at each call: a test or a page may replace it after we were made.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    tabs: options.tabs ?? new WebLocksTabs(),
    clock,
    network,
    doubt: unreadOption(options),
  };
}

function checkSecrets(options: object): void {
  const { pusherOptions = {}, auth = {} } = options as {
    readonly pusherOptions?: object;
    readonly auth?: object;
  };
  for (const place of [options, pusherOptions, auth]) {
    const name = Object.keys(place).find((each) => /^(?:pusher_?|app_?)?secret(?:_?key)?$/i.test(each));
    if (name === undefined) continue;
    throw new ConfigurationError(
      `\`${name}\` must never reach a client: whoever reads it can publish and read everything. Remove it, change the secret if this code was published, and let your backend sign with it.`,
    );
  }
}

function definitionsIn({ channels }: RealtimeClientOptions): ChannelDefinitions | undefined {
  if (channels === undefined) return undefined;
  if ((channels as Partial<ChannelDefinitions>).kind !== 'channels') {
    throw new ConfigurationError('The option `channels` takes what `defineChannels({ … })` returns.');
  }
  return channels as ChannelDefinitions;
}

function tokenSource(token: string | TokenSource | undefined): TokenSource | undefined {
  return typeof token === 'string' ? () => token : token;
}

/** `name` is what the application calls the address. */
function endpoint(options: EndpointOptions, name: string): EndpointSettings {
  const settings = endpointSettings(options);
  const address: unknown = settings.endpoint;
  if (typeof address === 'string' && address.trim() !== '') return settings;
  throw new ConfigurationError(
    `The option \`${name}\` is empty: pass the address of your backend's endpoint.`,
  );
}

function batch(auth: AuthOptions): BatchAuthorizerSettings | undefined {
  if (auth.batch === undefined || auth.batch === false) return undefined;
  const { endpoint: own = auth.endpoint, window = 15 } = auth.batch === true ? {} : auth.batch;
  if (!(window >= 0)) throw new ConfigurationError('The option `auth.batch.window` must not be below 0.');
  return { ...endpoint({ ...auth, endpoint: own }, 'auth.batch.endpoint'), window };
}

function user(auth: AuthOptions, pusher: PusherInstance | undefined): HttpAuthorizerSettings | undefined {
  if (auth.userEndpoint === undefined) return undefined;
  // pusher-js takes the server's answer for one to a sign-in of its own, which it was never asked for, and throws.
  if (pusher !== undefined) {
    throw new ConfigurationError(
      'An instance as `pusher` signs in by itself, or not at all: leave out `auth.userEndpoint`, or pass the class as `Pusher` instead.',
    );
  }
  const settings = endpoint({ ...auth, endpoint: auth.userEndpoint }, 'auth.userEndpoint');
  return { ...settings, format: auth.format ?? 'form' };
}

function owner(value: string | undefined): string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw new ConfigurationError(
    'The options `auth.owner` and `outbox.owner` must be a text that names the user: tabs with the same owner share a token, and messages of one owner are never sent for another. Leave them out when nobody is signed in.',
  );
}

function tokenGroup(
  key: string,
  auth: AuthOptions | undefined,
  name: string | undefined,
): string | undefined {
  if (auth === undefined || name === undefined) return undefined;
  return `surewire:token:${JSON.stringify([key, auth.endpoint, name])}`;
}

function storage({ outbox, auth }: RealtimeClientOptions): OutboxStorageFactory | undefined {
  const given = outbox?.storage;
  if (typeof given !== 'function') return given && (() => given);
  // The next page's user may be another one, and nothing but this tells them apart.
  if (auth?.token !== undefined && (outbox?.owner ?? auth.owner) === undefined) {
    throw new ConfigurationError(
      'Messages that outlive the page need an owner where tokens are used: pass the id of the user as `outbox.owner`, or the next user of this browser would send them.',
    );
  }
  return given;
}

function positive(value: number, name: string): number {
  if (value > 0) return value;
  throw new ConfigurationError(`The option \`${name}\` must be a number above 0.`);
}

function pusherOptions(options: RealtimeClientOptions): Readonly<Record<string, unknown>> {
  const { cluster, host, port, tls = true, pusher, transport, pusherOptions } = options;
  if (
    [cluster, host, pusher, transport, pusherOptions?.['wsHost'], pusherOptions?.['cluster']].every(
      (each) => !each,
    )
  ) {
    throw new ConfigurationError(
      'Say where the server is: pass `cluster`, or the `host` of a server of your own.',
    );
  }
  if (host !== undefined && /[/:\s]/.test(host.replace(/^\[[\da-f:]+\]$/i, ''))) {
    throw new ConfigurationError(
      `The option \`host\` takes a name such as "ws.example.org", without scheme, port or path; it got "${host}". There is \`port\`, \`tls\` and \`pusherOptions.wsPath\`.`,
    );
  }
  // Without types a number from the environment is a text, which works.
  if (port !== undefined && !(Number.isInteger(Number(port)) && port > 0 && port < 65_536)) {
    throw new ConfigurationError('The option `port` takes a whole number from 1 to 65535.');
  }
  if (cluster && /[/:.\s]/.test(cluster)) {
    throw new ConfigurationError(
      'The option `cluster` takes a name such as "us2", no address; for one there is `host`.',
    );
  }
  return {
    cluster: cluster ?? '',
    forceTLS: tls,
    enableStats: false,
    ...(host === undefined ? undefined : { wsHost: host, httpHost: host }),
    ...(port === undefined ? undefined : { wsPort: port, wssPort: port, httpPort: port, httpsPort: port }),
    ...pusherOptions,
  };
}
