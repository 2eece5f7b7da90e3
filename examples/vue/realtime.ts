import { createRealtimeComposables } from 'surewire/vue';
import type { channels } from '../quick-start/channels.ts';

// An application with one client declares its channels in `Register` instead, and imports the composables by name.
export const {
  createRealtime,
  useConnection,
  useEvent,
  useEventReducer,
  useOutbox,
  usePresence,
  usePublish,
  useStatistics,
} = createRealtimeComposables<typeof channels>();
