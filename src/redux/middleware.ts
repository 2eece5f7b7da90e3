import type { Middleware } from 'redux';
import {
  type Acknowledgement,
  type Channel,
  type Clock,
  ConfigurationError,
  type ConnectionStatus,
  isRealtimeError,
  needed,
  neededObject,
  type PendingMessage,
  type ReadableStore,
  type RealtimeClient,
  type RealtimeError,
  type Statistics,
  type Stop,
  SystemClock,
  type UntypedChannels,
} from '../index';
import {
  type ConnectAction,
  createRealtimeActions,
  realtimeNews as news,
  type PublishAction,
  type PublishContent,
  type RealtimeAction,
} from './actions';
import { Batch } from './batch';
import { plainError, plainPending } from './plain';
import { followChannel } from './subscribed-channel';

/** How the middleware dispatches. */
export interface RealtimeMiddlewareOptions {
  /**
   * For how long messages, members and what is pending are collected into one action, in milliseconds; the first after a
   * quiet time goes at once. Default: 50.
   */
  readonly window?: number;
  /** Whether the store gets the client's figures, once a second. Default: true. */
  readonly statistics?: boolean;
  /** Another clock than the system's. */
  readonly clock?: Clock;
}

/** What a store needs of a `RealtimeClient`: any one will do, whatever its channels are. */
export interface RealtimeStoreClient
  extends Pick<RealtimeClient<UntypedChannels>, 'connect' | 'disconnect' | 'on'> {
  /** What is unsent. */
  readonly outbox: RealtimeClient<UntypedChannels>['outbox'];
  /** Where the connection is. */
  readonly status: ReadableStore<ConnectionStatus>;
  /** What the client did so far. */
  readonly statistics: ReadableStore<Statistics>;
  /** The channel of that name. */
  channel(name: string): Channel;
}

/** What `dispatch` returns with the middleware. */
export interface RealtimeDispatch {
  /** Resolves once connected. */
  (action: ConnectAction): Promise<void>;
  /** Resolves when the message is acknowledged. */
  (action: PublishAction): Promise<Acknowledgement>;
}

/** A middleware, and what takes it back. */
export interface RealtimeMiddleware {
  /** For `applyMiddleware`, or the `prepend` of Redux Toolkit: first in the row, `dispatch` returns our promises. */
  readonly middleware: Middleware<RealtimeDispatch>;
  /** Lets go of the client: leaves every channel that the store subscribed to, and dispatches nothing any more. */
  readonly stop: Stop;
}

/** Another action than an application may dispatch is none of ours. */
const actions = createRealtimeActions<UntypedChannels>();

/**
 * Connects a store with a client: what is dispatched reaches the client, what happens there is dispatched. Nothing is asked
 * of the client before the store has its first action. `stop()` takes it back; destroying the client remains yours.
 */
export function createRealtimeMiddleware(
  client: RealtimeStoreClient,
  options: RealtimeMiddlewareOptions = {},
): RealtimeMiddleware {
  needed(client, 'client', ['channel', 'on']);
  const { window = 50 } = neededObject(options, 'createRealtimeMiddleware(client, { window })');
  if (!(Number.isFinite(window) && window >= 0))
    throw new ConfigurationError('The option `window` must be a finite number of milliseconds from 0.');
  const bridges: Bridge[] = [];
  let stopped = false;
  const middleware: Middleware<RealtimeDispatch> = ({ dispatch }) => {
    const bridge = new Bridge(client, { ...options, window }, (action) => void dispatch(action));
    if (stopped) bridge.stop();
    bridges.push(bridge);
    return (next) => (action) => bridge.take(action, next as (action: unknown) => unknown);
  };
  const stop = (): void => {
    stopped = true;
    for (const bridge of bridges.splice(0)) bridge.stop();
  };
  return { middleware, stop };
}

/** One store's connection with the client. */
class Bridge {
  readonly #client: RealtimeStoreClient;
  readonly #batch: Batch;
  readonly #statistics: boolean;
  readonly #followed = new Map<string, { subscribers: number; readonly stop: Stop }>();
  readonly #rejections = new WeakSet<object>();
  #stops: Stop[] | undefined;
  #stopped = false;

  constructor(
    client: RealtimeStoreClient,
    { clock = new SystemClock(), window = 50, statistics = true }: RealtimeMiddlewareOptions,
    dispatch: (action: RealtimeAction) => void,
  ) {
    this.#client = client;
    this.#statistics = statistics;
    this.#batch = new Batch(clock, window, dispatch);
  }

  /** An action on its way to the reducers. */
  take(action: unknown, next: (action: unknown) => unknown): unknown {
    if (this.#stopped || !hasType(action)) return next(action);
    this.#begin();
    if (actions.subscribe.match(action)) {
      // First: a name that no server takes throws, and changes nothing.
      const channel = this.#client.channel(action.payload.channel);
      const answer = next(action);
      const known = this.#followed.get(channel.name);
      if (known !== undefined) known.subscribers += 1;
      else {
        const stop = followChannel(channel, this.#batch);
        this.#followed.set(channel.name, { subscribers: 1, stop });
      }
      return answer;
    }
    const answer = next(action);
    if (actions.connect.match(action)) return this.#client.connect();
    if (actions.publish.match(action)) return this.#publish(action.payload);
    if (actions.disconnect.match(action)) this.#client.disconnect();
    else if (actions.unsubscribe.match(action)) this.#unsubscribe(action.payload.channel);
    else if (actions.retry.match(action)) this.#client.outbox.retry(action.payload.id);
    else if (actions.discard.match(action)) this.#client.outbox.discard(action.payload.id);
    return answer;
  }

  stop(): void {
    this.#stopped = true;
    this.#batch.stop();
    for (const { stop } of this.#followed.values()) stop();
    this.#followed.clear();
    for (const stop of this.#stops ?? []) stop();
    this.#stops = [];
  }

  /** At the first action, for Redux forbids dispatching while the store is made. */
  #begin(): void {
    if (this.#stops !== undefined) return;
    const { status, statistics, outbox } = this.#client;
    const batch = this.#batch;
    const client = this.#client;
    const tellPending = (): void =>
      batch.replace('pending', () => news.pendingChanged(outbox.pending.get().map(plainPending)));
    const tellRejected = (error: RealtimeError, message: PendingMessage): void => {
      this.#rejections.add(error);
      batch.tell(news.rejected({ error: plainError(error), message: plainPending(message) }));
    };
    this.#stops = [
      status.subscribe((value) => batch.tell(news.statusChanged(value))),
      outbox.pending.subscribe(tellPending),
      client.on('acknowledged', (acknowledgement, message) =>
        batch.tell(news.acknowledged({ acknowledgement, message: plainPending(message) })),
      ),
      client.on('rejected', tellRejected),
      client.on('expired', tellRejected),
      client.on('gap', (gap) => batch.tell(news.gapFound(gap))),
      client.on('error', (error) => batch.tell(news.failed(plainError(error)))),
    ];
    if (this.#statistics) {
      this.#stops.push(statistics.subscribe((value) => batch.tell(news.statisticsChanged(value))));
    }
    batch.tell(news.statusChanged(status.get()));
    if (outbox.pending.get().length > 0) tellPending();
  }

  #publish(content: PublishContent): Promise<Acknowledgement> {
    const acknowledgement = this.#offer(content);
    // Nobody need wait for it: who only dispatches finds the end in the store, and must not meet an unhandled rejection.
    acknowledgement.catch((error: unknown) => {
      // What the outbox did not even take is no event of the client's.
      if (!isRealtimeError(error) || this.#rejections.has(error)) return;
      this.#batch.tell(news.rejected({ error: plainError(error) }));
    });
    return acknowledgement;
  }

  /** Async, so that a name which no server takes rejects, as every other mistake does. */
  async #offer({ channel, event, payload, options }: PublishContent): Promise<Acknowledgement> {
    return this.#client.channel(channel).publish(event, payload, options);
  }

  #unsubscribe(name: string): void {
    const followed = this.#followed.get(name);
    if (followed === undefined) return;
    followed.subscribers -= 1;
    if (followed.subscribers > 0) return;
    this.#followed.delete(name);
    followed.stop();
    this.#batch.tell(news.channelReleased(name));
  }
}

function hasType(action: unknown): action is { readonly type: string } {
  return typeof action === 'object' && action !== null && 'type' in action && typeof action.type === 'string';
}
