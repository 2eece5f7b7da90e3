import type { Channel, PresenceChannel, Stop } from '../index';
import { realtimeNews as news } from './actions';
import type { Batch } from './batch';
import { plainMessage, plainSubscription } from './plain';

/** A channel that the store is subscribed to: everything about it becomes actions until it is stopped. */
export function followChannel(channel: Channel, batch: Batch): Stop {
  const { name } = channel;
  const tellSubscription = (): void =>
    batch.tell(
      news.subscriptionChanged({
        channel: name,
        subscription: plainSubscription(channel.subscription.get()),
      }),
    );
  const stops = [channel.subscription.subscribe(tellSubscription)];
  // The entry is there before the first message.
  tellSubscription();
  if (isPresence(channel)) {
    const { members, me } = channel;
    const tellMembers = (): void =>
      batch.replace(`members ${name}`, () => {
        const self = me.get();
        return news.membersChanged({ channel: name, members: members.get(), ...(self && { me: self }) });
      });
    stops.push(members.subscribe(tellMembers), me.subscribe(tellMembers));
    if (members.get().length > 0) tellMembers();
  }
  stops.push(channel.onAny((_, message) => batch.add(plainMessage(message))));
  return () => {
    for (const stop of stops) stop();
  };
}

function isPresence(channel: Channel): channel is PresenceChannel {
  return channel.kind === 'presence';
}
