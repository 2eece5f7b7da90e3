import { ConfigurationError } from '../errors';
import { combineStores } from '../support/derived-store';
import { needed, neededFunction } from '../support/given';
import { subscribing } from '../support/listeners';
import type {
  Channel,
  ChannelShape,
  Member,
  PresenceChannel,
  ReadableStore,
  Stop,
  SubscriptionStatus,
} from '../types';

/** Who is on a presence channel, and whether that is up to date. */
export interface PresenceStatus<Info = unknown> {
  /** Everybody, ourselves included, in the order of arrival. */
  readonly members: readonly Member<Info>[];
  /** Ourselves; undefined until subscribed. */
  readonly me: Member<Info> | undefined;
  /** The subscription: the members are those of the last connection while it is `subscribing`. */
  readonly subscription: SubscriptionStatus;
}

const nowhere: SubscriptionStatus = { state: 'unsubscribed' };
const nobody: PresenceStatus<never> = { members: [], me: undefined, subscription: nowhere };

/** A channel's subscription. Whoever subscribes to this store holds the channel; without a channel nothing ever happens. */
export function subscriptionOf(channel: Channel | undefined): ReadableStore<SubscriptionStatus> {
  if (channel === undefined) return fixed(nowhere);
  return holding(needed(channel, 'channel', ['hold']), channel.subscription);
}

/** A channel's members and its subscription. Whoever subscribes to this store holds the channel. */
export function presenceOf<Shape extends ChannelShape>(
  channel: PresenceChannel<Shape> | undefined,
): ReadableStore<PresenceStatus<Shape['member']>> {
  if (channel === undefined) return fixed(nobody);
  const { name, kind, members, me, subscription } = needed(channel, 'channel', ['hold']);
  if (kind !== 'presence')
    throw new ConfigurationError(
      `Nobody can be seen on "${name}", which is ${kind}: only a channel whose name begins with "presence-" has members.`,
      { channel: name },
    );
  return holding(channel, combineStores({ members, me, subscription }));
}

function fixed<T>(value: T): ReadableStore<T> {
  const subscribe = (listener: unknown): Stop => {
    neededFunction(listener, subscribing);
    return () => {};
  };
  return { initial: value, get: () => value, subscribe };
}

function holding<T>(channel: Pick<Channel, 'hold'>, store: ReadableStore<T>): ReadableStore<T> {
  return {
    initial: store.initial,
    get: () => store.get(),
    subscribe: (listener) => {
      // Subscribed first, so that what holding changes is told.
      const stop = store.subscribe(listener);
      const release = channel.hold();
      return () => {
        stop();
        release();
      };
    },
  };
}
