import { createRealtimeHooks } from 'surewire/react';
import type { channels } from '../channels.ts';

// An application with one client declares its channels in `Register` instead, and imports the hooks by name.
export const {
  RealtimeProvider,
  useRealtime,
  useChannel,
  useConnection,
  useEvent,
  useEventReducer,
  useOutbox,
  usePresence,
  usePublish,
  useStatistics,
} = createRealtimeHooks<typeof channels>();
