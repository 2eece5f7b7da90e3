// Two clients in Node: one follows a channel, the other publishes on it and knows that it was heard.
import { RealtimeClient } from 'surewire';
import { createTestServer } from 'surewire/testing';

// A server to talk to. In an application this is Pusher: `{ key: '…', cluster: 'us2', auth: …, publish: … }`.
const server = await createTestServer().listen();

const worker = new RealtimeClient(server.options);
const plugin = worker.channel('private-plugin-7');
const heard = new Promise((resolve) => {
  plugin.on('command', (payload, { id }) => {
    console.log('worker heard', payload, 'as', id);
    resolve(payload);
  });
});
await plugin.ready({ timeout: 5_000 });
console.log('worker is', worker.status.get().state);

const boss = new RealtimeClient(server.options);
const { level, attempts, id } = await boss.channel('private-plugin-7').publish('command', { run: 'build' });
console.log(
  'boss published',
  id,
  'which is',
  level,
  'after',
  attempts,
  attempts === 1 ? 'attempt' : 'attempts',
);

await heard;
// Until then they would keep the process running, and come back after every outage.
boss.destroy();
worker.destroy();
await server.close();
