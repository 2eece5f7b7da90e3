import { createRealtimeComposables } from 'surewire/vue';
import type { channels } from '../quick-start/channels.ts';

// An application with one client declares its channels in `Register` instead, and imports the composables by name.
export const {
  createRealtime,
  useRealtime,
  useConnection,
  useEventReducer,
  useOutbox,
  usePresence,
  useStatistics,
} = createRealtimeComposables<typeof channels>();
