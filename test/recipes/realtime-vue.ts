import { createRealtimeComposables } from 'surewire/vue';
import type { channels } from './realtime';

export const { createRealtime, useEventReducer } = createRealtimeComposables<typeof channels>();
