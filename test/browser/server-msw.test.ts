import { setupWorker } from 'msw/browser';
import { describeServerHost } from '../contract/server-host';

describeServerHost('behind msw, in a browser', async (server) => {
  const worker = setupWorker(...(await server.handlers()));
  await worker.start({ onUnhandledFrame: 'bypass', quiet: true });
  return {
    url: 'http://surewire.test',
    connect: (path) => new WebSocket(`ws://surewire.test${path}`),
    fetch: (...call) => fetch(...call),
    close: async () => worker.stop(),
  };
});
