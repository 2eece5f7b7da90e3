import {
  type Channel,
  type PresenceChannel,
  type PresenceStatus,
  presenceOf,
  type SubscriptionStatus,
  subscriptionOf,
} from '../index';
import { type AnyClient, type AnyName, channelOf } from './channel-of';
import { useKept } from './use-kept';
import { useStore } from './use-store';

export function useChannel(
  client: AnyClient,
  name: AnyName,
): { channel: Channel | undefined; subscription: SubscriptionStatus } {
  const channel = channelOf(client, name);
  const subscription = useStore(useKept([channel], () => subscriptionOf(channel)));
  return { channel, subscription };
}

export function usePresence<Selection = PresenceStatus>(
  client: AnyClient,
  name: AnyName,
  select?: (presence: PresenceStatus) => Selection,
): Selection {
  // The types let no other names through; the run time is in `presenceOf`.
  const channel = channelOf(client, name) as PresenceChannel | undefined;
  return useStore(
    useKept([channel], () => presenceOf(channel)),
    select,
  );
}
