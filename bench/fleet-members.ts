import { setTimeout as wait } from 'node:timers/promises';
import Pusher from 'pusher-js';
import { WebSocket as LeanSocket } from 'ws';
import { webSocketLink } from '../src/index';
import { type Orders, steadyNow } from './child';
import { channelOf, surewireClient } from './surewire-client';

/** Whose clients a fleet is made of. */
export type FleetLibrary = 'surewire' | 'raw';

/** What a fleet of surewire goes over: pusher-js and Node's WebSocket, which is the default of the library, or `ws`, which has a third of the memory. */
export type FleetLink = 'pusher-js' | 'ws';

/** A process's share of a fleet. */
export interface MembersSettings {
  readonly library: FleetLibrary;
  readonly link: FleetLink;
  readonly count: number;
  /** The number of its first client in the whole fleet. */
  readonly first: number;
  /** Each channel has so many clients. */
  readonly perChannel: number;
  readonly key: string;
  readonly host: string;
  readonly port: number;
}

/** What a process's clients cost when all are there and nothing happens. */
export interface Footprint {
  readonly resident: number;
  readonly heap: number;
  /** Until all were subscribed, in milliseconds. */
  readonly took: number;
}

/** What a process saw of a stretch of messages. */
export interface Reception {
  /** Milliseconds from the trigger to the listener, of each delivery. */
  readonly latencies: readonly number[];
  /** CPU of the whole process, in microseconds. */
  readonly cpu: number;
  readonly repeated: number;
}

/** What a process did while the server was away, and after. Times are of the machine's steady clock. */
export interface Recovery {
  readonly dials: readonly number[];
  /** When each client's channel was live again; those that are not are missing. */
  readonly live: readonly number[];
}

/** What a message says. */
export interface FleetMessage {
  readonly at: number;
  readonly number: number;
}

/** The name of a fleet's channel. */
export function fleetChannel(index: number): string {
  return `fleet-${index}`;
}

/** So many handshakes at a time, so that the start is no outage of its own. */
const starting = 25;

/** Everything that a process with a share of the fleet can be told. */
export class FleetMembers {
  readonly #settings: MembersSettings;
  readonly #kept: unknown[] = [];
  readonly #liveAt: Float64Array;
  readonly #lastNumber: Float64Array;
  #dials: number[] = [];
  #latencies: number[] = [];
  #repeated = 0;
  #cpu = process.cpuUsage();

  constructor(settings: MembersSettings) {
    this.#settings = settings;
    this.#liveAt = new Float64Array(settings.count);
    this.#lastNumber = new Float64Array(settings.count).fill(-1);
    countDials(() => this.#dials.push(steadyNow()));
  }

  readonly orders = {
    start: (): Promise<Footprint> => this.#start(),
    expect: (): void => {
      this.#latencies = [];
      this.#repeated = 0;
      this.#lastNumber.fill(-1);
      this.#cpu = process.cpuUsage();
    },
    received: (): Reception => {
      const { user, system } = process.cpuUsage(this.#cpu);
      return { latencies: this.#latencies, cpu: user + system, repeated: this.#repeated };
    },
    outage: (): void => {
      this.#dials = [];
      this.#liveAt.fill(0);
    },
    recovered: (order: { readonly until: number }): Promise<Recovery> => this.#recovered(order.until),
  } satisfies Orders;

  async #start(): Promise<Footprint> {
    const { count } = this.#settings;
    // One that is not counted loads what all of them share.
    await new Promise<void>((live) => this.#kept.push(this.#create(count, live, () => {})));
    await settle();
    const before = process.memoryUsage();
    const from = steadyNow();
    for (let index = 0; index < count; index += starting) {
      const group = Array.from({ length: Math.min(starting, count - index) }, (_, offset) => index + offset);
      for (const each of group) this.#kept.push(this.#join(each));
      while (group.some((each) => this.#liveAt[each] === 0)) await wait(2);
    }
    const took = steadyNow() - from;
    await wait(3_000);
    await settle();
    const after = process.memoryUsage();
    return {
      resident: (after.rss - before.rss) / count,
      heap: (after.heapUsed - before.heapUsed) / count,
      took,
    };
  }

  #join(index: number): unknown {
    return this.#create(
      index,
      () => {
        this.#liveAt[index] = steadyNow();
      },
      ({ at, number }) => {
        this.#latencies.push(Math.round((steadyNow() - at) * 100) / 100);
        if (number <= (this.#lastNumber[index] ?? -1)) this.#repeated += 1;
        this.#lastNumber[index] = number;
      },
    );
  }

  #create(index: number, live: () => void, listener: (message: FleetMessage) => void): unknown {
    const { library, link, first, perChannel, key, host, port } = this.#settings;
    const name = fleetChannel(Math.floor((first + index) / perChannel));
    if (library === 'raw') {
      const pusher = new Pusher(key, {
        cluster: '',
        wsHost: host,
        wsPort: port,
        forceTLS: false,
        enabledTransports: ['ws'],
      });
      const channel = pusher.subscribe(name);
      channel.bind('pusher:subscription_succeeded', live);
      channel.bind('message', listener);
      return pusher;
    }
    const transport = link === 'ws' ? webSocketLink({ WebSocket: CountedSocket }) : undefined;
    const channel = channelOf(surewireClient({ key, host, port, transport }), name);
    channel.on('message', (data) => listener(data as FleetMessage));
    channel.subscription.subscribe(() => {
      if (channel.subscription.get().state === 'subscribed') live();
    });
    return channel;
  }

  async #recovered(until: number): Promise<Recovery> {
    while (this.#liveAt.includes(0) && steadyNow() < until) await wait(20);
    return { dials: this.#dials, live: [...this.#liveAt].filter((at) => at > 0) };
  }
}

/** Everything that is only on its way out is gone. */
async function settle(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await wait(100);
  }
}

/** The socket of the package `ws`, whose dials are counted. */
class CountedSocket extends LeanSocket {
  static dialled: () => void = () => {};

  constructor(address: string) {
    super(address, { perMessageDeflate: false });
    CountedSocket.dialled();
  }
}

/** Counts sockets where both libraries make them: dials that fail are dials. */
function countDials(dialled: () => void): void {
  CountedSocket.dialled = dialled;
  globalThis.WebSocket = new Proxy(globalThis.WebSocket, {
    construct(Original, parameters: ConstructorParameters<typeof WebSocket>) {
      dialled();
      return new Original(...parameters);
    },
  });
  // pusher-js brings a socket of its own for Node.
  const { Runtime } = Pusher as unknown as {
    readonly Runtime: { createWebSocket(address: string): unknown };
  };
  const create = Runtime.createWebSocket;
  Runtime.createWebSocket = function createWebSocket(address) {
    dialled();
    return create.call(this, address);
  };
}
