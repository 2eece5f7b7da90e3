import { RealtimeClient } from 'surewire';
import { clientOptionsFromEnv } from 'surewire/toolbox';
import { session } from './application';
import { channels } from './realtime';

const { auth, ...app } = clientOptionsFromEnv(import.meta.env);

export const client = new RealtimeClient({
  ...app,
  auth: { ...auth, token: () => session.accessToken() },
  channels,
});
