/** What applications import of surewire, each as a whole module: for its size, and for what starting it takes. */
export const surewireImports: Readonly<Record<string, string>> = {
  'surewire, listens': `
import { RealtimeClient } from 'surewire';
export const client = new RealtimeClient({ key: 'app-key', cluster: 'us2' });`,
  'surewire, private channels and tokens': `
import { RealtimeClient } from 'surewire';
export const client = new RealtimeClient({
  key: 'app-key', cluster: 'us2', auth: { endpoint: '/pusher/auth', token: () => 'token' },
});`,
  'surewire, publishes as well': `
import { RealtimeClient } from 'surewire';
export const client = new RealtimeClient({
  key: 'app-key', cluster: 'us2',
  auth: { endpoint: '/pusher/auth', token: () => 'token' },
  publish: { endpoint: '/realtime/trigger' },
});`,
  'surewire, over IndexedDB': `
import { indexedDbStorage, RealtimeClient } from 'surewire';
export const client = new RealtimeClient({
  key: 'app-key', cluster: 'us2',
  auth: { endpoint: '/pusher/auth', token: () => 'token' },
  publish: { endpoint: '/realtime/trigger' },
  outbox: { storage: indexedDbStorage(), owner: 'user-1' },
});`,
  'surewire, everything': `
export * from 'surewire';`,
};
