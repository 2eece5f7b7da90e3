import { setupServer } from 'msw/node';
import { describeServerHost } from './server-host';

describeServerHost('in memory', async (server) => ({
  url: 'http://surewire.test',
  connect: (path) => server.connect(`ws://surewire.test${path}`),
  fetch: server.fetch,
  close: async () => {},
}));

describeServerHost('on a real port', async (server) => {
  const { url, close } = await server.listen();
  return { url, fetch, close, connect: (path) => new WebSocket(url.replace('http', 'ws') + path) };
});

describeServerHost('behind msw', async (server) => {
  const worker = setupServer(...(await server.handlers()));
  worker.listen({ onUnhandledFrame: 'error' });
  return {
    url: 'http://surewire.test',
    connect: (path) => new WebSocket(`ws://surewire.test${path}`),
    // Looked up at each call: msw replaced the global.
    fetch: (...call) => fetch(...call),
    close: async () => worker.close(),
  };
});
