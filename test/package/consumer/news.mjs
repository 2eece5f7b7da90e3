// A client over the platform's WebSocket, made while its module is evaluated, and the channel that it is for.
import { RealtimeClient, webSocketLink } from 'surewire';

export const client = new RealtimeClient({
  key: 'app-key',
  host: '127.0.0.1',
  // Written in when it is bundled.
  port: PORT,
  tls: false,
  transport: webSocketLink(),
});
export const news = client.channel('news');
