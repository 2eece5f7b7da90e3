/** What applications import of surewire, each as a whole module: for its size, and for what starting it takes. */
export const surewireImports: Readonly<Record<string, string>> = {
  'surewire, listens': `
import { RealtimeClient } from 'surewire';
export const client = new RealtimeClient({ key: 'app-key', cluster: 'us2' });`,
  'surewire, private channels and tokens': `
import { backendAuth, RealtimeClient } from 'surewire';
export const client = new RealtimeClient({
  key: 'app-key', cluster: 'us2', auth: backendAuth({ endpoint: '/pusher/auth', token: () => 'token' }),
});`,
  'surewire, publishes as well': `
import { backendAuth, publishing, RealtimeClient } from 'surewire';
export const client = new RealtimeClient({
  key: 'app-key', cluster: 'us2',
  auth: backendAuth({ endpoint: '/pusher/auth', token: () => 'token' }),
  publish: publishing({ endpoint: '/realtime/trigger' }),
});`,
  'surewire, over IndexedDB': `
import { backendAuth, durable, indexedDbStorage, publishing, RealtimeClient } from 'surewire';
export const client = new RealtimeClient({
  key: 'app-key', cluster: 'us2',
  auth: backendAuth({ endpoint: '/pusher/auth', token: () => 'token' }),
  publish: publishing({
    endpoint: '/realtime/trigger',
    outbox: durable({ storage: indexedDbStorage(), owner: 'user-1' }),
  }),
});`,
  'surewire, everything': `
export * from 'surewire';`,
};
