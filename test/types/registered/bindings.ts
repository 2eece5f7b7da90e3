// The same augmentation types the hooks and composables that are imported by name.
import type { Payload, RegisteredChannels } from 'surewire';
import { useEvent, useLatest } from 'surewire/react';
import { useLatest as useLatestRef } from 'surewire/vue';
import { same } from '../same.js';

type Changed = Payload<RegisteredChannels, 'agent-status', 'changed'>;

export function useRegistered(): void {
  useEvent('agent-status', 'changed', ({ status }) => same<typeof status, 'idle' | 'working'>(true));
  const latest = useLatest('agent-status', 'changed');
  same<typeof latest, Changed | undefined>(true);
  const latestRef = useLatestRef('agent-status', 'changed');
  same<typeof latestRef.value, Changed | undefined>(true);
  // @ts-expect-error not among the registered channels
  useEvent('agent-statu', 'changed', () => {});
}
