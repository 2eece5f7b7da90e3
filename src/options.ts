import type { ChannelContract, ChannelDefinitions } from './contract/define';
import { ConfigurationError } from './errors';
import type { Statistics } from './figures';
import type { PusherConstructor } from './link/pusher-module';
import type { Clock, Network, Recover } from './ports';
import type { LimitOptions } from './server-limits';
import type { AuthSlot, EncryptionSlot, PublishSlot, StatisticsSlot } from './slots';
import { BrowserNetwork, heeded } from './support/browser-network';
import { flag, object, optionalFunction, platform, text, unknownOption, word } from './support/given';
import { SystemClock } from './support/system-clock';
import type { TransportFactory } from './transport-port';

/** The options of a `RealtimeClient`. Only `key` and the server's location are required. */
export interface RealtimeClientOptions<Contract extends ChannelContract = ChannelContract> {
  /** The application's public key. The secret never belongs in a client. */
  readonly key: string;
  /** The Pusher cluster, such as `us2`. */
  readonly cluster?: string | undefined;
  /** The host of a server of your own (soketi, Reverb, Sockudo), without scheme and port. */
  readonly host?: string | undefined;
  /** Its port. Default: 443, without TLS 80. */
  readonly port?: number | undefined;
  /** Whether to use TLS. Default: true. */
  readonly tls?: boolean | undefined;
  /** The channels, made by `defineChannels`. Left out, names and events are checked by the types alone. */
  readonly channels?: (Contract & ChannelDefinitions) | undefined;
  /** `backendAuth({ endpoint, token })`: authorization of channels, and tokens. Left out, only public channels can be used. */
  readonly auth?: AuthSlot | undefined;
  /** `publishing({ endpoint })`: the outbox and its routes to the server. Left out, the client only listens. */
  readonly publish?: PublishSlot | undefined;
  /** `encryption()`: decrypts the messages of `private-encrypted-` channels. Left out, such channels are refused. */
  readonly encryption?: EncryptionSlot | undefined;
  /** `statistics()`: what the client did, in figures. Left out, nothing is counted. */
  readonly statistics?: StatisticsSlot<Statistics> | undefined;
  /** The server's limits, which publishing keeps to: `soketiLimits`, `reverbLimits`, `sockudoLimits`, or numbers of your own. Default: `pusherLimits`. */
  readonly limits?: LimitOptions | undefined;
  /**
   * Where a message's id is, for applications that put it into the payload: duplicates are dropped by it. Asked when the
   * frame has no `message_id` of its own, which Sockudo and the embedded server send and Pusher does not.
   */
  readonly messageId?: ((data: unknown, event: string, channel: string) => string | undefined) | undefined;
  /**
   * Fills a gap: called when a channel is back after it was lost, with up to 10 s to answer. Its messages come first, in their
   * order and marked `recovered`; live ones wait behind them. See `recoverFromHistory`.
   */
  readonly recover?: Recover | undefined;
  /** Passed to pusher-js over what surewire sets, except `enabledTransports` and `pongTimeout`. */
  readonly pusherOptions?: Readonly<Record<string, unknown>> | undefined;
  /** The Pusher class to use, such as the one of `pusher-js/with-encryption`. Default: `pusher-js`, loaded at the first connect. */
  readonly Pusher?: PusherConstructor | undefined;
  /** A link other than pusher-js: `webSocketLink()`, `pusherInstance(pusher)`, or one of your own. */
  readonly transport?: TransportFactory | undefined;
  /** A `fetch` to use instead of the platform's. */
  readonly fetch?: ((address: string, init: RequestInit) => Promise<Response>) | undefined;
  /** A clock to use instead of the system's. */
  readonly clock?: Clock | undefined;
  /** A source of network events to use instead of the browser. */
  readonly network?: Network | undefined;
  /**
   * Whether the log is written to the console as well: `true` for everything, or from a level on. It never contains tokens or
   * payloads. Default: false.
   */
  readonly debug?: boolean | 'debug' | 'info' | 'warn' | undefined;
}

const known =
  'key cluster host port tls channels auth publish encryption statistics limits messageId recover pusherOptions Pusher transport fetch clock network debug';

/** What makes the value of each slot. */
const slots = {
  auth: 'backendAuth({ endpoint, … })',
  publish: 'publishing({ endpoint, … })',
  encryption: 'encryption()',
  statistics: 'statistics()',
} as const;

/** The options, checked, with every default filled in. */
export interface ResolvedOptions
  extends Required<
    Pick<
      RealtimeClientOptions,
      'key' | keyof typeof slots | 'limits' | 'messageId' | 'recover' | 'Pusher' | 'transport'
    >
  > {
  readonly channels: ChannelDefinitions | undefined;
  readonly pusherOptions: Readonly<Record<string, unknown>>;
  readonly fetch: (address: string, init: RequestInit) => Promise<Response>;
  readonly clock: Clock;
  readonly network: Network;
  /** From which level on the log goes to the console. */
  readonly debug: 'debug' | 'info' | 'warn' | undefined;
  /** What is wrong with the options, although we can work with them. */
  readonly doubt: ConfigurationError | undefined;
}

/** Checks the options and fills the defaults. Throws a `ConfigurationError` that says what to change. */
export function resolveOptions(options: RealtimeClientOptions): ResolvedOptions {
  // People who come from pusher-js pass the key by itself.
  object(options, 'new RealtimeClient({ key, cluster, … })');
  const { key, auth, publish, encryption, statistics, limits, messageId, recover, Pusher, transport } =
    options;
  const { pusherOptions = {}, fetch, debug } = options;
  object(pusherOptions, 'pusherOptions: { … }');
  checkSecrets(options);
  text(key, 'key', 'the public key of your Pusher application');
  for (const name of Object.keys(slots) as (keyof typeof slots)[]) checkSlot(options[name], name);
  for (const name of ['messageId', 'recover', 'Pusher', 'transport', 'fetch'] as const)
    optionalFunction(options[name], name);
  return {
    key,
    channels: definitionsIn(options),
    auth,
    publish,
    encryption,
    statistics,
    limits,
    messageId,
    recover,
    Pusher,
    transport,
    pusherOptions: completed(options),
    // Looked up at each call: a test or a page may replace it after we were made.
    fetch: fetch ?? ((input, init) => globalThis.fetch(input, init)),
    clock: platform(options.clock, 'clock', ['now', 'after']) ?? new SystemClock(),
    network: heeded(platform(options.network, 'network', ['online', 'watch'])) ?? new BrowserNetwork(),
    debug:
      debug === undefined || debug === false
        ? undefined
        : word<'debug' | 'info' | 'warn'>(debug === true ? 'debug' : debug, 'debug', [
            'debug',
            'info',
            'warn',
          ]),
    doubt: unknownOption(
      options,
      'new RealtimeClient',
      known,
      ' Endpoints go into `backendAuth` and `publishing`, options of pusher-js into `pusherOptions`.',
    ),
  };
}

/** Options that were data became values that are imported: whoever passes the data is told what to write. */
function checkSlot(value: { readonly slot: string } | undefined, name: keyof typeof slots): void {
  if (value === undefined || value?.slot === name) return;
  const call = slots[name];
  throw new ConfigurationError(
    `\`${name}\` takes a value: import { ${call.slice(0, call.indexOf('('))} } from 'surewire' and pass \`${name}: ${call}\`.`,
  );
}

function definitionsIn({ channels }: RealtimeClientOptions): ChannelDefinitions | undefined {
  const definitions = channels as ChannelDefinitions | undefined;
  if (definitions === undefined || definitions?.kind === 'channels') return definitions;
  throw new ConfigurationError('The option `channels` takes what `defineChannels({ … })` returns.');
}

function checkSecrets({ pusherOptions, ...options }: RealtimeClientOptions): void {
  const name = Object.keys({ ...pusherOptions, ...options }).find((each) => /secret(?:_?key)?$/i.test(each));
  if (name === undefined) return;
  throw new ConfigurationError(
    `\`${name}\` must never reach a client: it opens everything to whoever reads it. Remove it, change the secret if this code was published, and let your backend sign.`,
  );
}

/** The options of pusher-js that ours stand for, and those that were given. */
function completed({
  cluster,
  host,
  port,
  tls,
  transport,
  pusherOptions = {},
}: RealtimeClientOptions): Readonly<Record<string, unknown>> {
  if ([cluster, host, transport, pusherOptions['wsHost'], pusherOptions['cluster']].every((each) => !each)) {
    throw new ConfigurationError(
      'Say where the server is: pass `cluster`, or the `host` of a server of your own.',
    );
  }
  if (
    host !== undefined &&
    (typeof host !== 'string' || /[/:\s]/.test(host.replace(/^\[[\da-f:]+\]$/i, '')))
  ) {
    throw new ConfigurationError(
      `\`host\` must be a name such as "ws.example.org"; got "${host}". The rest goes into \`port\`, \`tls\` and \`pusherOptions.wsPath\`.`,
    );
  }
  // A text, as environments have it, but nothing else that can be made a number.
  const isPort = typeof port === 'number' || typeof port === 'string';
  if (port !== undefined && !(isPort && Number.isInteger(Number(port)) && port > 0 && port < 65_536)) {
    throw new ConfigurationError('`port` must be a whole number from 1 to 65535.');
  }
  if (cluster && (typeof cluster !== 'string' || /[/:.\s]/.test(cluster))) {
    throw new ConfigurationError(
      '`cluster` must be a name such as "us2". To connect to an address, use `host`.',
    );
  }
  const { wsPath } = pusherOptions;
  return {
    cluster: cluster ?? '',
    forceTLS: flag(tls, 'tls', true),
    enableStats: false,
    ...(host === undefined ? undefined : { wsHost: host }),
    ...(port === undefined ? undefined : { wsPort: port, wssPort: port }),
    ...pusherOptions,
    // As pusher-js wants it: it begins with a slash and does not end with one.
    ...(typeof wsPath === 'string' ? { wsPath: `/${wsPath}`.replace(/^\/+(?=\/)|\/+$/g, '') } : undefined),
  };
}
