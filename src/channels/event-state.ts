import { isRealtimeError, RealtimeError } from '../errors';
import { needed, neededFunction, object, optionalFunction } from '../support/given';
import { Store } from '../support/store';
import type { Channel, ChannelShape, ReadableStore, RealtimeMessage, Stop } from '../types';

/** Makes the next state of the state so far and a message. State is replaced, never changed in place. */
export type EventReducer<State, Data = unknown, Event extends string = string> = (
  state: State,
  payload: Data,
  message: RealtimeMessage<Data, Event>,
) => State;

/** Reducers by the name of their event. */
export type EventReducers<Shape extends ChannelShape, State> = {
  readonly [Event in keyof Shape['listens'] & string]?: EventReducer<State, Shape['listens'][Event], Event>;
};

/** How a state is made of events, beyond its reducers. */
export interface EventStateOptions<State> {
  /**
   * Fetches the state as the application's backend has it: each time the channel is subscribed, after a gap as well. What
   * comes in meanwhile waits, and is reduced on top; a message may be in the answer already. `signal` aborts when the
   * answer is no longer wanted.
   */
  readonly recover?: ((request: { readonly signal: AbortSignal }) => Promise<State>) | undefined;
}

/** A state that is made of events, and how far it can be trusted. */
export interface EventState<State> {
  /** What the reducers made of it so far. */
  readonly state: State;
  /**
   * `initial`: nothing was recovered yet. `recovering`: under way. `current`: the state was recovered, or there is nothing to
   * recover from. `failed`: the last recovery was; events go on without it.
   */
  readonly status: 'initial' | 'recovering' | 'current' | 'failed';
  /** Why the last recovery failed. */
  readonly error?: RealtimeError;
}

/** A store that is made of a channel's events. */
export interface EventStore<Shape extends ChannelShape, State> extends ReadableStore<EventState<State>> {
  /** Replaces reducers and options; the state stays. */
  update(reducers: EventReducers<Shape, State>, options?: EventStateOptions<State>): void;
  /** Begins again: with the initial state, and with a recovery where there is one. */
  reset(): void;
}

/**
 * Makes a state of a channel's events: each event's reducer gets the state so far and the payload. Listens, and so holds the
 * channel, while somebody has subscribed to the store; the state stays when they go. Without a channel nothing ever happens.
 */
export function reduceEvents<Shape extends ChannelShape, State>(
  channel: Channel<Shape> | undefined,
  reducers: EventReducers<Shape, State>,
  initial: State,
  options: EventStateOptions<State> = {},
): EventStore<Shape, State> {
  return new ReducedEvents(channel, reducers, initial, options);
}

class ReducedEvents<Shape extends ChannelShape, State> implements EventStore<Shape, State> {
  readonly initial: EventState<State>;
  readonly #channel: Channel<Shape> | undefined;
  readonly #store: Store<EventState<State>>;
  #reducers: Readonly<Record<string, EventReducer<State, never, never> | undefined>>;
  #options: EventStateOptions<State>;
  #subscribers = 0;
  /** By event, while somebody has subscribed. */
  readonly #listening = new Map<string, Stop>();
  #stops: readonly Stop[] = [];
  #recovery: AbortController | undefined;
  /** What came in during a recovery. */
  #waiting: RealtimeMessage[] = [];

  constructor(
    channel: Channel<Shape> | undefined,
    reducers: EventReducers<Shape, State>,
    initial: State,
    options: EventStateOptions<State>,
  ) {
    if (channel !== undefined) needed(channel, 'channel', ['on', 'hold']);
    checkReducers(reducers, options);
    this.initial = { state: initial, status: options.recover === undefined ? 'current' : 'initial' };
    this.#channel = channel;
    this.#reducers = reducers;
    this.#options = options;
    this.#store = new Store(this.initial, (cause) => console.error(cause));
  }

  /** See `Store`. */
  get __v_skip(): true {
    return true;
  }

  get(): EventState<State> {
    return this.#store.get();
  }

  subscribe(listener: (value: EventState<State>) => void): Stop {
    const leave = this.#store.subscribe(listener);
    this.#subscribers += 1;
    if (this.#subscribers === 1) this.#begin();
    let live = true;
    return () => {
      if (!live) return;
      live = false;
      leave();
      this.#subscribers -= 1;
      if (this.#subscribers === 0) this.#end();
    };
  }

  update(reducers: EventReducers<Shape, State>, options: EventStateOptions<State> = {}): void {
    this.#reducers = reducers;
    checkReducers(reducers, options);
    this.#options = options;
    if (this.#subscribers > 0) this.#listen();
  }

  reset(): void {
    this.#abort();
    this.#store.set(this.initial);
    if (this.#channel?.subscription.get().state === 'subscribed') this.#recover();
  }

  #begin(): void {
    const channel = this.#channel;
    if (channel === undefined) return;
    this.#listen();
    const look = ({ state }: { readonly state: string }): void => {
      if (state === 'subscribed') this.#recover();
    };
    this.#stops = [channel.subscription.subscribe(look), channel.hold()];
    look(channel.subscription.get());
  }

  #listen(): void {
    const channel: Channel | undefined = this.#channel;
    if (channel === undefined) return;
    for (const event of Object.keys(this.#reducers)) {
      if (this.#listening.has(event)) continue;
      this.#listening.set(
        event,
        channel.on(event, (_, message) => this.#take(message)),
      );
    }
    for (const [event, stop] of this.#listening) {
      if (this.#reducers[event] !== undefined) continue;
      stop();
      this.#listening.delete(event);
    }
  }

  #end(): void {
    for (const stop of [...this.#listening.values(), ...this.#stops]) stop();
    this.#listening.clear();
    this.#stops = [];
    this.#abort();
  }

  #abort(): void {
    this.#recovery?.abort();
    this.#recovery = undefined;
    this.#waiting = [];
  }

  #take(message: RealtimeMessage): void {
    if (this.#recovery !== undefined) this.#waiting.push(message);
    else this.#set(this.#reduced(this.get().state, message));
  }

  #reduced(state: State, message: RealtimeMessage): State {
    const reduce = this.#reducers[message.event];
    // The compiler cannot know that a message is one of its event's; the channel brought it to this event's listener.
    return reduce === undefined ? state : reduce(state, message.data as never, message as never);
  }

  #set(state: State): void {
    const before = this.get();
    if (!Object.is(state, before.state)) this.#store.set({ ...before, state });
  }

  #recover(): void {
    const { recover } = this.#options;
    if (recover === undefined || this.#subscribers === 0) return;
    this.#recovery?.abort();
    const recovery = new AbortController();
    this.#recovery = recovery;
    this.#store.set({ state: this.get().state, status: 'recovering' });
    void this.#settle(recovery, recover);
  }

  async #settle(
    recovery: AbortController,
    recover: NonNullable<EventStateOptions<State>['recover']>,
  ): Promise<void> {
    let next: EventState<State>;
    try {
      next = { state: await recover({ signal: recovery.signal }), status: 'current' };
    } catch (cause) {
      next = { state: this.get().state, status: 'failed', error: failure(this.#channel?.name, cause) };
    }
    // Somebody began again, or nobody listens any more.
    if (this.#recovery !== recovery) return;
    const waiting = this.#waiting;
    // Its signal stays quiet: the answer came.
    this.#recovery = undefined;
    this.#waiting = [];
    for (const message of waiting) {
      try {
        next = { ...next, state: this.#reduced(next.state, message) };
      } catch (cause) {
        next = { state: next.state, status: 'failed', error: failure(message.channel, cause) };
      }
    }
    this.#store.set(next);
  }
}

function failure(channel: string | undefined, cause: unknown): RealtimeError {
  if (isRealtimeError(cause)) return cause;
  const message = `The state of "${channel}" could not be recovered; events continue without it. reset() tries again.`;
  return new RealtimeError('recovery', message, { channel, cause });
}

function checkReducers(reducers: Readonly<Record<string, unknown>>, options: object): void {
  for (const [event, reduce] of Object.entries(object(reducers, '{ event: (state, payload) => state }')))
    if (reduce !== undefined) neededFunction(reduce, `${event}: (state, payload) => state`);
  const { recover }: { readonly recover?: unknown } = object(options, '{ recover }');
  optionalFunction(recover, 'recover');
}
