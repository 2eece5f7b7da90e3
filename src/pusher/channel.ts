import {
  type Channel,
  ConfigurationError,
  type MessageListener,
  type PresenceChannel,
  type Stop,
  type SubscriptionError,
  type SubscriptionStatus,
} from '../index';
import { Dispatcher } from './dispatcher';
import { authErrorOfPusher, type Ground } from './ground';
import { isolated } from './isolation';
import { type Members, membersOf } from './members';

/** A channel in pusher-js's words: it holds the client's channel while the application is subscribed to it. */
export class PusherChannel extends Dispatcher {
  readonly name: string;
  /** Presence: who is on it. While the connection is away it is the last list that was known. */
  declare readonly members?: Members;
  readonly pusher: Ground['pusher'];
  /** Whether messages come in now. */
  subscribed = false;
  /**
   * Whether it was unsubscribed while the server was being asked; known until the server has answered, because pusher-js keeps such a
   * channel in its table.
   */
  subscriptionCancelled = false;
  /** How many are subscribed, where the server says so. */
  subscriptionCount: number | null = null;
  readonly #ground: Ground;
  readonly #channel: Channel;
  /** The application wants it. */
  #wanted = false;
  #error: SubscriptionError | undefined;
  #stops: readonly Stop[] = [];

  constructor(channel: Channel, ground: Ground) {
    super();
    this.name = channel.name;
    this.pusher = ground.pusher;
    this.#channel = channel;
    this.#ground = ground;
    // The kind says so; the types of channels that nobody described cannot.
    if (channel.kind === 'presence') this.members = membersOf(channel as unknown as PresenceChannel);
  }

  /** Whether the server is being asked. */
  get subscriptionPending(): boolean {
    return (
      (this.#wanted || this.subscriptionCancelled) &&
      !this.subscribed &&
      this.#connected &&
      this.#state !== 'refused'
    );
  }

  /**
   * Hands a client event to the outbox: true when it will be sent as soon as the channel is subscribed. Throws a `ConfigurationError` for
   * names that do not begin with `client-`, and on encrypted channels.
   */
  trigger(event: string, data: unknown): boolean {
    if (!/^client-/.test(event) || this.#channel.kind === 'encrypted') {
      throw new ConfigurationError(
        'Only "client-…" events can be triggered, and none on encrypted channels.',
      );
    }
    return this.#wanted && this.pusher.send_event(event, data, this.name);
  }

  /** Wants the channel. One that was refused is asked for again. */
  subscribe(): void {
    if (this.#wanted) {
      // `connect()` asks again for what was refused.
      if (this.#connected && this.#state === 'refused') void this.#ground.client.connect();
      return;
    }
    this.#stop();
    this.#wanted = true;
    this.#error = undefined;
    const channel = this.#channel;
    this.#stops = [
      channel.subscription.subscribe(this.#look),
      channel.onAny(this.#receive),
      channel.on('pusher:cache_miss', this.#receive),
      channel.on('pusher:member_added', this.#tell),
      channel.on('pusher:member_removed', this.#tell),
      channel.on('pusher:subscription_count', this.#tell),
      // Live already, because it was let go of a moment ago or somebody else has it: callbacks are bound next, and want to hear of it.
      this.#ground.clock.after(0, this.#look),
    ];
  }

  /** Wants it no more. `gone` is called once the table of channels may forget it. */
  unsubscribe(gone: () => void): void {
    const asked = this.subscriptionPending && this.#state === 'subscribing';
    this.#stop();
    if (!asked) {
      gone();
      return;
    }
    this.subscriptionCancelled = true;
    this.#stops = [
      this.#channel.subscription.subscribe(({ state }) => {
        if (state === 'subscribing') return;
        this.#stop();
        gone();
      }),
    ];
  }

  get #connected(): boolean {
    return this.#ground.client.status.get().state === 'connected';
  }

  get #state(): SubscriptionStatus['state'] {
    return this.#channel.subscription.get().state;
  }

  readonly #look = (): void => {
    const { state, error } = this.#channel.subscription.get();
    const { subscribed } = this;
    const known = this.#error;
    this.subscribed = state === 'subscribed';
    this.#error = error;
    if (this.subscribed && !subscribed) this.emit('pusher:subscription_succeeded', this.members ?? {});
    // One a row of failures, and the one that ends it: those between them would only say that we go on trying.
    else if (error && error !== known && (!known || state === 'refused'))
      this.emit('pusher:subscription_error', authErrorOfPusher(error));
  };

  readonly #tell: MessageListener = (data, { event }) => {
    // Some servers write numbers as texts.
    const count = Number(
      (data as { readonly subscription_count?: unknown } | null)?.subscription_count ?? Number.NaN,
    );
    if (count >= 0) this.subscriptionCount = count;
    this.emit(event, data);
  };

  readonly #receive: MessageListener = (data, { event, userId: user_id }) => {
    const { name: channel, pusher } = this;
    isolated(() => {
      this.emit(event, data, this.#channel.kind === 'encrypted' ? undefined : { user_id });
      pusher.emit(event, data);
      pusher.connection.emit('message', { event, channel, data, user_id });
    });
  };

  #stop(): void {
    const stops = this.#stops;
    this.#stops = [];
    this.#wanted = this.subscribed = this.subscriptionCancelled = false;
    for (const stop of stops) stop();
  }
}
