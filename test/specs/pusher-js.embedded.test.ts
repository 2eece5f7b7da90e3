import { createTestServer } from '../../src/testing/index';
import { runPusherSpecs } from './pusher-js';
import { besides } from './spec-server';

await runPusherSpecs('the embedded server', async () => {
  const server = createTestServer({ apps: [{ id: 'app', key: 'specs', secret: 'secret' }] });
  const { host, port } = (await server.listen()).options;
  const beside = await besides({ appId: 'app', key: 'specs', secret: 'secret', host, port });
  return {
    ...beside,
    end: () => {
      beside.end();
      void server.stop();
    },
  };
});
