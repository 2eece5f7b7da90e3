import { useEffect } from 'react';
import {
  type Channel,
  type Gap,
  type MessageListener,
  type PresenceChannel,
  type PresenceStatus,
  presenceOf,
  type RealtimeClient,
  type SubscriptionStatus,
  subscriptionOf,
  type UntypedChannels,
} from '../index';
import { useKept } from './use-kept';
import { useNewest } from './use-newest';
import { useStore } from './use-store';

/** A client whose channels the hooks do not know; what they know is in the types of `RealtimeHooks`. */
export type AnyClient = RealtimeClient<UntypedChannels>;
/** A name, or none yet. */
export type AnyName = string | null | undefined | false;

/** The channel of that name: the same object at each render. */
export function channelOf(client: AnyClient, name: AnyName): Channel | undefined {
  return typeof name === 'string' ? client.channel(name) : undefined;
}

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

export function useEvent(client: AnyClient, name: AnyName, event: string, listener: MessageListener): void {
  const channel = channelOf(client, name);
  const newest = useNewest(listener);
  useEffect(
    () => channel?.on(event, (payload, message) => newest.current(payload, message)),
    [channel, event, newest],
  );
}

export function useGap(client: AnyClient, listener: (gap: Gap) => void): void {
  const newest = useNewest(listener);
  useEffect(() => client.on('gap', (gap) => newest.current(gap)), [client, newest]);
}
