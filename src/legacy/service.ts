import {
  type Acknowledgement,
  type Channel,
  type Clock,
  ConfigurationError,
  type ConnectionStatus,
  type ReadableStore,
  type RealtimeClient,
  RealtimeError,
  type Statistics,
  type Stop,
  type UntypedChannels,
} from '../index';
import {
  isoDate,
  type LegacyMessage,
  type LegacyServiceError,
  type LegacyState,
  legacyError,
  legacyMessage,
  legacyState,
} from './service-message';
import type { HandedToken } from './service-token';

/** What the service needs of a `RealtimeClient`: any one will do, whatever its channels are. */
export interface LegacyServiceClient
  extends Pick<RealtimeClient<UntypedChannels>, 'connect' | 'disconnect' | 'on'> {
  /** Where the connection is. */
  readonly status: ReadableStore<ConnectionStatus>;
  /** What the client did so far. */
  readonly statistics: ReadableStore<Statistics>;
  /** The channel of that name. */
  channel(name: string): Channel;
}

/** What callers of the old service cannot say themselves. */
export interface LegacyServiceOptions {
  /** Where messages go that name no channel; it stays subscribed while the service is connected. */
  readonly channel?: string;
  /** Where tokens go that callers hand over. Left out, the client's own source serves, and callers may not. */
  readonly token?: HandedToken;
  /**
   * `event`: a message is an event of its type, as it is today. `message`: everything is one event `message`, as clients expect
   * that still run the old service. Default: `event`.
   */
  readonly sendAs?: 'event' | 'message';
  /** Another clock than the system's, for `timeout`. */
  readonly clock?: Clock;
}

/** How one message is sent. */
export interface LegacySendOptions {
  /** Where to. Default: the service's `channel`. */
  readonly channel?: string;
  /** Whether the promise waits until the server has the message. Default: false, it resolves when the message is in the outbox. */
  readonly awaitAcknowledgment?: boolean;
  /**
   * How long to wait for the acknowledgement, in milliseconds. It ends the wait, not the message: that one goes on.
   * Default: until the message ends.
   */
  readonly timeout?: number;
}

/** The server has the message. */
export interface LegacyAcknowledgment {
  /** Always: a message that was refused rejects the promise. */
  readonly ok: true;
  /** When the server had it, as an ISO date. */
  readonly receivedAt: string;
  /** The message's id. */
  readonly messageId: string;
  /** From `send()` to here, in milliseconds, waiting included. */
  readonly latency: number;
  /** How often it was offered to the server. */
  readonly attempts: number;
  /** The server's own id for the event, when its answer had one. */
  readonly eventId?: string;
}

/** The figures that callers of the old service know. */
export interface LegacyStats {
  /** Where the connection is. */
  readonly connectionState: LegacyState;
  /** Messages that the server took. */
  readonly messagesSent: number;
  /** Messages that came in. */
  readonly messagesReceived: number;
  /** Dials since the connection was lost; 0 while connected. */
  readonly reconnectAttempts: number;
  /** UTF-8 bytes of the payloads that were sent. */
  readonly bytesSent: number;
  /** The length of the frames that came in. */
  readonly bytesReceived: number;
  /** Since when we are connected, as an ISO date; only while connected. */
  readonly connectedAt?: string;
  /** When a message last came in, as an ISO date. */
  readonly lastMessageAt?: string;
  /** What the server's answer to a ping took, or else half of the acknowledgements at most; absent before there was one. */
  readonly latency?: number;
}

/** The old client service, on a `RealtimeClient`. Its functions may be passed around without it. */
export interface LegacyService {
  /** Resolves once connected, however long that takes. Rejects when dialling is pointless, or `disconnect` came first. */
  readonly connect: (token?: string) => Promise<void>;
  /** Hangs up, finally. Subscriptions stay, and messages wait. The reason is for the reader of the code. */
  readonly disconnect: (reason?: string) => void;
  /**
   * Hands a message to the outbox; being offline changes nothing but the time that takes. Resolves, or rejects with a
   * `RealtimeError`: always one of the two. Who does not care may leave the promise alone.
   */
  readonly send: (
    type: string,
    payload?: unknown,
    options?: LegacySendOptions,
  ) => Promise<LegacyAcknowledgment | undefined>;
  /** Calls `handler` with each message of the channel that passes `filter`. Throws a `ConfigurationError` for a name that cannot be. */
  readonly subscribe: <Payload = unknown>(
    channel: string,
    handler: (message: LegacyMessage<Payload>) => void,
    filter?: (message: LegacyMessage<Payload>) => boolean,
  ) => string;
  /** Ends the subscription of that id; an unknown one is fine. */
  readonly unsubscribe: (subscriptionId: string) => void;
  /** Calls `handler` with the payload of each message of the type, on whatever channel that is subscribed. */
  readonly on: <Payload = unknown>(type: string, handler: (payload: Payload) => void) => void;
  /** Ends an `on` with the same type and function. */
  readonly off: <Payload = unknown>(type: string, handler: (payload: Payload) => void) => void;
  /** Calls `listener` after each change of the state. */
  readonly onStateChange: (listener: (state: LegacyState, previous: LegacyState) => void) => Stop;
  /** The same under its other name. */
  readonly onConnectionStatusChange: (listener: (state: LegacyState, previous: LegacyState) => void) => Stop;
  /** Calls `listener` with everything that goes wrong, sent messages included. */
  readonly onError: (listener: (error: LegacyServiceError) => void) => Stop;
  /** Calls `listener` with each token that takes the place of another one. */
  readonly onTokenRefresh: (listener: (token: string) => void) => Stop;
  /** Calls `listener` with fresh figures, at most once a second. */
  readonly onStatsChange: (listener: (stats: LegacyStats) => void) => Stop;
  /** Where the connection is. */
  readonly getState: () => LegacyState;
  /** The figures now. */
  readonly getStats: () => LegacyStats;
  /** Whether messages flow. */
  readonly isConnected: () => boolean;
  /** Takes a token instead of the one before. The connection stays. */
  readonly refreshToken: (token: string) => Promise<void>;
  /** Gets a new token from the application and connects if nothing is connected. A connection that is there stays. */
  readonly refreshTokenAndReconnect: () => Promise<void>;
}

/** Time as the platform has it. */
const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, wake) => {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  },
};

/** The whole surface of the old service, with the client's reconnects, outbox, tokens and statistics behind it. */
export function createLegacyService(
  client: LegacyServiceClient,
  {
    channel: defaultChannel,
    token: handed,
    sendAs = 'event',
    clock = systemClock,
  }: LegacyServiceOptions = {},
): LegacyService {
  const subscriptions = new Map<string, Stop>();
  const handlers = new Map<string, Map<unknown, Stop>>();
  let count = 0;
  let lastMessageAt: number | undefined;
  /** How many dials there were when we were last connected. */
  let dialsBefore: number | undefined;
  let release: Stop | undefined;

  client.on('message', ({ receivedAt }) => {
    lastMessageAt = receivedAt;
  });
  const noteConnected = (): void => {
    if (client.status.get().state === 'connected') dialsBefore = client.statistics.get().dials;
  };
  client.status.subscribe(noteConnected);
  noteConnected();

  const getState = (): LegacyState => legacyState(client.status.get().state);

  const take = (token: string): void => {
    if (handed === undefined) {
      throw new ConfigurationError(
        'A token was handed to the service, and nothing takes it to the client: make one with createHandedToken(), pass its `source` as `auth.token` of the client and itself as `token` to createLegacyService.',
      );
    }
    handed.hand(token);
  };

  const connect = (token?: string): Promise<void> =>
    cared(async () => {
      if (token !== undefined) take(token);
      if (defaultChannel !== undefined) release ??= client.channel(defaultChannel).hold();
      await client.connect();
    });

  const offer = async (
    type: string,
    payload: unknown,
    { channel = defaultChannel, awaitAcknowledgment = false, timeout }: LegacySendOptions,
  ): Promise<LegacyAcknowledgment | undefined> => {
    if (channel === undefined) {
      throw new ConfigurationError(
        `"${type}" cannot be sent: it names no channel. Pass one in the options of send, or a \`channel\` for all to createLegacyService.`,
      );
    }
    const old = {
      type,
      payload: payload ?? null,
      channel,
      timestamp: isoDate(clock.now()),
      messageId: `msg_${clock.now()}_${Math.random().toString(36).slice(2)}`,
    };
    const [event, content] = sendAs === 'message' ? ['message', old] : [type, payload];
    const acknowledge = awaitAcknowledgment ? 'accepted' : 'none';
    const published = client.channel(channel).publish(event, content, { acknowledge });
    if (!awaitAcknowledgment) {
      await published;
      return undefined;
    }
    const late = (): RealtimeError =>
      new RealtimeError(
        'timeout',
        `Message timeout after ${timeout}ms: the server has not confirmed "${type}" on "${channel}" yet. It is still on its way.`,
        { channel, event },
      );
    const { id, acceptedAt, latency, attempts, eventId } = await within(clock, timeout, published, late);
    return {
      ok: true,
      receivedAt: isoDate(acceptedAt),
      messageId: sendAs === 'message' ? old.messageId : id,
      latency,
      attempts,
      ...(eventId === undefined ? undefined : { eventId }),
    };
  };

  const onStateChange: LegacyService['onStateChange'] = (listener) => {
    let known = getState();
    return client.status.subscribe(() => {
      const previous = known;
      known = getState();
      if (known !== previous) listener(known, previous);
    });
  };

  const getStats = (): LegacyStats => {
    const { state, since } = client.status.get();
    const { sent, received, sentBytes, receivedBytes, dials, roundTrip, latency } = client.statistics.get();
    const measured = roundTrip ?? (sent > 0 ? latency.p50 : undefined);
    return {
      connectionState: legacyState(state),
      messagesSent: sent,
      messagesReceived: received,
      reconnectAttempts: state === 'connected' ? 0 : Math.max(0, dials - (dialsBefore ?? 1)),
      bytesSent: sentBytes,
      bytesReceived: receivedBytes,
      ...(state === 'connected' ? { connectedAt: isoDate(since) } : undefined),
      ...(lastMessageAt === undefined ? undefined : { lastMessageAt: isoDate(lastMessageAt) }),
      ...(measured === undefined ? undefined : { latency: measured }),
    };
  };

  return {
    connect,
    disconnect: () => {
      release?.();
      release = undefined;
      client.disconnect();
    },
    send: (type, payload, options = {}) => cared(() => offer(type, payload, options)),
    subscribe: (name, handler, filter) => {
      const channel = client.channel(name);
      const stop = channel.onAny((_, received) => {
        const message = legacyMessage(received) as LegacyMessage<never>;
        // Its answer is passed on: an async handler may reject later.
        if (filter === undefined || filter(message)) return handler(message);
      });
      count += 1;
      const id = `sub_${count}_${name}`;
      subscriptions.set(id, stop);
      return id;
    },
    unsubscribe: (id) => {
      subscriptions.get(id)?.();
      subscriptions.delete(id);
    },
    on: (type, handler) => {
      const known = handlers.get(type) ?? new Map<unknown, Stop>();
      handlers.set(type, known);
      if (known.has(handler)) return;
      const stop = client.on('message', (received) => {
        if (received.event !== type && received.event !== 'message') return;
        const message = legacyMessage(received);
        if (message.type === type) return handler(message.payload as never);
      });
      known.set(handler, stop);
    },
    off: (type, handler) => {
      const known = handlers.get(type);
      known?.get(handler)?.();
      known?.delete(handler);
      if (known?.size === 0) handlers.delete(type);
    },
    onStateChange,
    onConnectionStatusChange: onStateChange,
    onError: (listener) => {
      const tell = (error: RealtimeError): void => listener(legacyError(error, clock.now()));
      const stops = [client.on('error', tell), client.on('rejected', tell), client.on('expired', tell)];
      return () => {
        for (const stop of stops) stop();
      };
    },
    onTokenRefresh: (listener) => handed?.onReplaced(listener) ?? (() => {}),
    onStatsChange: (listener) => client.statistics.subscribe(() => listener(getStats())),
    getState,
    getStats,
    isConnected: () => getState() === 'connected',
    refreshToken: (token) =>
      cared(async () => {
        take(token);
        if (client.status.get().state === 'failed') await client.connect();
      }),
    refreshTokenAndReconnect: () =>
      cared(async () => {
        await handed?.renew();
        await connect();
      }),
  };
}

/** A promise that nobody need wait for: what goes wrong is told to `onError` as well. */
function cared<T>(work: () => Promise<T>): Promise<T> {
  const promise = work();
  promise.catch(() => {});
  return promise;
}

/** `promise`, or what `late` makes of it after `timeout` milliseconds. */
function within(
  clock: Clock,
  timeout: number | undefined,
  promise: Promise<Acknowledgement>,
  late: () => RealtimeError,
): Promise<Acknowledgement> {
  if (timeout === undefined) return promise;
  return new Promise((resolve, reject) => {
    const stop = clock.after(timeout, () => reject(late()));
    promise.then(resolve, reject).finally(stop);
  });
}
