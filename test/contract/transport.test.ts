import Pusher from 'pusher-js';
import { PusherLink } from '../../src/link/pusher';
import { ProtocolTransport } from '../../src/link/transport';
import { webSocketLink } from '../../src/link/web-socket';
import { describeTransport } from './transport';

const key = 'app-key';

describeTransport('in memory', async (server) => server.link({ key }));

describeTransport('over pusher-js', async (server) => {
  const { port } = await server.listen();
  const pusherOptions = { cluster: '', wsHost: '127.0.0.1', wsPort: port, forceTLS: false };
  return new ProtocolTransport(new PusherLink({ key, Pusher, pusherOptions }));
});

describeTransport('over a WebSocket alone', async (server) => {
  const { port } = await server.listen();
  const pusherOptions = { cluster: '', wsHost: '127.0.0.1', wsPort: port, forceTLS: false };
  return new ProtocolTransport(webSocketLink()({ key, pusherOptions }));
});
