import { createRealtimeHooks } from 'surewire/react';
import type { channels } from '../quick-start/channels.ts';

// An application with one client declares its channels in `Register` instead, and imports the hooks by name.
export const {
  RealtimeProvider,
  useConnection,
  useEventReducer,
  useLatest,
  useEvent,
  useOutbox,
  usePresence,
  usePublish,
  useStatistics,
} = createRealtimeHooks<typeof channels>();
