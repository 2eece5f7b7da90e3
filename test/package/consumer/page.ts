import { defineChannels, event, RealtimeClient } from 'surewire';

interface Settings {
  readonly key: string;
  readonly host: string;
  readonly port: number;
}

const channels = defineChannels({ 'content-generation-{id}': { progress: event<{ progress: number }>() } });
const { key, host, port } = JSON.parse(decodeURIComponent(location.hash.slice(1))) as Settings;
const client = new RealtimeClient({ key, host, port, tls: false, channels });

client.channel('content-generation-42').on('progress', ({ progress }) => {
  document.title = `${progress} %`;
});
client.status.subscribe(({ state }) => {
  document.body.textContent = state;
});
await client.channel('content-generation-42').ready();
document.title = 'ready';
