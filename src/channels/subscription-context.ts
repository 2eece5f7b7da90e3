import type { Authorizer, DeliveryHooks, Encryption, Transport } from '../ports';
import type { ChannelKind, Member } from '../types';
import type { ContinuityContext, ContinuousChannel } from './gaps';
import type { Pace } from './pace';
import type { UnnamedRefusals } from './unnamed-refusals';

/** What the subscriptions of a client share: the connection that they go over, and who answers for them. */
export interface SubscriptionContext extends ContinuityContext {
  readonly random: () => number;
  readonly transport: Transport;
  /** Authorizes channels that are not public; undefined when the application passed nothing that could. */
  readonly authority: Authorizer | undefined;
  /** Opens the messages of encrypted channels; undefined when the application passed nothing that could. */
  readonly encryption: Encryption | undefined;
  /** Finds out whom refusals without a name are about. */
  readonly refusals: UnnamedRefusals;
  /** How many answers are owed to channels that were let go before they came. */
  readonly stale: Map<string, number>;
  /** Slows down when the application's endpoint has too much to do. */
  readonly pace: Pace;
  /** Pusher's name for the open connection; undefined while there is none. */
  socketId: string | undefined;
  /** What proof of delivery does with what comes in; undefined without it. */
  delivery: DeliveryHooks | undefined;
  /** Where a message's id is when the frame has none; undefined when nobody knows. */
  readonly identify: ((data: unknown, event: string, channel: string) => string | undefined) | undefined;
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
