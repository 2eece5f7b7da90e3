import { type ComputedRef, computed, type MaybeRefOrGetter, type ShallowRef, toValue } from 'vue';
import {
  type Channel,
  type Gap,
  type MessageListener,
  type PresenceChannel,
  type PresenceStatus,
  presenceOf,
  type RealtimeClient,
  type Stop,
  type SubscriptionStatus,
  subscriptionOf,
  type UntypedChannels,
} from '../index';
import { useStore } from './use-store';
import { whileLive } from './while-live';

/** A client whose channels the composables do not know; what they know is in the types of `RealtimeComposables`. */
export type AnyClient = RealtimeClient<UntypedChannels>;
/** A name, or none yet. */
export type AnyName = MaybeRefOrGetter<string | null | undefined | false>;

/** The channel of that name: the same object as long as the name is the same. */
export function channelOf(client: AnyClient, name: AnyName): ComputedRef<Channel | undefined> {
  return computed(() => {
    const value = toValue(name);
    return typeof value === 'string' ? client.channel(value) : undefined;
  });
}

export function useChannel(
  client: AnyClient,
  name: AnyName,
): { channel: ComputedRef<Channel | undefined>; subscription: Readonly<ShallowRef<SubscriptionStatus>> } {
  const channel = channelOf(client, name);
  const store = computed(() => subscriptionOf(channel.value));
  return { channel, subscription: useStore(store) };
}

export function usePresence<Selection = PresenceStatus>(
  client: AnyClient,
  name: AnyName,
  select?: (presence: PresenceStatus) => Selection,
): Readonly<ShallowRef<Selection>> {
  const channel = channelOf(client, name);
  // The types let no other names through.
  const store = computed(() => presenceOf(channel.value as PresenceChannel | undefined));
  return useStore(store, select);
}

export function useEvent(client: AnyClient, name: AnyName, event: string, listener: MessageListener): Stop {
  const channel = channelOf(client, name);
  return whileLive(
    () => channel.value,
    (current) => current?.on(event, listener) ?? (() => {}),
  );
}

export function useGap(client: AnyClient, listener: (gap: Gap) => void): Stop {
  return whileLive(
    () => client,
    (current) => current.on('gap', listener),
  );
}
