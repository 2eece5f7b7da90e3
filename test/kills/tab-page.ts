import {
  backendAuth,
  durable,
  indexedDbStorage,
  publishing,
  RealtimeClient,
  type UntypedChannels,
} from '../../src/index';
import { keysIn } from '../fakes/stored-in';
import { ControlDisk } from './control-disk';
import { seeded } from './seeded';
import type { TabOrder, TabReport } from './tab-order';

// Runs in the browser: a page of an application that publishes all the time, until somebody kills it.

/** So much may be pending before a page waits for the server: the outbox has a limit, which is not what is tried here. */
const enough = 250;

declare global {
  interface Window {
    /** Reaches the test at once, also when this process is killed a moment later. */
    report(text: string): void;
  }
}

const order = JSON.parse(decodeURIComponent(location.hash.slice(1))) as TabOrder;
const random = seeded(order.seed);
const report = (...reports: readonly TabReport[]): void => window.report(JSON.stringify(reports));
const { server, endpoints, token, owner, channels } = order;

const client = new RealtimeClient<UntypedChannels>({
  ...server,
  tls: false,
  auth: backendAuth({ endpoint: endpoints.auth, token }),
  publish: publishing({
    endpoint: endpoints.publish,
    outbox: durable({ storage: indexedDbStorage(), owner }),
  }),
});
const control = new ControlDisk(`control:${server.key}`);
// Lost connections are what this is about; a storage that fails, or a refusal, is not.
client.on('error', (error) => {
  if (error.code === 'connection') return;
  // What is true of a slow machine is no fault of the page; where the browser answers others, it is.
  const isLate = error.code === 'storage' && String(error.cause).includes('no answer within');
  if (isLate && control.isSlow) report({ type: 'slow' });
  else report({ type: 'fault', what: `${error.code}: ${error.message} ${error.cause}` });
});
client.on('rejected', (error) =>
  report({ type: 'fault', what: `rejected, ${error.code}: ${error.message}` }),
);
report({ type: 'started' });

if (order.connects) for (const channel of channels) client.channel(channel).hold();
if (order.task === 'publish') publish();
else void drain();

function publish(): void {
  const numbers = new Map<string, number>();
  const burst = (): void => {
    const count = client.outbox.pending.get().length > enough ? 0 : 1 + Math.floor(random() * 8);
    for (let index = 0; index < count; index += 1) {
      const channel = channels[Math.floor(random() * channels.length)] ?? '';
      const number = numbers.get(channel) ?? 0;
      numbers.set(channel, number + 1);
      client.publish(channel, 'step', { page: order.page, number }, { acknowledge: 'none' }).then(
        ({ id }) => report({ type: 'stored', channel, number, id }),
        (error: unknown) => report({ type: 'fault', what: `publish: ${error}` }),
      );
    }
    setTimeout(burst, random() * 30);
  };
  burst();
}

async function drain(): Promise<void> {
  void client.connect();
  // Not asked of the outbox, which has nothing pending before it is this tab's turn to send.
  while ((await stored()) > 0) {
    await client.outbox.flush();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  report({ type: 'drained' });
}

/** How many messages of this owner are in the database. */
async function stored(): Promise<number> {
  const keys = await keysIn(`surewire:${server.key}`, 'messages');
  return keys.filter((key) => Array.isArray(key) && key[0] === owner).length;
}
