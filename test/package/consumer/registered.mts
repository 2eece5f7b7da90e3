import { defineChannels, event, RealtimeClient } from 'surewire';

const channels = defineChannels({ 'private-plugin-{id}': { command: event<{ run: string }>() } });

declare module 'surewire' {
  interface Register {
    channels: typeof channels;
  }
}

// No type argument anywhere: what is registered is what every client has.
export const client: RealtimeClient = new RealtimeClient({ key: 'app-key', cluster: 'us2', channels });

client.channel('private-plugin-7').on('command', ({ run }) => run.toUpperCase());
// @ts-expect-error there is no such channel
client.channel('private-plugins-7');
