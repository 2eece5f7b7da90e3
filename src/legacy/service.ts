import { ConfigurationError, RealtimeError, type Stop, SystemClock } from '../index';
import { within } from './service-deadline';
import { createServiceErrors } from './service-errors';
import { checkFunction, checkInput, checkText, hasFunctions } from './service-input';
import { isoDate, type LegacyMessage, type LegacyState, legacyMessage, legacyState } from './service-message';
import type {
  LegacyAcknowledgment,
  LegacySendOptions,
  LegacyService,
  LegacyServiceClient,
  LegacyServiceOptions,
  LegacyStats,
} from './service-surface';

/**
 * The whole surface of the old service, with the client's reconnects, outbox, tokens and statistics behind it. Throws a
 * `ConfigurationError` for what is no client, and for options that cannot work.
 */
export function createLegacyService(
  client: LegacyServiceClient,
  options: LegacyServiceOptions = {},
): LegacyService {
  checkClient(client);
  checkOptions(options);
  const {
    channel: defaultChannel,
    token: handed,
    sendAs = 'event',
    debug = false,
    clock = new SystemClock(),
  } = options;
  const subscriptions = new Map<string, Stop>();
  const errors = createServiceErrors(client, clock);
  const handlers = new Map<string, Map<unknown, Stop>>();
  let count = 0;
  let lastMessageAt: number | undefined;
  /** How many dials there were when we were last connected. */
  let dialsBefore: number | undefined;
  let release: Stop | undefined;

  if (debug) client.on('log', ({ level, message }) => console.debug(`[surewire] ${level}: ${message}`));
  client.on('message', ({ receivedAt }) => {
    lastMessageAt = receivedAt;
  });
  const noteConnected = (): void => {
    if (client.status.get().state === 'connected') dialsBefore = client.statistics.get().dials;
  };
  client.status.subscribe(noteConnected);
  noteConnected();
  // A channel that was refused with the old one may be had with it, and nobody goes on as who they were.
  handed?.onReplaced(() => client.renewToken());

  const getState = (): LegacyState => legacyState(client.status.get().state);

  const take = (token: string): void => {
    if (handed !== undefined) {
      handed.hand(token);
      return;
    }
    const error = new ConfigurationError(
      'A token was handed to the service, but nothing passes it to the client: make one with createHandedToken(), pass its `source` as `auth.token` of the client and itself as `token` to createLegacyService.',
    );
    errors.tell(error);
    throw error;
  };

  const connect = (token?: string): Promise<void> =>
    cared(async () => {
      // Callers pass what they found in a storage: null and '' are no tokens.
      if (token) {
        checkText(token, 'connect(token)', 'the token as a text, or nothing');
        take(token);
      }
      if (defaultChannel !== undefined) release ??= client.channel(defaultChannel).hold();
      await client.connect();
    });

  const offer = async (
    type: string,
    payload: unknown,
    sendOptions: LegacySendOptions,
  ): Promise<LegacyAcknowledgment | undefined> => {
    checkText(type, 'send(type, payload, options)', 'a `type` that is a text');
    checkSendOptions(sendOptions);
    const { channel = defaultChannel, awaitAcknowledgment = false, timeout } = sendOptions;
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
    checkFunction(listener, 'onStateChange(listener)');
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
    const measured = roundTrip ?? latency?.p50;
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
    send: (type, payload, sendOptions = {}) => {
      const sent = cared(() => offer(type, payload, sendOptions));
      sent.catch(errors.tellOfSend);
      return sent;
    },
    subscribe: (name, handler, filter) => {
      checkFunction(handler, 'subscribe(channel, handler, filter)');
      if (filter !== undefined) checkFunction(filter, 'The filter of subscribe(channel, handler, filter)');
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
      checkText(type, 'on(type, handler)', 'a `type` that is a text');
      checkFunction(handler, 'on(type, handler)');
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
    onError: errors.onError,
    onTokenRefresh: (listener) => {
      checkFunction(listener, 'onTokenRefresh(listener)');
      return handed?.onReplaced(listener) ?? (() => {});
    },
    onStatsChange: (listener) => {
      checkFunction(listener, 'onStatsChange(listener)');
      return client.statistics.subscribe(() => listener(getStats()));
    },
    getState,
    getStats,
    isConnected: () => getState() === 'connected',
    refreshToken: (token) =>
      cared(async () => {
        checkText(
          token,
          'refreshToken(token)',
          'the new token as a text (refreshTokenAndReconnect() has the application make one)',
        );
        take(token);
        if (client.status.get().state === 'failed') await client.connect();
      }),
    refreshTokenAndReconnect: () =>
      cared(async () => {
        await handed?.renew().catch((error: RealtimeError) => {
          errors.tell(error);
          throw error;
        });
        await connect();
      }),
  };
}

/** Throws a `ConfigurationError` for what is no client. */
export function checkClient(client: LegacyServiceClient): void {
  const isClient =
    hasFunctions(client, ['connect', 'disconnect', 'on', 'channel', 'renewToken']) &&
    hasFunctions(client.status, ['get', 'subscribe']) &&
    hasFunctions(client.statistics, ['get', 'subscribe']);
  const wanted =
    'a RealtimeClient first: createLegacyService(client, { … }), PusherService.use(client, { … })';
  checkInput(isClient, 'The old service', wanted, client);
}

/** Throws a `ConfigurationError` for options that cannot work. */
export function checkOptions(options: LegacyServiceOptions): void {
  const where = (name: string): string => `The option \`${name}\` of the old service`;
  checkInput(
    typeof options === 'object' && options !== null,
    'createLegacyService',
    'an object of options',
    options,
  );
  const { channel, token, sendAs, debug, clock } = options;
  if (channel !== undefined) checkText(channel, where('channel'), 'the name of a channel');
  const isHanded = token === undefined || hasFunctions(token, ['source', 'hand', 'renew', 'onReplaced']);
  checkInput(isHanded, where('token'), 'what createHandedToken() makes', token);
  const isForm = sendAs === undefined || sendAs === 'event' || sendAs === 'message';
  checkInput(isForm, where('sendAs'), '"event" or "message"', sendAs);
  checkInput(debug === undefined || typeof debug === 'boolean', where('debug'), 'true or false', debug);
  checkInput(clock === undefined || hasFunctions(clock, ['now', 'after']), where('clock'), 'a Clock', clock);
}

function checkSendOptions(options: LegacySendOptions): void {
  const where = (name: string): string => `The option \`${name}\` of send(type, payload, options)`;
  checkInput(
    typeof options === 'object' && options !== null,
    'send(type, payload, options)',
    'an object of options',
    options,
  );
  const { channel, awaitAcknowledgment, timeout } = options;
  if (channel !== undefined) checkText(channel, where('channel'), 'the name of a channel');
  const isFlag = awaitAcknowledgment === undefined || typeof awaitAcknowledgment === 'boolean';
  checkInput(isFlag, where('awaitAcknowledgment'), 'true or false', awaitAcknowledgment);
  const isLength = timeout === undefined || (Number.isFinite(timeout) && timeout > 0);
  checkInput(isLength, where('timeout'), 'a positive, finite number of milliseconds', timeout);
}

/** A promise that nobody need wait for: what goes wrong is told to `onError` as well. */
function cared<T>(work: () => Promise<T>): Promise<T> {
  const promise = work();
  promise.catch(() => {});
  return promise;
}
