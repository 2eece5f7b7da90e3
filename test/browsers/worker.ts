import PusherWorker from 'pusher-js/worker';
import {
  durable,
  indexedDbStorage,
  publishing,
  RealtimeClient,
  type RealtimeClientOptions,
  type UntypedChannels,
} from '../../src/index';

// Runs in the browser, in a worker: publishes once, and tells what became of it.

/** What the page says. */
interface WorkerOrder {
  readonly options: RealtimeClientOptions<UntypedChannels>;
  /** Whether the class for workers is passed, as it has to be. */
  readonly fit: boolean;
}

addEventListener('message', ({ data }: MessageEvent<WorkerOrder>) => void work(data));

async function work({ options, fit }: WorkerOrder): Promise<void> {
  const client = new RealtimeClient<UntypedChannels>({
    ...options,
    ...(fit ? { Pusher: PusherWorker as never } : {}),
    publish: publishing({ outbox: durable({ storage: indexedDbStorage(), owner: 'worker' }) }),
  });
  const errors: string[] = [];
  client.on('error', ({ code, message }) => errors.push(`${code}: ${message}`));
  const connection = await client.connect().then(
    () => 'connected',
    ({ message }) => message,
  );
  if (connection !== 'connected') {
    postMessage({ connection });
    return;
  }
  const channel = client.channel('private-worker');
  const heard = channel.once('step', { timeout: 20_000 });
  await channel.ready({ timeout: 20_000 });
  const { level } = await channel.publish('step', { number: 1 });
  postMessage({ connection, level, heard: await heard, errors });
}
