import {
  backendAuth,
  durable,
  indexedDbStorage,
  publishing,
  RealtimeClient,
  type UntypedChannels,
} from '../../src/index';
import { keysIn } from '../fakes/stored-in';
import type { SteeredEnd, SteeredOrder, Steering } from './steered-order';

// Runs in the browser: a page of an application that does what the test says.

declare global {
  interface Window {
    steering: Steering;
  }
}

const order = JSON.parse(decodeURIComponent(location.hash.slice(1))) as SteeredOrder;
const { server, endpoints, token, tab, owner, lockless } = order;
const faults: string[] = [];
const told: string[] = [];
const robberies: number[] = [];
const ends = new Map<string, Record<number, SteeredEnd>>();
const heard = new Map<string, unknown[]>();

const { request } = LockManager.prototype;
LockManager.prototype.request = function (this: LockManager, ...given: unknown[]) {
  if ((given[1] as LockOptions).steal) robberies.push(Date.now());
  return Reflect.apply(request, this, given);
};
if (lockless) Object.defineProperty(navigator, 'locks', { value: undefined });
const Channel = globalThis.BroadcastChannel;
globalThis.BroadcastChannel = class extends Channel {
  constructor(name: string) {
    super(name);
    this.addEventListener('message', ({ data }) => told.push(JSON.stringify(data)));
  }
};
let transactions = 0;
const { transaction } = IDBDatabase.prototype;
IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...given: unknown[]) {
  const begun = Reflect.apply(transaction, this, given) as IDBTransaction;
  transactions += 1;
  const over = (): void => {
    transactions -= 1;
  };
  for (const end of ['complete', 'abort']) begun.addEventListener(end, over);
  return begun;
};
addEventListener('unhandledrejection', ({ reason }) => faults.push(`unhandled: ${reason}`));
addEventListener('error', ({ message }) => faults.push(`uncaught: ${message}`));

const client = new RealtimeClient<UntypedChannels>({
  ...server,
  tls: false,
  auth: backendAuth({ endpoint: endpoints.auth, token }),
  publish: publishing({
    endpoint: endpoints.publish,
    headers: { 'x-tab': tab },
    outbox: durable({ storage: indexedDbStorage(), owner }),
  }),
});
client.on('error', (error) => faults.push(`${error.code}: ${error.message} (${error.cause})`));

const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

window.steering = {
  async publish(channel, { from, count }, event = 'step') {
    for (let number = from; number < from + count; number += 1) publish(channel, event, number);
    // What is written in this turn is written by the time that it can be read.
    await wait(0);
    await stored(owner);
  },
  async hangWriting(channel, number, milliseconds) {
    publish(channel, 'step', number);
    // Nothing but promises is between the call and the transaction.
    for (let turn = 0; turn < 100; turn += 1) await undefined;
    this.hang(milliseconds);
  },
  ends: (channel) => ends.get(channel) ?? {},
  async listen(channel, event) {
    const payloads: unknown[] = [];
    heard.set(channel, payloads);
    client.channel(channel).on(event, (payload) => payloads.push(payload));
    await client.channel(channel).ready();
  },
  heard: (channel) => heard.get(channel) ?? [],
  pending: () => client.outbox.pending.get().map(({ id, channel }) => ({ id, channel })),
  stored,
  transactions: () => transactions,
  told: () => told,
  robberies: () => robberies,
  faults: () => faults,
  connect: () => client.connect(),
  signOut: () => client.signOut(),
  hang(milliseconds) {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  },
};

function publish(channel: string, event: string, number: number): void {
  const ended = ends.get(channel) ?? {};
  ends.set(channel, ended);
  const tell = (end: string): void => {
    ended[number] = { end, at: Date.now() };
  };
  client.publish(channel, event, { number }).then(
    ({ level }) => tell(level),
    ({ code }) => tell(code),
  );
}

async function stored(of: string): Promise<number> {
  const database = `surewire:${server.key}`;
  // Looking must not be what makes it.
  if (!(await indexedDB.databases()).some(({ name }) => name === database)) return 0;
  const keys = await keysIn(database, 'messages');
  return keys.filter((key) => Array.isArray(key) && key[0] === of).length;
}
