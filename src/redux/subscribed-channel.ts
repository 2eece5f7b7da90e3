import type { Channel, PresenceChannel, Stop } from '../index';
import { realtimeNews as news } from './actions';
import type { Batch } from './batch';
import { plainMessage, plainSubscription } from './plain';

/** A channel that the store is subscribed to. */
export interface FollowedChannel {
  /** Tells where it is: the entry is there before the first message. */
  tell(): void;
  /** Nothing about it becomes actions any more. */
  readonly stop: Stop;
}

/** Makes actions of everything about a channel, until it is stopped. */
export function followChannel(channel: Channel, batch: Batch): FollowedChannel {
  const { name } = channel;
  const tellSubscription = (): void =>
    batch.tell(
      news.subscriptionChanged({
        channel: name,
        subscription: plainSubscription(channel.subscription.get()),
      }),
    );
  const stops: Stop[] = [];
  let tellMembers = (): void => {};
  if (isPresence(channel)) {
    const { members, me } = channel;
    tellMembers = () =>
      batch.replace(`members ${name}`, () => {
        const self = me.get();
        return news.membersChanged({ channel: name, members: members.get(), ...(self && { me: self }) });
      });
    stops.push(members.subscribe(tellMembers), me.subscribe(tellMembers));
  }
  // Before what else becomes of the subscription is told: whoever hears of it finds us listening.
  stops.push(channel.onAny((_, message) => batch.add(plainMessage(message))));
  stops.push(channel.subscription.subscribe(tellSubscription));
  return {
    tell: () => {
      if (isPresence(channel) && channel.members.get().length > 0) tellMembers();
      tellSubscription();
    },
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}

function isPresence(channel: Channel): channel is PresenceChannel {
  return channel.kind === 'presence';
}
