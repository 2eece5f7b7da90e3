import {
  type Channel,
  type Clock,
  ConfigurationError,
  type PresenceChannel,
  type RealtimeMessage,
  type Stop,
  type SubscriptionError,
  type SubscriptionStatus,
} from '../index';
import type { AnyClient } from './connection';
import { Dispatcher } from './dispatcher';
import type { Isolation } from './isolation';
import { Members } from './members';

/** A message as `connection.bind('message')` brings it. */
export interface PusherEvent {
  readonly event: string;
  readonly channel: string;
  readonly data: unknown;
  readonly user_id?: string;
}

/** What the channels of a face work with. */
export interface PusherChannelParts {
  readonly client: AnyClient;
  readonly clock: Clock;
  readonly isolation: Isolation;
  readonly send: (event: string, data: unknown, channel: string) => boolean;
  /** Told of each message, after the channel's own callbacks. */
  readonly onMessage: (message: PusherEvent) => void;
}

/** A channel in pusher-js's words: it holds the client's channel while the application is subscribed to it. */
export class PusherChannel extends Dispatcher {
  readonly name: string;
  /** How many are subscribed, where the server says so. */
  subscriptionCount: number | null = null;
  readonly #parts: PusherChannelParts;
  readonly #channel: Channel;
  /**
   * What the application wants. `cancelled`: it unsubscribed while the server was asked; known until the server has answered, because
   * pusher-js keeps such a channel in its table.
   */
  #wish: 'none' | 'subscribed' | 'cancelled' = 'none';
  /** Callbacks know that it is subscribed. */
  #told = false;
  #error: SubscriptionError | undefined;
  #stops: readonly Stop[] = [];

  constructor(channel: Channel, parts: PusherChannelParts) {
    super(parts.isolation);
    this.name = channel.name;
    this.#channel = channel;
    this.#parts = parts;
  }

  /** Whether messages come in now. */
  get subscribed(): boolean {
    return this.#wish === 'subscribed' && this.#told;
  }

  /** Whether the server is being asked. */
  get subscriptionPending(): boolean {
    if (this.#wish === 'none' || this.subscribed) return false;
    return this.#parts.client.status.get().state === 'connected' && this.#state !== 'refused';
  }

  /** Whether it was unsubscribed while the server was being asked. */
  get subscriptionCancelled(): boolean {
    return this.#wish === 'cancelled';
  }

  /** Whether the application or the server said no. */
  get refused(): boolean {
    return this.#wish === 'subscribed' && this.#state === 'refused';
  }

  /**
   * Hands a client event to the outbox: true when it will be sent as soon as the channel is subscribed. Throws a `ConfigurationError` for
   * names that do not begin with `client-`, and on encrypted channels.
   */
  trigger(event: string, data: unknown): boolean {
    const { name: channel } = this;
    if (typeof event !== 'string' || !event.startsWith('client-') || this.#channel.kind === 'encrypted') {
      const message = `"${event}" cannot be triggered on "${channel}": only events named "client-…", and none on encrypted channels.`;
      throw new ConfigurationError(message, { channel, event });
    }
    return this.#wish === 'subscribed' && this.#parts.send(event, data, this.name);
  }

  /** Wants the channel. One that was refused is asked for again. */
  subscribe(): void {
    const { client, clock, isolation } = this.#parts;
    if (this.#wish === 'subscribed') {
      // `connect()` asks again for what was refused.
      if (this.refused && client.status.get().state === 'connected') void client.connect();
      return;
    }
    this.#stop();
    this.#wish = 'subscribed';
    this.#error = undefined;
    const channel = this.#channel;
    const look = (): void => isolation.run(() => this.#changed(channel.subscription.get()));
    this.#stops = [
      channel.subscription.subscribe(look),
      ...channelEvents.map((event) =>
        channel.on(event, (data) => isolation.run(() => this.#tell(event, data))),
      ),
      channel.onAny((_data, message) => isolation.run(() => this.#receive(message))),
    ];
    // Live already, because it was let go of a moment ago or somebody else has it: callbacks are bound next, and want to hear of it.
    if (this.#state === 'subscribed') this.#stops = [...this.#stops, clock.after(0, look)];
  }

  /** Wants it no more. `gone` is called once the table of channels may forget it. */
  unsubscribe(gone: () => void = () => {}): void {
    if (this.#wish === 'cancelled') return;
    const pending = this.subscriptionPending && this.#state === 'subscribing';
    this.#stop();
    if (!pending) {
      this.#wish = 'none';
      gone();
      return;
    }
    this.#wish = 'cancelled';
    this.#stops = [
      this.#channel.subscription.subscribe(({ state }) => {
        if (state === 'subscribing') return;
        this.#stop();
        this.#wish = 'none';
        gone();
      }),
    ];
  }

  /** What every subscription that succeeds is told with. */
  protected get success(): unknown {
    return {};
  }

  get #state(): SubscriptionStatus['state'] {
    return this.#channel.subscription.get().state;
  }

  #changed({ state, error }: SubscriptionStatus): void {
    const [told, known] = [this.#told, this.#error];
    this.#told = state === 'subscribed';
    this.#error = error;
    if (this.#told && !told) this.emit('pusher:subscription_succeeded', this.success);
    // One a row of failures, and the one that ends it: those between them would only say that we go on trying.
    else if (error !== undefined && error !== known && (known === undefined || state === 'refused'))
      this.emit('pusher:subscription_error', errorOfPusher(error));
  }

  #tell(event: string, data: unknown): void {
    if (event === 'pusher:subscription_count') {
      const { subscription_count: count } = data as { readonly subscription_count?: number };
      if (count !== undefined) this.subscriptionCount = count;
    }
    this.emit(event, data);
    if (event === 'pusher:cache_miss') this.#parts.onMessage({ event, channel: this.name, data });
  }

  #receive({ event, data, userId }: RealtimeMessage): void {
    const { name, kind } = this.#channel;
    const sender = userId === undefined ? {} : { user_id: userId };
    this.emit(event, data, kind === 'encrypted' ? undefined : kind === 'presence' ? sender : {});
    this.#parts.onMessage({ event, channel: name, data, ...sender });
  }

  #stop(): void {
    const stops = this.#stops;
    this.#stops = [];
    this.#told = false;
    for (const stop of stops) stop();
  }
}

/** A presence channel in pusher-js's words. */
export class PusherPresenceChannel extends PusherChannel {
  /** Who is on it. While the connection is away it is the last list that was known. */
  readonly members: Members;

  constructor(channel: PresenceChannel, parts: PusherChannelParts) {
    super(channel, parts);
    this.members = new Members(channel);
  }

  protected override get success(): unknown {
    return this.members;
  }
}

/** Events of Pusher's own that come with a channel, beside what is made of its subscription. */
const channelEvents = [
  'pusher:member_added',
  'pusher:member_removed',
  'pusher:subscription_count',
  'pusher:cache_miss',
] as const;

function errorOfPusher({ message, status }: SubscriptionError): object {
  return { type: 'AuthError', error: message, ...(status === undefined ? {} : { status }) };
}
