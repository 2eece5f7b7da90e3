import { createStore, setMany } from 'idb-keyval';
import {
  indexedDbStorage,
  memoryStorage,
  type OutboxStorage,
  type Publisher,
  type RealtimeClient,
  type StoredMessage,
  type UntypedChannels,
} from '../src/index';
import { surewireClient } from './surewire-client';

// Runs in Chromium: what an outbox does there, and what it could do at best.

/** Who stores: a client, our storage by itself, or idb-keyval by itself, which is the limit. */
export type Writer = 'surewire' | 'storage' | 'idb-keyval';

/** What is asked of the page. */
export interface OutboxBench {
  /** Stores messages in batches, each awaited; resolves with the milliseconds it took. */
  enqueue(writer: Writer, messages: number, batch: number): Promise<number>;
  /** Stores messages in the name of an earlier page. */
  leave(owner: string, messages: number, channels: number): Promise<void>;
  /** Sends what an earlier page left; resolves with the milliseconds it took. */
  drain(owner: string, messages: number, endpoint: Endpoint | 'at once' | 'in a task'): Promise<number>;
  /** Sends what an earlier page left through a publisher that answers in a task of its own, as the network does; resolves with the longest task, in milliseconds. */
  longestTask(owner: string, messages: number): Promise<number>;
  /** Sends the same with `fetch` alone, as many at a time as there are channels. */
  fetchAll(messages: number, channels: number, endpoint: Endpoint): Promise<number>;
  /** Publishes messages that stay where they are, or keeps only their payloads. */
  keep(what: 'payloads' | 'messages' | 'stored messages', messages: number): Promise<void>;
}

/** An endpoint for publishing. */
export interface Endpoint {
  readonly url: string;
  readonly token: string;
}

declare global {
  interface Window {
    readonly outboxBench: OutboxBench;
  }
}

const kept: unknown[] = [];
let names = 0;

/** 200 bytes as JSON. */
function payload(number: number): object {
  return { number, text: 'x'.repeat(200 - 23 - String(number).length) };
}

/** A record as a client stores it: whoever is compared with it must write as much. */
async function storedRecord(): Promise<StoredMessage> {
  const storage = memoryStorage();
  const publishing = client('owner', { storage, online: false });
  await publishing.publish('private-plugin-7', 'command', payload(0), { acknowledge: 'none' });
  publishing.destroy();
  const [stored] = await storage.load();
  if (stored === undefined) throw new Error('The client has stored nothing.');
  return stored;
}

function client(
  owner: string,
  given: {
    readonly name?: string;
    readonly storage?: OutboxStorage;
    readonly endpoint?: Endpoint;
    readonly publisher?: Publisher;
    readonly online: boolean;
  },
): RealtimeClient<UntypedChannels> {
  const { name = 'bench', storage = indexedDbStorage({ name }), endpoint, publisher, online } = given;
  const made = surewireClient({
    key: 'app-key',
    host: '127.0.0.1',
    network: { online: () => online, watch: () => () => {} },
    publish: publisher ?? endpoint?.url ?? '/nowhere',
    ...(endpoint ? { auth: { endpoint: '/nowhere', token: endpoint.token } } : {}),
    outbox: { storage, owner },
  });
  return made;
}

async function inBatches(
  messages: number,
  batch: number,
  write: (numbers: readonly number[]) => Promise<unknown>,
): Promise<number> {
  const numbers = Array.from({ length: messages }, (_, index) => index);
  const started = performance.now();
  for (let from = 0; from < messages; from += batch) await write(numbers.slice(from, from + batch));
  return performance.now() - started;
}

function removed(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });
}

async function enqueue(writer: Writer, messages: number, batch: number): Promise<number> {
  const stored = await storedRecord();
  const record = (number: number): StoredMessage => ({
    ...stored,
    id: crypto.randomUUID(),
    data: payload(number),
    sequence: stored.sequence + number,
  });
  const name = `${writer}-${++names}`;
  if (writer === 'idb-keyval') {
    const store = createStore(name, 'messages');
    await setMany([['first', record(0)]], store);
    return inBatches(messages, batch, (numbers) =>
      setMany(
        numbers.map((number) => {
          const message = record(number);
          return [['owner', message.id], message] as [IDBValidKey, StoredMessage];
        }),
        store,
      ),
    );
  }
  if (writer === 'storage') {
    const storage = indexedDbStorage({ name })({ key: 'app-key', owner: 'owner', report: () => {} });
    await storage.put([record(0)]);
    return inBatches(messages, batch, (numbers) => storage.put(numbers.map(record)));
  }
  const publishing = client('owner', { name, online: false });
  const publish = (number: number): Promise<unknown> =>
    publishing.publish('private-plugin-7', 'command', payload(number), { acknowledge: 'none' });
  await publish(0);
  // It has read its storage by then, and it is its turn among the tabs.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const took = await inBatches(messages, batch, (numbers) => Promise.all(numbers.map(publish)));
  publishing.destroy();
  await removed(`${name}:app-key`);
  return took;
}

async function leave(owner: string, messages: number, channels: number): Promise<void> {
  const earlier = client(owner, { online: false });
  await Promise.all(
    Array.from({ length: messages }, (_, number) =>
      earlier.publish(`private-plugin-${number % channels}`, 'command', payload(number), {
        acknowledge: 'none',
      }),
    ),
  );
  earlier.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
}

/** A publisher that answers at once, or each time in a task of its own, and not in the one that asked. */
function answering(how: 'at once' | 'in a task'): Publisher {
  if (how === 'at once') return { publish: async () => ({ level: 'accepted' }) };
  const { port1: bell, port2: button } = new MessageChannel();
  const waiting: (() => void)[] = [];
  bell.onmessage = () => waiting.shift()?.();
  return {
    publish: () =>
      new Promise((resolve) => {
        waiting.push(() => resolve({ level: 'accepted' }));
        button.postMessage(undefined);
      }),
  };
}

async function drain(
  owner: string,
  messages: number,
  endpoint: Endpoint | 'at once' | 'in a task',
): Promise<number> {
  const means = typeof endpoint === 'string' ? { publisher: answering(endpoint) } : { endpoint };
  const later = client(owner, { online: true, ...means });
  const started = performance.now();
  let left = messages;
  await new Promise<void>((resolve, reject) => {
    // A measurement of something that does not work is none. Nobody listens at the port, though: only the outbox is wanted.
    later.on('error', (error) => {
      if (error.code !== 'connection') reject(error);
    });
    later.on('acknowledged', () => {
      left -= 1;
      if (left === 0) resolve();
    });
    later.connect().catch(() => {});
  });
  const took = performance.now() - started;
  later.destroy();
  return took;
}

async function longestTask(owner: string, messages: number): Promise<number> {
  let longest = 0;
  // Tells of tasks from 50 ms on; shorter ones are none.
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  });
  observer.observe({ type: 'longtask' });
  await drain(owner, messages, 'in a task');
  await new Promise((resolve) => setTimeout(resolve, 200));
  observer.disconnect();
  return longest;
}

async function fetchAll(messages: number, channels: number, { url, token }: Endpoint): Promise<number> {
  const started = performance.now();
  const lane = async (channel: number): Promise<void> => {
    for (let number = channel; number < messages; number += channels) {
      const id = crypto.randomUUID();
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${token}`,
          'idempotency-key': id,
        },
        body: JSON.stringify({
          channel: `private-plugin-${channel}`,
          event: 'command',
          data: payload(number),
          id,
        }),
      });
      await answer.text();
    }
  };
  await Promise.all(Array.from({ length: channels }, (_, channel) => lane(channel)));
  return performance.now() - started;
}

async function keep(what: 'payloads' | 'messages' | 'stored messages', messages: number): Promise<void> {
  const numbers = Array.from({ length: messages }, (_, index) => index);
  if (what === 'payloads') {
    kept.push(numbers.map(payload));
    return;
  }
  const storage = what === 'messages' ? memoryStorage() : undefined;
  const publishing = client('memory', { name: 'memory', online: false, ...(storage && { storage }) });
  kept.push(publishing);
  for (const number of numbers) {
    publishing.publish('private-plugin-7', 'command', payload(number)).catch(() => {});
  }
  // Until it is stored.
  await publishing.publish('private-plugin-7', 'command', payload(messages), { acknowledge: 'none' });
}

Object.assign(window, {
  outboxBench: { enqueue, leave, drain, longestTask, fetchAll, keep } satisfies OutboxBench,
});
