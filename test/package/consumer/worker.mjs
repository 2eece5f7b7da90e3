// A module of a worker as one writes it: the client is made beside the handler, and works in it. Run by workerd.
import { RealtimeClient, webSocketLink } from 'surewire';

const client = new RealtimeClient({
  key: 'app-key',
  host: '127.0.0.1',
  // Written in when it is bundled.
  port: PORT,
  tls: false,
  transport: webSocketLink(),
});
const news = client.channel('news');

export default {
  async fetch() {
    const said = await news.once('said', { timeout: 60_000 });
    client.destroy();
    return Response.json(said);
  },
};
