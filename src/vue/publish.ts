import { type ComputedRef, computed, type MaybeRefOrGetter, toValue } from 'vue';
import { type Acknowledgement, type PublicationStatus, type PublishOptions, publicationOf } from '../index';
import { type AnyClient, type AnyName, channelOf } from './channel-of';
import { useStore } from './use-store';

type Refs<T> = { readonly [Key in keyof T]: ComputedRef<T[Key]> };

interface Publishing extends Refs<PublicationStatus> {
  publish(payload: unknown, options?: PublishOptions): void;
  publishAsync(payload: unknown, options?: PublishOptions): Promise<Acknowledgement>;
  reset(): void;
}

export function usePublish(
  client: AnyClient,
  name: AnyName,
  event: string,
  options: MaybeRefOrGetter<PublishOptions | undefined>,
): Publishing {
  const channel = channelOf(client, name);
  const publication = computed(() => publicationOf(client, channel.value, event));
  const value = useStore<PublicationStatus>(publication);
  const publishAsync: Publishing['publishAsync'] = (payload, own) =>
    publication.value.publish(payload, { ...toValue(options), ...own });
  return {
    status: computed(() => value.value.status),
    isPending: computed(() => value.value.isPending),
    acknowledgement: computed(() => value.value.acknowledgement),
    messages: computed(() => value.value.messages),
    error: computed(() => value.value.error),
    publishAsync,
    // Its end is in `error`.
    publish: (payload, own) => void publishAsync(payload, own).catch(() => {}),
    reset: () => publication.value.reset(),
  };
}
