import { anyEvent } from '../contract/event-name';
import type { ResolvedChannel } from '../contract/resolution';
import { ConfigurationError, RealtimeError } from '../errors';
import type { Clock, PublishingChannel } from '../ports';
import type { Attendance } from '../slots';
import { Emitter, type ListenerOwner } from '../support/emitter';
import { object, text, unknownOption } from '../support/given';
import type { Life } from '../support/life';
import { waitFor } from '../support/wait-for';
import type {
  Acknowledgement,
  ChannelKind,
  ListenOptions,
  Member,
  MessageListener,
  PublishOptions,
  ReadableStore,
  RealtimeMessage,
  Stop,
} from '../types';
import type { ChannelContext } from './channel-context';
import { checkListening, checkWait } from './listening';
import { Subscription } from './subscription';

interface ChannelEvents {
  readonly [event: string | symbol]: readonly [unknown, RealtimeMessage];
}

const nothing: Stop = () => {};

/** Without anybody who could let us in, no presence channel is ever subscribed. */
const unattended: Attendance = {
  members: { initial: [], get: () => unattended.members.initial, subscribe: () => nothing },
  me: { initial: undefined, get: () => undefined, subscribe: () => nothing },
  subscribed: () => [],
  added: () => [],
  removed: () => [],
  ended: nothing,
};

/** One named stream of events. */
export class ChannelStream implements ListenerOwner, PublishingChannel {
  resolved: ResolvedChannel;
  readonly subscription: Subscription;
  readonly #context: ChannelContext;
  /** Made for the first listener, and dropped with the last. */
  listeners: Emitter<ChannelEvents> | undefined;
  #presence: Attendance | undefined;

  constructor(resolved: ResolvedChannel, context: ChannelContext) {
    this.resolved = resolved;
    this.#context = context;
    this.subscription = new Subscription(this, context);
  }

  /** See `Store`. */
  get __v_skip(): true {
    return true;
  }

  get name(): string {
    return this.resolved.name;
  }

  get kind(): ChannelKind {
    return this.resolved.kind;
  }

  /** For those who wait for something about it. */
  get clock(): Clock {
    return this.#context.clock;
  }

  get params(): Readonly<Record<string, string>> {
    return this.resolved.params;
  }

  get life(): Life {
    return this.#context.life;
  }

  get members(): ReadableStore<readonly Member[]> {
    return this.attendance.members;
  }

  get me(): ReadableStore<Member | undefined> {
    return this.attendance.me;
  }

  on(event: string, listener: MessageListener, options?: ListenOptions): Stop {
    try {
      checkListening(event, listener, options);
    } catch (wrong) {
      // It is a `ConfigurationError`.
      this.#advise((wrong as Error).message);
    }
    if (typeof listener !== 'function' || typeof event !== 'string') return nothing;
    const filter = typeof options?.filter === 'function' ? options.filter : undefined;
    return this.#listen(event, listener, filter);
  }

  onAny(listener: MessageListener): Stop {
    if (typeof listener !== 'function') {
      this.#advise('onAny() needs a function: onAny((payload, message) => { … }).');
      return nothing;
    }
    return this.#listen(anyEvent, listener);
  }

  async once(
    event: string,
    options: ListenOptions & { readonly signal?: AbortSignal; readonly timeout?: number } = {},
  ): Promise<unknown> {
    text(event, 'the event of once(event)');
    const { filter, ...limits } = this.#checked('once', options, 'filter signal timeout');
    return this.#wait<unknown>(event, limits, (resolve) => this.on(event, resolve, filter && { filter }));
  }

  async ready(options: { readonly timeout?: number } = {}): Promise<void> {
    const limits = this.#checked('ready', options, 'timeout');
    return this.#wait<void>(undefined, limits, (resolve, reject) => {
      const look = (): void => {
        const { state, error } = this.subscription.get();
        if (state === 'subscribed') resolve();
        else if (state === 'refused') reject(error);
      };
      const release = this.hold();
      const stop = this.subscription.subscribe(look);
      look();
      return () => {
        release();
        stop();
      };
    });
  }

  hold(): Stop {
    if (this.life.ended) {
      this.#advise(`The client of "${this.name}" is destroyed. Make a new RealtimeClient and listen there.`);
      return nothing;
    }
    this.subscription.hold();
    this.#context.wantConnection();
    let live = true;
    return () => {
      if (!live) return;
      live = false;
      this.subscription.release();
    };
  }

  publish(event: string, payload: unknown, options?: PublishOptions): Promise<Acknowledgement> {
    return this.#context.publish(this, event, payload, options);
  }

  threw(cause: unknown, event?: string): void {
    const { name: channel } = this;
    const where = event === undefined ? `"${channel}"` : `"${event}" on "${channel}"`;
    this.#context.reports.error(
      new RealtimeError('listener', `A listener of ${where} threw`, { channel, event, cause }),
    );
  }

  /** Who is on it. Made when somebody asks for it. It reports to us, and so it keeps us alive: who has only a store must not lose what fills it. */
  get attendance(): Attendance {
    this.#presence ??= this.#context.guard?.attendance((cause) => this.threw(cause)) ?? unattended;
    return this.#presence;
  }

  /** The subscription ended: nothing is known any more of who is there. */
  absent(): void {
    this.#presence?.ended();
  }

  #listen(event: string | symbol, listener: MessageListener, filter?: ListenOptions['filter']): Stop {
    this.listeners ??= new Emitter<ChannelEvents>(this);
    const { listeners } = this;
    const stop = listeners.on(event, listener, filter);
    const release = this.hold();
    return () => {
      stop();
      release();
      if (listeners.size === 0 && listeners === this.listeners) this.listeners = undefined;
    };
  }

  /** The options of a call; unknown ones are told once. Throws a `ConfigurationError` for values that cannot be. */
  #checked<Options extends { readonly signal?: AbortSignal; readonly timeout?: number }>(
    call: string,
    options: Options,
    known: string,
  ): Options {
    const given = object(options ?? {}, `${call}({ … })`);
    const unknown = unknownOption(given, call, known);
    if (unknown !== undefined) this.#advise(unknown.message);
    checkWait(call, given);
    return given;
  }

  /** Tells once what is wrong with a call. */
  #advise(words: string): void {
    this.#context.reports.advise(new ConfigurationError(words, { channel: this.name }));
  }

  /** Waits for an event, or for the subscription, until `signal`, `timeout` or the end of the client ends it. */
  #wait<T>(
    event: string | undefined,
    { signal, timeout }: { readonly signal?: AbortSignal; readonly timeout?: number },
    begin: Parameters<typeof waitFor<T>>[0],
  ): Promise<T> {
    const { clock, life } = this.#context;
    const { name: channel, subscription } = this;
    const what = event === undefined ? `the subscription of "${channel}"` : `"${event}" on "${channel}"`;
    return waitFor<T>(begin, {
      signals: [life.signal, signal],
      aborted: () =>
        new RealtimeError('aborted', `Stopped waiting for ${what}`, {
          channel,
          event,
          cause: signal?.reason,
        }),
      limit: {
        clock,
        timeout,
        late: () => {
          const { error: cause } = subscription.get();
          const why = cause === undefined ? '' : `: ${cause.message}`;
          const words = `Gave up waiting for ${what} after ${timeout} ms${why}`;
          return new RealtimeError('timeout', words, { channel, event, cause, retryable: true });
        },
      },
    });
  }
}
