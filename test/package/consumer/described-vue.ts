// The same in Vue.
import { defineChannels, event, RealtimeClient } from 'surewire';
import { createRealtime, createRealtimeComposables, useLatest } from 'surewire/vue';
import { createApp, ref } from 'vue';

const channels = defineChannels({ 'content-generation-{id}': { progress: event<{ progress: number }>() } });
const client = new RealtimeClient({ key: 'app-key', cluster: 'us2', channels });
const composables = createRealtimeComposables<typeof channels>();

createApp({}).use(createRealtime(client)).use(composables.createRealtime(client));

export function useProgress(): number | undefined {
  const id = ref<string>();
  // @ts-expect-error these composables know of no channels: nothing is registered
  useLatest('content-generation-42', 'progress').value?.progress;
  useLatest('content-generation-42', 'progress', { client });
  return composables.useLatest(() => id.value && `content-generation-${id.value}`, 'progress').value
    ?.progress;
}
