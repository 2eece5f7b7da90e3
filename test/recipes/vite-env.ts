import { backendAuth, RealtimeClient } from 'surewire';
import { clientOptionsFromEnv } from 'surewire/toolbox';
import { session } from './application';
import { channels } from './realtime';

const { authEndpoint, ...app } = clientOptionsFromEnv(import.meta.env);

export const client = new RealtimeClient({
  ...app,
  auth: backendAuth({ endpoint: authEndpoint, token: () => session.accessToken() }),
  channels,
});
