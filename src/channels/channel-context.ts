import type { ChannelDefinitions } from '../contract/define';
import type { Recorder } from '../figures';
import type { DeliveryHooks } from '../ports';
import type { ClientContext, Guard } from '../slots';
import type { Acknowledgement, PublishOptions, SubscriptionState } from '../types';
import type { ChannelStream } from './channel';
import type { Conversation } from './conversation';
import type { FetchMissed } from './gaps';
import type { Subscription } from './subscription';

/** A subscription without an answer for so long is asked for again, in milliseconds. */
export const answerTimeout = 10_000;

/** What the channels of a client work with. */
export interface ChannelsOptions
  extends Pick<ClientContext, 'clock' | 'random' | 'transport' | 'life' | 'reports' | 'wantConnection'> {
  readonly definitions: ChannelDefinitions | undefined;
  readonly recorder: Pick<Recorder, 'received' | 'held' | 'released' | 'count'> | undefined;
  /** Lets in who asks for channels that are not public; undefined when the application passed nothing that could. */
  readonly guard: Guard | undefined;
  /** Where a message's id is when the frame has none: a function of the application's, which may answer anything. */
  readonly messageId: ((data: unknown, event: string, channel: string) => unknown) | undefined;
  /** Hands a message to the outbox. */
  readonly publish: (
    channel: ChannelStream,
    event: string,
    payload: unknown,
    options?: PublishOptions,
  ) => Promise<Acknowledgement>;
  /** Told of each change of a channel's subscription, before its subscribers. */
  readonly changed: (channel: string, state: SubscriptionState) => void;
}

/** What the channels of a client share: what they work with, and the connection that they go over. */
export interface ChannelContext extends ChannelsOptions {
  /** How many answers are owed to channels that were let go before they came. */
  readonly stale: Map<string, number>;
  /** Pusher's name for the open connection; undefined while there is none. */
  socketId: string | undefined;
  /** Begins to talk with the server about a channel; there as soon as a connection is. */
  converse: ((subscription: Subscription) => Conversation) | undefined;
  /** Fetches what was missed in a gap; undefined when nobody can. */
  recover: FetchMissed | undefined;
  /** What proof of delivery does with what comes in; undefined without it. */
  delivery: DeliveryHooks | undefined;
  /** The channel has its first holder. */
  held(channel: ChannelStream): void;
  /** The channel's last holder has gone, a second ago. */
  released(channel: ChannelStream): void;
}
