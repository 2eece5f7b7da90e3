import Pusher from 'pusher-js';
import { PusherSocket } from '../../src/link/pusher';
import { PusherTransport } from '../../src/link/transport';
import { describeTransport } from './transport';

describeTransport('in memory', async (server, authorizer) => server.options.transport({ authorizer }));

describeTransport('over pusher-js', async (server, authorizer) => {
  const { port } = await server.listen();
  const link = new PusherSocket({
    key: 'app-key',
    Pusher,
    pusherOptions: {
      cluster: '',
      wsHost: '127.0.0.1',
      wsPort: port,
      forceTLS: false,
      enabledTransports: ['ws'],
    },
  });
  return new PusherTransport(link, authorizer);
});
