// What a publish may wait for, and what there is to be told of its end.
import {
  type Acknowledgement,
  durable,
  guardUnload,
  isRealtimeError,
  type LimitOptions,
  memoryStorage,
  type PendingMessage,
  publishing,
  pusherLimits,
  RealtimeClient,
  type RealtimeError,
  reverbLimits,
  type Stop,
  sockudoLimits,
  soketiLimits,
  UnconfirmedError,
} from 'surewire';
import { same } from './same.js';

const client = new RealtimeClient({
  key: 'app-key',
  cluster: 'us2',
  limits: { ...soketiLimits, clientEventsPerSecond: 20 },
  publish: publishing({ outbox: durable({ storage: memoryStorage() }) }),
});
const limits: readonly LimitOptions[] = [pusherLimits, reverbLimits, sockudoLimits];
same<(typeof limits)[number]['payloadBytes'], number | undefined>(true);
same<typeof soketiLimits.payloadBytes, number>(true);

const channel = client.channel('private-plugin-7');
const published = channel.publish('go', {}, { acknowledge: 'delivered', receivers: 2, timeout: 5_000 });
same<typeof published, Promise<Acknowledgement>>(true);
same<Acknowledgement['receivers'], number | undefined>(true);
same<PendingMessage['state'], 'waiting' | 'in-flight' | 'unconfirmed'>(true);

// @ts-expect-error: there is no such level to wait for
void channel.publish('go', {}, { acknowledge: 'written' });
// @ts-expect-error: a number of receivers
void channel.publish('go', {}, { acknowledge: 'delivered', receivers: 'all' });

client.on('expired', (error, message) => {
  same<typeof error, RealtimeError>(true);
  same<typeof message, PendingMessage>(true);
});
client.on('rejected', (error) => {
  if (error instanceof UnconfirmedError) {
    same<typeof error.receivers, number>(true);
    same<typeof error.acknowledgement, Acknowledgement>(true);
  }
  if (isRealtimeError(error) && error.code === 'unconfirmed') console.warn(error.message);
  // @ts-expect-error: a code that does not exist
  if (error.code === 'undelivered') return;
});

same<ReturnType<typeof guardUnload>, Stop>(true);
guardUnload(client.outbox)();
