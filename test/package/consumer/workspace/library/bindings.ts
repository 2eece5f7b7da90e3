import { createLegacyService, createLegacyWebSocket } from 'surewire/legacy';
import { useWebSocket } from 'surewire/legacy/react';
import { createRealtimeHooks, useConnection, useOutbox } from 'surewire/react';
import { createRealtimeActions, createRealtimeMiddleware, createRealtimeReducer } from 'surewire/redux';
import { createTestServer } from 'surewire/testing';
import { createRealtimeComposables } from 'surewire/vue';
import { type channels, client } from './channels.js';

export const {
  RealtimeProvider,
  useRealtime,
  useChannel,
  useEvent,
  useEventReducer,
  useGap,
  useLatest,
  usePresence,
  usePublish,
  useStatistics,
} = createRealtimeHooks<typeof channels>();
export const useGeneration = () => useChannel('content-generation-42');
export const useMembers = () => usePresence('presence-room-1');
export const useRun = () => usePublish('private-plugin-1', 'command');
export const useTotal = () =>
  useEventReducer('content-generation-42', { progress: (sum: number, { progress }) => sum + progress }, 0);
export const useStatus = () => ({ connection: useConnection(), outbox: useOutbox() });

export const composables = createRealtimeComposables<typeof channels>();
export const { createRealtime, useLatest: useLatestRef } = composables;
export const useGenerationRefs = () => ({
  ...composables.useChannel('content-generation-42'),
  run: composables.usePublish('private-plugin-1', 'command'),
  members: composables.usePresence('presence-room-1'),
});

export const actions = createRealtimeActions<typeof channels>();
export const { publish } = actions;
export const realtime = createRealtimeMiddleware(client);
export const reducer = createRealtimeReducer<typeof channels>();

export const service = createLegacyService(client);
export const OldSocket = createLegacyWebSocket(client, { '/ws/roblox': 'roblox-sync' });
export const useService = () => useWebSocket(service);
export const server = createTestServer();
