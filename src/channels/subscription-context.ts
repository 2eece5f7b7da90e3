import type { DeliveryHooks } from '../ports';
import type { Guard } from '../slots';
import type { Transport } from '../transport-port';
import type { ChannelKind, Member } from '../types';
import type { Conversation } from './conversation';
import type { ContinuityContext, ContinuousChannel } from './gaps';
import type { Subscription } from './subscription';

/** A subscription without an answer for so long is asked for again, in milliseconds. */
export const answerTimeout = 10_000;

/** What the subscriptions of a client share: the connection that they go over, and who answers for them. */
export interface SubscriptionContext extends ContinuityContext {
  readonly random: () => number;
  readonly transport: Transport;
  /** Lets in who asks for channels that are not public; undefined when the application passed nothing that could. */
  readonly guard: Guard | undefined;
  /** How many answers are owed to channels that were let go before they came. */
  readonly stale: Map<string, number>;
  /** Pusher's name for the open connection; undefined while there is none. */
  socketId: string | undefined;
  /** Begins to talk with the server about a channel; there as soon as a connection is. */
  converse: ((subscription: Subscription) => Conversation) | undefined;
  /** What proof of delivery does with what comes in; undefined without it. */
  delivery: DeliveryHooks | undefined;
  /** Where a message's id is when the frame has none; undefined when nobody knows. */
  identify: ((data: unknown, event: string, channel: string) => string | undefined) | undefined;
  /** A message does not open with any key there is. */
  unopened(channel: string): void;
}

/** The channel that a subscription is for. */
export interface SubscribedChannel extends ContinuousChannel {
  readonly kind: ChannelKind;
  /** The first holder came. */
  held(): void;
  /** The last one has gone, a second ago. */
  released(): void;
  /** The status is another one. Told before the store's subscribers. */
  changed(): void;
  /** The server says who is there, `me` among them. */
  present(members: readonly Member[], me: string | undefined, now: number): void;
  /** Nothing is known any more of who is there. */
  absent(): void;
  /** Tells what other libraries tell by events. */
  announce(event: string, data: unknown): void;
  /** Gets what a subscriber of the status threw. */
  threw(cause: unknown): void;
}
