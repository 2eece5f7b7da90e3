import { type ComputedRef, computed, type ShallowRef } from 'vue';
import {
  type Channel,
  type PresenceChannel,
  type PresenceStatus,
  presenceOf,
  type SubscriptionStatus,
  subscriptionOf,
} from '../index';
import { type AnyClient, type AnyName, channelOf } from './channel-of';
import { useStore } from './use-store';

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
