// What the tests start in other runtimes, beside the packed package: it follows a channel and publishes on it, before and after a cut that
// the test makes once it reads `live`. Nothing may be left behind: the process has to end by itself.
import { backendAuth, publishing, RealtimeClient, webSocketLink } from 'surewire';

const { options, endpoints, token, link } = JSON.parse(process.argv[2]);
const client = new RealtimeClient({
  ...options,
  ...(link === 'webSocketLink()' ? { transport: webSocketLink() } : {}),
  auth: backendAuth({ endpoint: endpoints.auth, token }),
  publish: publishing({ endpoint: endpoints.publish }),
});
const errors = [];
client.on('error', ({ message }) => errors.push(message));
const heard = [];
const channel = client.channel('private-plugin-7');
channel.on('command', ({ run }) => heard.push(run));
await channel.ready();
const { level: before } = await channel.publish('command', { run: 'before' });
const lost = new Promise((resolve) => {
  const stop = client.status.subscribe(() => {
    if (client.status.get().state === 'connected') return;
    stop();
    resolve();
  });
});
console.log('live');
await lost;
const { level: after } = await channel.publish('command', { run: 'after' });
console.log(JSON.stringify({ levels: [before, after], heard, errors }));
client.destroy();
