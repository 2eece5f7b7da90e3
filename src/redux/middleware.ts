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
  type RealtimeAction,
} from './actions';
import { Batch } from './batch';
import { plainError, plainPending } from './plain';
import { initialState } from './reducer';
import { type FollowedChannel, followChannel } from './subscribed-channel';

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
 * of the client before the store has its first action. A state at the top of the store that begins anew is told again what
 * is. `stop()` takes it back; destroying the client remains yours.
 */
export function createRealtimeMiddleware(
  client: RealtimeStoreClient,
  options: RealtimeMiddlewareOptions = {},
): RealtimeMiddleware {
  needed(client, 'client', ['channel', 'on']);
  checkOptions(options);
  const bridges: Bridge[] = [];
  let stopped = false;
  const middleware: Middleware<RealtimeDispatch> = ({ dispatch, getState }) => {
    const store = { dispatch: (action: RealtimeAction): void => void dispatch(action), getState };
    const bridge = new Bridge(client, options, store);
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

function checkOptions(options: RealtimeMiddlewareOptions): void {
  const { window, statistics, clock } = neededObject(options, 'createRealtimeMiddleware(client, { window })');
  const isLength = typeof window === 'number' && window >= 0 && window < Number.POSITIVE_INFINITY;
  if (window !== undefined && !isLength)
    throw new ConfigurationError('The option `window` must be a finite number of milliseconds from 0.');
  if (statistics !== undefined && typeof statistics !== 'boolean')
    throw new ConfigurationError('The option `statistics` must be true or false.');
  if (clock !== undefined) needed(clock, 'clock', ['now', 'after']);
}

/** The store, as a bridge sees it. */
interface BridgedStore {
  dispatch(action: RealtimeAction): void;
  getState(): unknown;
}

/** One store's connection with the client. */
class Bridge {
  readonly #client: RealtimeStoreClient;
  readonly #store: BridgedStore;
  readonly #batch: Batch;
  readonly #statistics: boolean;
  readonly #followed = new Map<string, FollowedChannel & { subscribers: number }>();
  readonly #rejections = new WeakSet<object>();
  #stops: Stop[] | undefined;
  #stopped = false;
  #tellingAnew = false;

  constructor(
    client: RealtimeStoreClient,
    { clock = new SystemClock(), window = 50, statistics = true }: RealtimeMiddlewareOptions,
    store: BridgedStore,
  ) {
    this.#client = client;
    this.#statistics = statistics;
    this.#store = store;
    this.#batch = new Batch(clock, window, store.dispatch);
  }

  /** An action on its way to the reducers. */
  take(action: unknown, next: (action: unknown) => unknown): unknown {
    if (this.#stopped || !hasType(action)) return next(action);
    this.#begin();
    this.#tellWhoBegan();
    const answer = this.#pass(action, next);
    this.#tellWhoBegan();
    return answer;
  }

  #pass(action: { readonly type: string }, next: (action: unknown) => unknown): unknown {
    if (actions.subscribe.match(action)) {
      // First: a name that no server takes throws, and changes nothing.
      const channel = this.#client.channel(contentOf(action).channel);
      const answer = next(action);
      this.#subscribe(channel);
      return answer;
    }
    const answer = next(action);
    if (actions.connect.match(action)) return this.#client.connect();
    if (actions.publish.match(action)) return this.#publish(action);
    if (actions.disconnect.match(action)) this.#client.disconnect();
    else if (actions.unsubscribe.match(action)) this.#unsubscribe(contentOf(action).channel);
    else if (actions.retry.match(action)) this.#client.outbox.retry(contentOf(action).id);
    else if (actions.discard.match(action)) this.#client.outbox.discard(contentOf(action).id);
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

  /** Our state began anew, as when a logout resets all of it, or a slice comes later: it is told again what it cannot know. */
  #tellWhoBegan(): void {
    if (this.#tellingAnew || this.#stopped || !hasBegun(this.#store.getState())) return;
    this.#tellingAnew = true;
    try {
      const { status, outbox } = this.#client;
      this.#batch.tell(news.statusChanged(status.get()));
      const pending = outbox.pending.get();
      if (pending.length > 0) this.#batch.tell(news.pendingChanged(pending.map(plainPending)));
      for (const { tell } of [...this.#followed.values()]) tell();
    } finally {
      this.#tellingAnew = false;
    }
  }

  #subscribe(channel: Channel): void {
    const known = this.#followed.get(channel.name);
    if (known !== undefined) {
      known.subscribers += 1;
      return;
    }
    const followed = { ...followChannel(channel, this.#batch), subscribers: 1 };
    this.#followed.set(channel.name, followed);
    // Last: it may throw what a subscriber of the store throws, who must not keep the channel from us.
    followed.tell();
  }

  #publish(action: PublishAction): Promise<Acknowledgement> {
    const acknowledgement = this.#offer(action);
    // Nobody need wait for it: who only dispatches finds the end in the store, and must not meet an unhandled rejection.
    acknowledgement.catch((error: unknown) => {
      // What the outbox did not even take is no event of the client's.
      if (!isRealtimeError(error) || this.#rejections.has(error)) return;
      this.#batch.tell(news.rejected({ error: plainError(error) }));
    });
    return acknowledgement;
  }

  /** Async, so that a name which no server takes rejects, as every other mistake does. */
  async #offer(action: PublishAction): Promise<Acknowledgement> {
    const { channel, event, payload, options } = contentOf(action);
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

/** The payload of an action that needs one: who writes actions by hand may have left it out. */
function contentOf<Content extends object>({ type, payload }: RealtimeAction<string, Content>): Content {
  // The type says that it is there.
  const content = payload as Content | null | undefined;
  if (typeof content === 'object' && content !== null) return content;
  throw new ConfigurationError(
    `The action "${type}" has no payload: make it with \`realtimeActions\`, which know what goes into it.`,
  );
}

/** Whether our reducer's state, which is at the top of the store, is the one before anything was told. */
function hasBegun(state: unknown): boolean {
  if (typeof state !== 'object' || state === null) return false;
  return state === initialState || Object.values(state).includes(initialState);
}

function hasType(action: unknown): action is { readonly type: string } {
  return typeof action === 'object' && action !== null && 'type' in action && typeof action.type === 'string';
}
