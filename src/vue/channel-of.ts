import { type ComputedRef, computed, type MaybeRefOrGetter, toValue } from 'vue';
import type { Channel, RealtimeClient, UntypedChannels } from '../index';
import { whileLive } from './while-live';

/** A client whose channels the composables do not know; what they know is in the types of `RealtimeComposables`. */
export type AnyClient = RealtimeClient<UntypedChannels>;
/** A name, or none yet. */
export type AnyName = MaybeRefOrGetter<string | null | undefined | false | 0>;

/** A channel, none, or why there is none: thrown in a computed ref, it would come out of whatever assignment changed the name. */
type Found = Channel | undefined | { readonly mistake: unknown };

/** What that name stands for. One that no server takes throws if it is there from the start, in the setup. */
export function findChannel(client: AnyClient, name: AnyName): ComputedRef<Found> {
  const found = computed((): Found => {
    try {
      const value = toValue(name);
      // Not only null: `id && …` gives '' or 0 while there is no id.
      return value ? client.channel(value) : undefined;
    } catch (mistake) {
      return { mistake };
    }
  });
  channelIn(found.value);
  return found;
}

/** The channel, if there is one. Throws what kept us from it. */
export function channelIn(found: Found): Channel | undefined {
  if (found !== undefined && 'mistake' in found) throw found.mistake;
  return found;
}

/** The channel of that name, the same object as long as the name is the same; none, when Vue was told that no server takes it. */
export function channelOf(client: AnyClient, name: AnyName): ComputedRef<Channel | undefined> {
  const found = findChannel(client, name);
  whileLive(
    () => found.value,
    (current) => {
      channelIn(current);
      return () => {};
    },
  );
  return computed(() => (found.value !== undefined && 'mistake' in found.value ? undefined : found.value));
}
