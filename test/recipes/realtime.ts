import { defineChannels, event } from 'surewire';
import { createRealtimeHooks } from 'surewire/react';

/** The channels of the recipes, as in the guides. */
export const channels = defineChannels({
  'agent-status': { changed: event<{ agentId: string; status: 'idle' | 'working' }>() },
  'content-generation-{id}': {
    progress: event<{ progress: number; message?: string }>(),
    complete: event<{ contentId: string }>(),
  },
});

export const { RealtimeProvider, useConnection, useEvent, useLatest, useRealtime } =
  createRealtimeHooks<typeof channels>();
