// A service worker that follows a channel and tells its pages. Bundled into one file, for it cannot load code later.
import { RealtimeClient, webSocketLink } from 'surewire';

const client = new RealtimeClient({
  key: 'app-key',
  host: '127.0.0.1',
  // Written in when it is bundled.
  port: PORT,
  tls: false,
  transport: webSocketLink(),
});
client.channel('news').on('said', async (said) => {
  for (const page of await clients.matchAll({ includeUncontrolled: true })) page.postMessage(said);
});
