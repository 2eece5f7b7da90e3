// A module of a worker as one writes it: the client is made beside the handler, and works in it. Run by workerd.
import { RealtimeClient } from 'surewire';

const client = new RealtimeClient({ key: 'app-key', cluster: 'us2' });
const channel = client.channel('news');

export default {
  async fetch() {
    channel.on('said', () => {});
    return Response.json({ state: client.status.get().state, channel: channel.name });
  },
};
