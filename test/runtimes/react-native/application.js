// biome-ignore assist/source/organizeImports: The platform comes first.
import { AsyncStorage, sockets } from './platform';
import {
  asyncStorage,
  backendAuth,
  durable,
  publishing,
  RealtimeClient,
  statistics,
  webSocketLink,
} from 'surewire';

/** Listens and publishes over `transport`, before a cut and after it. */
async function use(transport) {
  const client = new RealtimeClient({
    key: 'app-key',
    host: '127.0.0.1',
    port: 6001,
    tls: false,
    transport,
    auth: backendAuth({ endpoint: 'https://api.example.com/auth', token: 'token' }),
    publish: publishing({
      endpoint: 'https://api.example.com/publish',
      outbox: durable({ storage: asyncStorage(new AsyncStorage()), owner: 'ada' }),
    }),
    statistics: statistics(),
  });
  const [errors, heard] = [[], []];
  client.on('error', ({ message }) => errors.push(message));
  const channel = client.channel('private-plugin-7');
  channel.on('command', ({ run }) => heard.push(run));
  await channel.ready();
  const { level: before } = await channel.publish('command', { run: 'before' });
  await new Promise((resolve) => setTimeout(resolve, 10));
  sockets[sockets.length - 1].close(1006);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const { level: after } = await channel.publish('command', { run: 'after' });
  await new Promise((resolve) => setTimeout(resolve, 10));
  const { state } = client.status.get();
  client.destroy();
  return { levels: [before, after], heard, errors, state, reconnects: client.statistics.get().reconnects };
}

use(undefined)
  .then((overPusher) => use(webSocketLink()).then((overWebSocket) => [overPusher, overWebSocket]))
  .then((results) => print(JSON.stringify(results)))
  .catch(({ name, message }) => print(`${name}: ${message}`));
