import { isProtocolEvent } from '../contract/event-name';
import { checkPublished, checkReceived, type ResolvedChannel } from '../contract/resolution';
import { isRealtimeError, RealtimeError } from '../errors';
import type { Clock } from '../ports';
import { Emitter } from '../support/emitter';
import type { Life } from '../support/life';
import { Store } from '../support/store';
import { waitFor } from '../support/wait-for';
import type {
  Acknowledgement,
  ChannelKind,
  ListenOptions,
  Member,
  MessageListener,
  PublishOptions,
  RealtimeMessage,
  Stop,
  SubscriptionStatus,
} from '../types';
import { MessageIterator } from './message-iterator';
import { type MemberChange, Presence } from './presence';

/** What a channel needs of the client. */
export interface ChannelParts {
  readonly clock: Clock;
  /** Ends with the client. */
  readonly life: Life;
  /** Keeps the channel subscribed until the returned stop is called. */
  readonly hold: (channel: ChannelStream) => Stop;
  /** Hands a message to the outbox. */
  readonly publish: (
    channel: ChannelStream,
    event: string,
    payload: unknown,
    options?: PublishOptions,
  ) => Promise<Acknowledgement>;
  /** Gets what listeners throw and payloads that do not fit. */
  readonly report: (error: RealtimeError) => void;
}

interface ChannelEvents {
  readonly [event: string]: readonly [unknown, RealtimeMessage];
}

/** One named stream of events. */
export class ChannelStream {
  resolved: ResolvedChannel;
  readonly subscription: Store<SubscriptionStatus>;
  readonly #parts: ChannelParts;
  readonly #listeners: Emitter<ChannelEvents>;
  /** Apart, so that no event of the application's can have the same name. */
  #any: Emitter<{ message: readonly [unknown, RealtimeMessage] }> | undefined;
  #presence: Presence | undefined;
  /** How often a listener was called. */
  #calls = 0;

  constructor(resolved: ResolvedChannel, parts: ChannelParts) {
    this.resolved = resolved;
    this.#parts = parts;
    this.#listeners = new Emitter((cause, event) => this.#listenerThrew(cause, event));
    this.subscription = this.#store<SubscriptionStatus>({ state: 'unsubscribed' });
    this.subscription.subscribe(({ state }) => {
      // While we are reconnecting the last known list stays; a subscription that ended has nobody on it.
      if (state === 'unsubscribed' || state === 'refused') this.#presence?.ended();
    });
  }

  get name(): string {
    return this.resolved.name;
  }

  get kind(): ChannelKind {
    return this.resolved.kind;
  }

  get params(): Readonly<Record<string, string>> {
    return this.resolved.params;
  }

  /** Made when somebody asks for it: most channels have nobody on them. */
  get presence(): Presence {
    this.#presence ??= new Presence(
      this.#store<readonly Member[]>([]),
      this.#store<Member | undefined>(undefined),
    );
    return this.#presence;
  }

  get members(): Store<readonly Member[]> {
    return this.presence.members;
  }

  get me(): Store<Member | undefined> {
    return this.presence.me;
  }

  /**
   * Brings a message to its listeners; a payload that does not fit its schema goes to `report` instead. Returns what
   * listeners to any event got, if they got anything. `onHeard` is called once a listener got it.
   */
  deliver(received: RealtimeMessage, onHeard?: () => void): RealtimeMessage | undefined {
    const { event } = received;
    let message = received;
    if (this.resolved.contract.schemas !== undefined) {
      try {
        const data = checkReceived(this.resolved, event, received.data);
        if (data !== received.data) message = { ...received, data };
      } catch (error) {
        this.#parts.report(
          isRealtimeError(error)
            ? error
            : new RealtimeError('validation', `The schema of "${event}" threw`, {
                channel: this.name,
                event,
                cause: error,
              }),
        );
        return undefined;
      }
    }
    const before = this.#calls;
    this.#listeners.emit(event, message.data, message);
    if (isProtocolEvent(event)) return undefined;
    this.#any?.emit('message', message.data, message);
    if (this.#calls > before) onHeard?.();
    return message;
  }

  on(event: string, listener: MessageListener, { filter }: ListenOptions = {}): Stop {
    const heard: MessageListener = (payload, message) => {
      if (filter !== undefined && !filter(payload, message)) return;
      this.#calls += 1;
      // Its answer is passed on: an async listener may reject later.
      return listener(payload, message);
    };
    return this.#whileHeld(this.#listeners.on(event, heard));
  }

  onAny(listener: MessageListener): Stop {
    this.#any ??= new Emitter((cause) => this.#listenerThrew(cause));
    const heard: MessageListener = (payload, message) => {
      this.#calls += 1;
      return listener(payload, message);
    };
    return this.#whileHeld(this.#any.on('message', heard));
  }

  once(
    event: string,
    {
      filter,
      signal,
      timeout,
    }: ListenOptions & { readonly signal?: AbortSignal; readonly timeout?: number } = {},
  ): Promise<unknown> {
    const { clock, life } = this.#parts;
    const late = (): RealtimeError => {
      const message = `"${event}" did not come on "${this.name}" within ${timeout} ms`;
      return new RealtimeError('timeout', message, { channel: this.name, event, retryable: true });
    };
    return waitFor<unknown>((resolve) => this.on(event, resolve, filter && { filter }), {
      signals: [life.signal, signal],
      aborted: () => this.#aborted(`"${event}"`, signal),
      limit: { clock, timeout, late },
    });
  }

  messages(
    event: string,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncIterableIterator<RealtimeMessage> {
    const { life } = this.#parts;
    return new MessageIterator({
      listen: (listener) => this.on(event, (_payload, message) => listener(message)),
      ends: signal === undefined ? [life.signal] : [life.signal, signal],
    });
  }

  checkPublished(event: string, payload: unknown): void {
    checkPublished(this.resolved, event, payload);
  }

  publish(event: string, payload: unknown, options?: PublishOptions): Promise<Acknowledgement> {
    return this.#parts.publish(this, event, payload, options);
  }

  ready({ timeout }: { readonly timeout?: number } = {}): Promise<void> {
    const { clock, life } = this.#parts;
    const late = (): RealtimeError => {
      const { error: cause } = this.subscription.get();
      const why = cause === undefined ? '' : `: ${cause.message}`;
      const message = `"${this.name}" was not subscribed within ${timeout} ms${why}`;
      return new RealtimeError('timeout', message, { channel: this.name, retryable: true, cause });
    };
    return waitFor<void>(
      (resolve, reject) => {
        const look = ({ state, error }: SubscriptionStatus): void => {
          if (state === 'subscribed') resolve();
          else if (state === 'refused') reject(error);
        };
        const release = this.hold();
        const stop = this.subscription.subscribe(look);
        look(this.subscription.get());
        return () => {
          release();
          stop();
        };
      },
      {
        signals: [life.signal],
        aborted: () => this.#aborted('its subscription'),
        limit: { clock, timeout, late },
      },
    );
  }

  hold(): Stop {
    return this.#parts.hold(this);
  }

  /** Members came or went: says so to the listeners of `pusher:member_added` and `pusher:member_removed`. */
  tell(changes: readonly MemberChange[], receivedAt: number): void {
    for (const { event, member } of changes) {
      this.deliver({ channel: this.name, event, data: member, receivedAt });
    }
  }

  /** The client is destroyed: nobody hears anything any more, also not the rest of a message that is being delivered. */
  end(): void {
    this.#listeners.clear();
    this.#any?.clear();
  }

  /** Its reports go through `this`, and so it keeps the channel alive: who has only the store must not lose what fills it. */
  #store<T>(value: T): Store<T> {
    return new Store<T>(value, (cause) => this.#listenerThrew(cause));
  }

  #whileHeld(stop: Stop): Stop {
    const release = this.hold();
    return () => {
      stop();
      release();
    };
  }

  #listenerThrew(cause: unknown, event?: string): void {
    const { name: channel } = this;
    const where = event === undefined ? `"${channel}"` : `"${event}" on "${channel}"`;
    this.#parts.report(
      new RealtimeError('listener', `A listener of ${where} threw`, { channel, event, cause }),
    );
  }

  #aborted(what: string, signal?: AbortSignal): RealtimeError {
    const message = `Stopped waiting for ${what} on "${this.name}"`;
    return new RealtimeError('aborted', message, { channel: this.name, cause: signal?.reason });
  }
}
