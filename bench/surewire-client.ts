import {
  backendAuth,
  batches,
  type Channel,
  defineChannels,
  deliveryConfirmations,
  durable,
  event,
  type Network,
  type OutboxStorage,
  type OutboxStorageFactory,
  type Publisher,
  publishing,
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
  /** Publishes on the server route: an address, or a publisher in its place. Without either there is only the peer route. */
  readonly publish?: string | Publisher | 'to peers';
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
  const { key, host, port, auth, network, transport, fetch, clientEventsPerSecond } = settings;
  const token = auth?.token;
  const client = new RealtimeClient<UntypedChannels>({
    key,
    host,
    port,
    tls: false,
    auth:
      auth &&
      backendAuth({
        endpoint: auth.endpoint,
        token: typeof token === 'function' ? ({ reason }) => token(reason) : token,
        batch: auth.batch ? batches() : undefined,
      }),
    publish: publishingOf(settings),
    limits: clientEventsPerSecond === undefined ? undefined : { clientEventsPerSecond },
    network,
    transport,
    fetch,
  });
  client.on('error', () => {});
  return client;
}

function publishingOf({ publish, outbox }: SurewireSettings): RealtimeClientOptions['publish'] {
  if (publish === undefined) return undefined;
  const { storage, owner, tabs } = outbox ?? {};
  return publishing({
    endpoint: typeof publish === 'string' && publish !== 'to peers' ? publish : undefined,
    publisher: typeof publish === 'object' ? publish : undefined,
    outbox: storage === undefined ? unbounded : durable({ ...unbounded, storage, owner, tabs }),
    confirm: deliveryConfirmations(),
  });
}

/** A client that does not connect and knows so many patterns, `kind-0-{id}` and so on. */
export function surewireWithPatterns(count: number): RealtimeClient<UntypedChannels> {
  const patterns = Array.from({ length: count }, (_, index) => [`kind-${index}-{id}`, { changed: event() }]);
  // Patterns made at run time have no types of their own.
  const channels = defineChannels(Object.fromEntries(patterns)) as unknown as UntypedChannels;
  return new RealtimeClient<UntypedChannels>({
    key: 'app-key',
    host: '127.0.0.1',
    channels: channels as RealtimeClientOptions<UntypedChannels>['channels'],
  });
}

/** A channel by a name that only the measurement knows. */
export function channelOf(client: RealtimeClient<UntypedChannels>, name: string): Channel {
  // Names made at run time have no type of their own; what they carry is the measurement's business.
  return client.channel(name) as unknown as Channel;
}
