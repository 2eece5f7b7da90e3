import type { WebhookTarget } from './webhooks';

/** The documented limits of Pusher Channels, each of which a test may change. */
export interface TestServerLimits {
  /** Connections an app may have at once, then 4004. Default: no limit. */
  readonly connections: number;
  /** Client events one connection may send in any second, then 4301. Default 10. */
  readonly clientEventsPerSecond: number;
  /** UTF-8 bytes of an event's data. Default 10,240. */
  readonly eventBytes: number;
  /** Characters of an event's name. Default 200. */
  readonly eventNameLength: number;
  /** Characters of a channel's name, its prefix included. Default 164. */
  readonly channelNameLength: number;
  /** Users on one presence channel. Default 100. */
  readonly presenceMembers: number;
  /** UTF-8 bytes of a member's `user_info`. Default 1,024. */
  readonly memberBytes: number;
  /** Characters of a user's id. Default 128. */
  readonly userIdLength: number;
  /** Channels one trigger may name. Default 100. */
  readonly channelsPerTrigger: number;
  /** Events in one batch. Default 10. */
  readonly eventsPerBatch: number;
  /** Users on one watchlist; further ones are ignored with 4302. Default 100. */
  readonly watchlist: number;
  /** Characters of a whole frame from a client. Default 65,536. */
  readonly frameLength: number;
  /** How long a cache channel remembers its last event, in milliseconds. Default 30 minutes. */
  readonly cacheLife: number;
  /** Messages kept per channel for the history endpoint. Default 1,000. */
  readonly history: number;
}

/** One app of a test server, as its settings page would show it. */
export interface TestAppOptions {
  /** The id in the paths of the HTTP API. Default `'app-id'`. */
  readonly id?: string;
  /** The public key clients connect with. Default `'app-key'`. */
  readonly key?: string;
  /** The secret that signs. Default `'app-secret'`. */
  readonly secret?: string;
  /** The 32 bytes, in base64, from which the keys of encrypted channels are derived. Default: a fixed key for tests. */
  readonly encryptionMasterKey?: string;
  /** A disabled app refuses connections with 4003 and HTTP calls with 403. Default true. */
  readonly enabled?: boolean;
  /** Refuses unencrypted connections with 4000. Default false. */
  readonly tlsOnly?: boolean;
  /** Whether clients may send client events. Default true. */
  readonly clientEvents?: boolean;
  /** Whether subscribers are told how many they are. Default false, as at Pusher. */
  readonly subscriptionCount?: boolean;
  /** Whether signed-in users hear of the users on their watchlist. Default true. */
  readonly watchlist?: boolean;
  /**
   * How a refusal is told: `'documented'` is a `pusher:error` without a code for a subscription and a sign-in, as Pusher sends
   * it; `'named'` is a `pusher:subscription_error` on the channel, and a close with 4009 for a sign-in, as soketi does it.
   * The connection stays open in all other cases. Default `'documented'`.
   */
  readonly refusals?: 'documented' | 'named';
  /**
   * Which frames carry the message's id as `message_id`: those of what your application publishes (`trigger` and the trigger
   * endpoint), `'everything'`, what comes through Pusher's HTTP API included, or `'nothing'`, as at Pusher itself. The history has ids in
   * any case. Default `'application'`.
   */
  readonly messageIds?: 'application' | 'everything' | 'nothing';
  /** Seconds of silence after which a client should ping; told in the handshake. Default 120. */
  readonly activityTimeout?: number;
  /** Milliseconds the server waits for an answer to its own ping before it closes with 4201. Default 30,000. */
  readonly pongTimeout?: number;
  /** Limits that differ from the documented ones. */
  readonly limits?: Partial<TestServerLimits>;
  /** Where the app's webhooks go. Default: nowhere. */
  readonly webhooks?: readonly WebhookTarget[];
}

/** An app's options with every default filled. */
export type AppSettings = Required<Omit<TestAppOptions, 'limits'>> & { readonly limits: TestServerLimits };

const documentedLimits: TestServerLimits = {
  connections: Number.POSITIVE_INFINITY,
  clientEventsPerSecond: 10,
  eventBytes: 10_240,
  eventNameLength: 200,
  channelNameLength: 164,
  presenceMembers: 100,
  memberBytes: 1_024,
  userIdLength: 128,
  channelsPerTrigger: 100,
  eventsPerBatch: 10,
  watchlist: 100,
  frameLength: 65_536,
  cacheLife: 30 * 60_000,
  history: 1_000,
};

/** Fills the defaults of an app. */
export function resolveApp(options: TestAppOptions): AppSettings {
  return {
    id: 'app-id',
    key: 'app-key',
    secret: 'app-secret',
    encryptionMasterKey: 'c3VyZXdpcmUtdGVzdC1zZXJ2ZXItbWFzdGVyLWtleS4=',
    enabled: true,
    tlsOnly: false,
    clientEvents: true,
    subscriptionCount: false,
    watchlist: true,
    refusals: 'documented',
    messageIds: 'application',
    activityTimeout: 120,
    pongTimeout: 30_000,
    webhooks: [],
    // What says nothing takes no default away.
    ...said(options),
    limits: { ...documentedLimits, ...said(options.limits ?? {}) },
  };
}

function said<Options extends object>(options: Options): Options {
  // Fields are left out, and none is added.
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;
}
