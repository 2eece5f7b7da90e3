import {
  type ComputedRef,
  computed,
  effectScope,
  type MaybeRefOrGetter,
  type ShallowRef,
  toValue,
} from 'vue';
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

/**
 * The channel of that name: the same object as long as the name is the same. A name that no server takes throws in the setup;
 * one that comes later is no channel, and Vue is told of the error as of those in watchers. */
export function channelOf(client: AnyClient, name: AnyName): ComputedRef<Channel | undefined> {
  // Caught, because Vue would throw it out of whatever assignment changed the name.
  const found = computed((): { readonly channel?: Channel; readonly error?: unknown } => {
    try {
      const value = toValue(name);
      return typeof value === 'string' ? { channel: client.channel(value) } : {};
    } catch (error) {
      return { error };
    }
  });
  const rethrow = (error: unknown): Stop => {
    if (error !== undefined) throw error;
    return () => {};
  };
  rethrow(found.value.error);
  whileLive(() => found.value.error, rethrow);
  return computed(() => found.value.channel);
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
  // Of its own, so that the stop ends all of it.
  const scope = effectScope();
  scope.run(() => {
    const channel = channelOf(client, name);
    whileLive(
      () => channel.value,
      (current) => current?.on(event, listener) ?? (() => {}),
    );
  });
  return () => scope.stop();
}

export function useGap(client: AnyClient, listener: (gap: Gap) => void): Stop {
  return whileLive(
    () => client,
    (current) => current.on('gap', listener),
  );
}
