// One augmentation types every client. A program of its own, because the augmentation reaches all of a program.
import {
  type ChannelName,
  defineChannels,
  event,
  type Payload,
  RealtimeClient,
  type RegisteredChannels,
} from 'surewire';
import { same } from '../same.js';

const channels = defineChannels({ 'agent-status': { changed: event<{ status: 'idle' | 'working' }>() } });

declare module 'surewire' {
  interface Register {
    channels: typeof channels;
  }
}

same<RegisteredChannels, typeof channels>(true);
same<ChannelName<RegisteredChannels>, 'agent-status'>(true);
same<Payload<RegisteredChannels, 'agent-status', 'changed'>, { status: 'idle' | 'working' }>(true);

export function listen(client: RealtimeClient): void {
  client.channel('agent-status').on('changed', ({ status }) => same<typeof status, 'idle' | 'working'>(true));
  // @ts-expect-error not among the registered channels
  client.channel('agent-statu');
}

listen(new RealtimeClient({ key: 'app-key', channels }));
