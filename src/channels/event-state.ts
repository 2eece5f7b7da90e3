import { isRealtimeError, RealtimeError } from '../errors';
import type { Clock } from '../ports';
import { within } from '../support/deadline';
import { needed, neededFunction, object, optionalFunction } from '../support/given';
import { Store } from '../support/store';
import { SystemClock } from '../support/system-clock';
import type { Channel, ChannelShape, ReadableStore, RealtimeMessage, Stop } from '../types';
import { mostWaiting, recoveryTimeout } from './recovery-limits';

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
   * answer is no longer wanted: nor is one that has taken 10 s, or behind which 10,000 messages wait.
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
  readonly #clock: Clock;
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
    // That of its client, where it is a client's.
    this.#clock = (channel as { readonly clock?: Clock } | undefined)?.clock ?? new SystemClock();
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
    checkReducers(reducers, options);
    this.#reducers = reducers;
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
    if (this.#recovery === undefined) {
      this.#set(this.#reduced(this.get().state, message));
      return;
    }
    this.#waiting.push(message);
    if (this.#waiting.length <= mostWaiting) return;
    this.#recovery.abort();
    this.#finish(this.#failed(this.#error(`More than ${mostWaiting} messages came in meanwhile.`)));
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
      const limits = { clock: this.#clock, timeout: recoveryTimeout, signal: recovery.signal };
      const state = await within((signal) => recover({ signal }), limits);
      // A `return` that was forgotten would take the state from under the reducers.
      if (state === undefined && this.initial.state !== undefined)
        throw this.#error('`recover` resolved with undefined: it must return the state.');
      next = { state, status: 'current' };
    } catch (cause) {
      next = this.#failed(cause);
    }
    // Somebody began again, or nobody listens any more.
    if (this.#recovery === recovery) this.#finish(next);
  }

  #error(why: string): RealtimeError {
    const channel = this.#channel?.name;
    return new RealtimeError('recovery', `The state of "${channel}" could not be recovered. ${why}`, {
      channel,
    });
  }

  #failed(cause: unknown): EventState<State> {
    return { state: this.get().state, status: 'failed', error: failure(this.#channel?.name, cause) };
  }

  /** Puts what came in meanwhile on top of what was recovered, or was there. */
  #finish(recovered: EventState<State>): void {
    let next = recovered;
    const waiting = this.#waiting;
    // Its signal stays quiet where the answer came.
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
  // A `timeout` is that of our deadline more often than not, and says less than the sentence around it.
  if (isRealtimeError(cause) && cause.code !== 'timeout') return cause;
  const message = `The state of "${channel}" could not be recovered; events continue without it. reset() tries again.`;
  return new RealtimeError('recovery', message, { channel, cause });
}

function checkReducers(reducers: Readonly<Record<string, unknown>>, options: object): void {
  for (const [event, reduce] of Object.entries(object(reducers, '{ event: (state, payload) => state }')))
    if (reduce !== undefined) neededFunction(reduce, `${event}: (state, payload) => state`);
  const { recover }: { readonly recover?: unknown } = object(options, '{ recover }');
  optionalFunction(recover, 'recover');
}
