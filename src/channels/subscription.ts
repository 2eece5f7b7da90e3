import type { RealtimeError } from '../errors';
import { Listeners } from '../support/listeners';
import type { ReadableStore, Stop, SubscriptionState, SubscriptionStatus } from '../types';
import type { ChannelStream } from './channel';
import type { ChannelContext } from './channel-context';
import type { Conversation } from './conversation';

/** How long the server keeps a channel for us after its last holder has gone, in milliseconds: a remount or a route change costs nothing. */
const linger = 1_000;

const plain: Readonly<Record<SubscriptionState, SubscriptionStatus>> = {
  unsubscribed: Object.freeze({ state: 'unsubscribed' }),
  subscribing: Object.freeze({ state: 'subscribing' }),
  subscribed: Object.freeze({ state: 'subscribed' }),
  refused: Object.freeze({ state: 'refused' }),
};

/**
 * One channel's subscription, from the first holder to the last. What is said about it over connections is its conversation's, whose
 * code comes with the first one. The one place that writes its status; listeners are told at the end of each transition, so that no
 * line need fear what they do.
 */
export class Subscription implements ReadableStore<SubscriptionStatus> {
  readonly channel: ChannelStream;
  /** There is one while the channel is held, from the first connection on. */
  conversation: Conversation | undefined;
  readonly #context: ChannelContext;
  #status = plain.unsubscribed;
  #told = plain.unsubscribed;
  #listeners: Listeners<SubscriptionStatus> | undefined;
  #holders = 0;
  #isHeld = false;
  #stopLinger: Stop | undefined;

  constructor(channel: ChannelStream, context: ChannelContext) {
    this.channel = channel;
    this.#context = context;
  }

  /** See `Store`. */
  get __v_skip(): true {
    return true;
  }

  get initial(): SubscriptionStatus {
    return plain.unsubscribed;
  }

  get(): SubscriptionStatus {
    return this.#status;
  }

  subscribe(listener: (status: SubscriptionStatus) => void): Stop {
    this.#listeners ??= new Listeners();
    return this.#listeners.add(listener);
  }

  get isSubscribed(): boolean {
    return this.#status.state === 'subscribed';
  }

  /** One more holder. */
  hold(): void {
    this.#holders += 1;
    this.#stopLinger?.();
    this.#stopLinger = undefined;
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.become('subscribing');
    this.#context.held(this.channel);
    this.want();
  }

  /** One holder less. When the last one has gone, the channel is kept for another second. */
  release(): void {
    this.#holders -= 1;
    if (this.#holders > 0 || !this.#isHeld) return;
    this.#stopLinger = this.#context.clock.after(linger, () => this.#letGo());
  }

  /** Asks in `wait` milliseconds, if there is a connection and nothing else is under way. */
  want(wait = 0): void {
    const { socketId, converse } = this.#context;
    if (this.#isHeld && socketId !== undefined) {
      this.conversation ??= converse?.(this);
      this.conversation?.want(wait);
    }
    this.tell();
  }

  /** Writes the status; nobody is told before `tell()`. */
  become(state: SubscriptionState, error?: RealtimeError): void {
    this.#status = error === undefined ? plain[state] : { state, error };
  }

  /** The client is destroyed. Nobody is told before `tell()`. */
  end(): void {
    this.#stopLinger?.();
    this.#close();
  }

  /** Tells the status, if it is another one than was told last. */
  tell(): void {
    const status = this.#status;
    if (status === this.#told) return;
    this.#told = status;
    const { channel } = this;
    const { reports, changed } = this.#context;
    const { state, error } = status;
    // While we are reconnecting the last known list stays; a subscription that ended has nobody on it.
    if (state === 'unsubscribed' || state === 'refused') channel.absent();
    reports.log(state === 'refused' ? 'warn' : 'debug', `"${channel.name}" is ${state}`);
    changed(channel.name, state);
    this.#listeners?.tell(
      status,
      (cause) => channel.threw(cause),
      () => status === this.#status,
    );
    if (status !== this.#status) return;
    if (state === 'subscribed' || error !== undefined) this.conversation?.delivery.announce(channel, error);
  }

  #letGo(): void {
    this.#stopLinger = undefined;
    this.conversation?.letGo();
    this.#close();
    this.tell();
    // Who hears of the end may hold again.
    if (!this.#isHeld) this.#context.released(this.channel);
  }

  #close(): void {
    this.conversation?.end();
    this.conversation = undefined;
    this.#isHeld = false;
    this.become('unsubscribed');
  }
}
