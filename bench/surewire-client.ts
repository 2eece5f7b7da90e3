import {
  type Channel,
  defineChannels,
  event,
  type Network,
  type OutboxStorage,
  type OutboxStorageFactory,
  type Publisher,
  RealtimeClient,
  type RealtimeClientOptions,
  type TabCoordinator,
  type UntypedChannels,
} from '../src/index';

/** What measurements ask of surewire; the words are theirs, and this file alone turns them into the library's options. */
export interface SurewireSettings {
  readonly key: string;
  readonly host: string;
  readonly port?: number;
  /** Signs private and presence channels. */
  readonly auth?: {
    readonly endpoint: string;
    readonly token?: string | ((reason: string) => string);
    /** Whether many channels go into one request. */
    readonly batch?: boolean;
  };
  /** Publishes on the server route: an address, or a function in its place. */
  readonly publish?: string | Publisher;
  /** Where unsent messages wait, and whose they are. Default: in memory. */
  readonly outbox?: {
    readonly storage?: OutboxStorage | OutboxStorageFactory;
    readonly owner?: string;
    readonly tabs?: TabCoordinator;
  };
  /** What the server takes. Default: Pusher's limit. */
  readonly clientEventsPerSecond?: number;
  /** What the device says about its network. Default: the platform's word. */
  readonly network?: Network;
  /** In place of sockets, as the testing kit gives it. */
  readonly transport?: RealtimeClientOptions['transport'];
  readonly fetch?: RealtimeClientOptions['fetch'];
}

/** More than any measurement needs. */
const unbounded = { messages: 1_000_000, bytes: 2 ** 30 };

/** A client with its defaults, but for an outbox that takes as much as a measurement puts into it. Its errors go unheard. */
export function surewireClient(settings: SurewireSettings): RealtimeClient<UntypedChannels> {
  const { key, host, port, auth, publish, outbox, network, transport, fetch } = settings;
  const { clientEventsPerSecond } = settings;
  const token = auth?.token;
  const client = new RealtimeClient<UntypedChannels>({
    key,
    host,
    tls: false,
    ...(port !== undefined && { port }),
    ...(auth && {
      auth: {
        endpoint: auth.endpoint,
        ...(token !== undefined && {
          token: typeof token === 'string' ? token : ({ reason }) => token(reason),
        }),
        ...(auth.batch !== undefined && { batch: auth.batch }),
      },
    }),
    ...(typeof publish === 'string' && { publish: { endpoint: publish } }),
    ...(typeof publish === 'object' && { publisher: publish }),
    outbox: {
      ...unbounded,
      ...(outbox?.storage && { storage: outbox.storage }),
      ...(outbox?.owner !== undefined && { owner: outbox.owner }),
    },
    ...(clientEventsPerSecond !== undefined && { limits: { clientEventsPerSecond } }),
    ...(outbox?.tabs && { tabs: outbox.tabs }),
    ...(network && { network }),
    ...(transport && { transport }),
    ...(fetch && { fetch }),
  });
  client.on('error', () => {});
  return client;
}

/** A client that does not connect and knows so many patterns, `kind-0-{id}` and so on. */
export function surewireWithPatterns(count: number): RealtimeClient<UntypedChannels> {
  const patterns = Array.from({ length: count }, (_, index) => [`kind-${index}-{id}`, { changed: event() }]);
  const client = new RealtimeClient({
    key: 'app-key',
    host: '127.0.0.1',
    channels: defineChannels(Object.fromEntries(patterns)),
  });
  // Patterns made at run time have no types of their own.
  return client as unknown as RealtimeClient<UntypedChannels>;
}

/** A channel by a name that only the measurement knows. */
export function channelOf(client: RealtimeClient<UntypedChannels>, name: string): Channel {
  // Names made at run time have no type of their own; what they carry is the measurement's business.
  return client.channel(name) as unknown as Channel;
}
