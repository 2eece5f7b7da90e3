import { setTimeout as wait } from 'node:timers/promises';
import type { Orders } from '../child';
import { contestants } from './contestants';
import { channelName } from './flood';
import type { Peer } from './peer';

/** What a client's process is told when it starts. */
export interface PeerClientSettings {
  readonly contestant: string;
  readonly port: number;
}

/** What doing something took: CPU of the whole process in microseconds, and the time on the clock in milliseconds. */
export interface Cost {
  readonly cpu: number;
  readonly took: number;
}

/** What acknowledged round trips took. */
export interface RoundTrips extends Cost {
  /** Each one's, in milliseconds. */
  readonly latencies: readonly number[];
}

const ignore = (): void => {};

/** A process with one client of one contestant, and all that it can be asked to do. */
export class PeerClient {
  readonly #settings: PeerClientSettings;
  #peer: Peer | undefined;
  /** When each channel was live last. */
  readonly #live = new Map<string, number>();
  #channels: readonly string[] = [];

  constructor(settings: PeerClientSettings) {
    this.#settings = settings;
  }

  readonly orders = {
    inbound: (order: Inbound): Promise<number> => this.#inbound(order),
    heap: (channels: number): Promise<number> => this.#heap(channels),
    leak: (order: Inbound): Promise<readonly number[]> => this.#leak(order),
    subscribe: (order: { readonly channels: number; readonly kind: 'public' | 'private' }): Promise<Cost> =>
      this.#subscribe(order),
    dropped: (): void => this.#live.clear(),
    resubscribed: (order: { readonly from: Cost }): Promise<Cost> => this.#allLive(order.from),
    now: (): Cost => now(),
    publish: (count: number): Promise<Cost> => this.#publish(count),
    request: (order: { readonly count: number; readonly inFlight: number }): Promise<RoundTrips> =>
      this.#request(order),
  } satisfies Orders;

  /** Microseconds of CPU for each message after the first `warmUp`. */
  async #inbound({ channels, listeners, count, warmUp }: Inbound): Promise<number> {
    const peer = await this.#create();
    return new Promise((resolve) => {
      let [seen, from] = [0, process.cpuUsage()];
      const listener = (): void => {
        seen += 1;
        if (seen === warmUp) from = process.cpuUsage();
        if (seen !== count) return;
        const { user, system } = process.cpuUsage(from);
        resolve((user + system) / (count - warmUp));
      };
      // The last channel starts the flood: everybody must listen by then.
      for (let index = 0; index < channels; index += 1) {
        peer.listen(channelName(index), listener, ignore);
        for (let more = 1; more < listeners; more += 1) peer.also(channelName(index), read);
      }
    });
  }

  /** Bytes of heap in use with so many channels, one listener each. */
  async #heap(channels: number): Promise<number> {
    await this.#subscribe({ channels, kind: 'public' });
    // What is only on its way out is not counted: frames, timers, lingering.
    await wait(2_500);
    return heap();
  }

  /** Heap in use after each tenth of the messages. */
  async #leak({ channels, count }: Inbound): Promise<readonly number[]> {
    const peer = await this.#create();
    const found: number[] = [];
    await new Promise<void>((resolve) => {
      let seen = 0;
      const listener = (): void => {
        seen += 1;
        if (seen % (count / 10) === 0) found.push(heap());
        if (seen === count) resolve();
      };
      for (let index = 0; index < channels; index += 1) peer.listen(channelName(index), listener, ignore);
    });
    return found;
  }

  async #subscribe(order: { readonly channels: number; readonly kind: 'public' | 'private' }): Promise<Cost> {
    const peer = await this.#create();
    await new Promise<void>((live) => peer.listen('connected-first', ignore, live));
    this.#channels = Array.from({ length: order.channels }, (_, index) => channelName(index, order.kind));
    const from = now();
    for (const name of this.#channels)
      peer.listen(name, ignore, () => this.#live.set(name, performance.now()));
    return this.#allLive(from);
  }

  /** What it took until all channels were live. */
  async #allLive(from: Cost): Promise<Cost> {
    while (this.#live.size < this.#channels.length) await wait(1);
    const last = Math.max(...this.#live.values());
    return { cpu: now().cpu - from.cpu, took: last - from.took };
  }

  async #publish(count: number): Promise<Cost> {
    const { peer, name } = await this.#onOneChannel();
    const from = now();
    for (let sent = 0; sent < count; ) {
      // So many in one turn, then whatever the library put off.
      for (let burst = 0; burst < 20; burst += 1, sent += 1) peer.publish?.(name, { run: 'build', sent });
      await new Promise((resolve) => setImmediate(resolve));
    }
    return from;
  }

  async #request({
    count,
    inFlight,
  }: {
    readonly count: number;
    readonly inFlight: number;
  }): Promise<RoundTrips> {
    const { peer, name } = await this.#onOneChannel();
    const latencies: number[] = [];
    const requests = async (total: number): Promise<void> => {
      let left = total;
      const lane = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          const from = performance.now();
          await peer.request?.(name, { run: 'build', left });
          latencies.push(performance.now() - from);
        }
      };
      await Promise.all(Array.from({ length: inFlight }, lane));
    };
    await requests(Math.ceil(count / 4));
    latencies.length = 0;
    const from = now();
    await requests(count);
    const to = now();
    return { cpu: to.cpu - from.cpu, took: to.took - from.took, latencies };
  }

  async #onOneChannel(): Promise<{ readonly peer: Peer; readonly name: string }> {
    const peer = await this.#create();
    const name = channelName(0, 'private');
    await new Promise<void>((live) => peer.listen(name, ignore, live));
    return { peer, name };
  }

  async #create(): Promise<Peer> {
    const contestant = contestants[this.#settings.contestant];
    if (contestant === undefined) throw new Error(`Nobody is called ${this.#settings.contestant}`);
    this.#peer ??= await contestant.create({ port: this.#settings.port, load: (name) => import(name) });
    return this.#peer;
  }
}

interface Inbound {
  readonly channels: number;
  readonly listeners: number;
  readonly count: number;
  readonly warmUp: number;
}

/** One of twenty listeners: it looks at what it gets. */
function read(payload: unknown): void {
  if (payload === undefined) throw new Error('A message without a payload');
}

function now(): Cost {
  const { user, system } = process.cpuUsage();
  return { cpu: user + system, took: performance.now() };
}

function heap(): number {
  for (let round = 0; round < 3; round += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
