import { channelKind } from '../contract/name';
import type { Store } from '../support/store';
import type { Stop, SubscriptionStatus } from '../types';

/** What is held: a name, and where to write how it fares. */
export interface HeldChannel {
  readonly name: string;
  readonly subscription: Store<SubscriptionStatus>;
}

/** A channel somebody holds or held a moment ago. */
export interface Holding {
  readonly channel: HeldChannel;
  /** Whether the application has to authorize it. */
  readonly guarded: boolean;
  holders: number;
  /** Where the server is with it, as far as we know. */
  wire: 'none' | 'waiting' | 'asked' | 'confirmed' | 'refused';
  /** The transport was asked for it on this connection and may bring it yet, also while we wait to ask again. */
  mentioned: boolean;
  failures: number;
  stopTimer: Stop;
  stopLinger: Stop;
}

const nothing: Stop = () => {};

/** A channel that nobody holds yet and that the server has not heard of. */
export function createHolding(channel: HeldChannel): Holding {
  return {
    channel,
    guarded: channelKind(channel.name) !== 'public',
    holders: 0,
    wire: 'none',
    mentioned: false,
    failures: 0,
    stopTimer: nothing,
    stopLinger: nothing,
  };
}
