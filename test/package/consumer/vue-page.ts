import { createRealtimeComposables } from 'surewire/vue';
import { createApp, defineComponent, ref } from 'vue';
import { type channels, clientOfPage } from './settings.js';

const { createRealtime, useChannel, useLatest, usePresence } = createRealtimeComposables<typeof channels>();

const Page = defineComponent(() => {
  const id = ref(42);
  const { subscription } = useChannel(() => `content-generation-${id.value}`);
  const latest = useLatest('content-generation-42', 'progress');
  const members = usePresence('presence-classroom-5', (room) => room.members.length);
  return () =>
    `${subscription.value.state} ${members.value} ${latest.value?.progress.toFixed() ?? 'nothing'}`;
});

export function useMistake(): void {
  // @ts-expect-error there is no such event
  useLatest('content-generation-42', 'progres');
}

createApp(Page).use(createRealtime(clientOfPage())).mount(document.body);
