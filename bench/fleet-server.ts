import { setTimeout as wait } from 'node:timers/promises';
import Backend from 'pusher';
import { ensureSoketi, withoutSoketi } from '../.ci/soketi.mjs';
import { createTestServer, type TestServer } from '../src/testing/index';
import { Soketi } from '../test/interop/soketi-process';
import { Child, type Orders, steadyNow } from './child';
import { type FleetMessage, fleetChannel } from './fleet-members';

/** A load: messages on so many channels in turn. */
export interface Load {
  readonly channels: number;
  readonly perSecond: number;
  readonly seconds: number;
}

/** What a server's process has used so far. */
export interface Usage {
  /** CPU in microseconds. */
  readonly cpu: number;
  /** Resident memory in bytes. */
  readonly resident: number;
}

/** A server that a fleet connects to, in a process of its own, that can be taken away and put back. */
export interface FleetServer {
  readonly key: string;
  readonly port: number;
  /** Resolves with how many messages there were, when the last one has had time to arrive. */
  send(load: Load): Promise<number>;
  /** Undefined where it cannot be seen. */
  usage(): Promise<Usage | undefined>;
  /** Gone at once, as in a crash. */
  kill(): Promise<void>;
  /** Resolves with the moment from which it takes connections, on the machine's steady clock. */
  start(): Promise<number>;
  end(): Promise<void>;
}

const key = 'app-key';
/** Messages go out in ticks of so many milliseconds. */
const tick = 10;
/** Pusher's API takes so many messages in one request. */
const batch = 10;
/** All of 127.0.0.0/8, so that source ports suffice. */
const everywhere = '0.0.0.0';

/** The embedded server. */
export class EmbeddedFleetServer implements FleetServer {
  readonly key = key;
  port = 0;
  #child: Child | undefined;

  async start(): Promise<number> {
    this.#child = new Child('server');
    const { port, at } = await this.#child.ask<{ port: number; at: number }>('open', { port: this.port });
    this.port = port;
    return at;
  }

  send(load: Load): Promise<number> {
    return this.#running.ask<number>('send', load);
  }

  usage(): Promise<Usage> {
    return this.#running.ask<Usage>('usage');
  }

  get #running(): Child {
    if (this.#child === undefined) throw new Error('The server was not started');
    return this.#child;
  }

  async kill(): Promise<void> {
    await this.#child?.end();
  }

  async end(): Promise<void> {
    await this.kill();
  }
}

/** The process of the embedded server. */
export class FleetServerProcess {
  #server: TestServer | undefined;

  readonly orders = {
    open: async ({ port }: { readonly port: number }) => {
      this.#server = createTestServer({ apps: [{ key, activityTimeout: 30 }] });
      const listening = await this.#server.listen({ host: everywhere, port });
      return { port: listening.port, at: steadyNow() };
    },
    send: async (load: Load): Promise<number> => {
      const server = this.#server;
      if (server === undefined) throw new Error('Not open');
      return inTicks(load, async (numbers) => {
        for (const number of numbers) {
          const message: FleetMessage = { at: steadyNow(), number };
          server.trigger(fleetChannel(number % load.channels), 'message', message);
        }
      });
    },
    usage: (): Usage => {
      globalThis.gc?.();
      const { user, system } = process.cpuUsage();
      return { cpu: user + system, resident: process.memoryUsage().rss };
    },
  } satisfies Orders;
}

/** soketi, to which messages go through its HTTP API, ten at a time. */
export class SoketiFleetServer implements FleetServer {
  readonly key = key;
  readonly #soketi: Soketi;
  readonly #backend: Backend;

  private constructor(soketi: Soketi) {
    this.#soketi = soketi;
    const { host, port } = soketi;
    this.#backend = new Backend({
      appId: 'fleet',
      key,
      secret: 'secret',
      host,
      port: String(port),
      useTLS: false,
    });
  }

  /** Why there is none on this machine; undefined where there is one. */
  static missing(): string | undefined {
    return withoutSoketi();
  }

  static async create(): Promise<SoketiFleetServer> {
    ensureSoketi();
    return new SoketiFleetServer(await Soketi.start([{ id: 'fleet', key, secret: 'secret' }]));
  }

  get port(): number {
    return this.#soketi.port;
  }

  async start(): Promise<number> {
    await this.#soketi.restart();
    return steadyNow();
  }

  send(load: Load): Promise<number> {
    return inTicks(load, async (numbers) => {
      const events = numbers.map((number) => ({
        channel: fleetChannel(number % load.channels),
        name: 'message',
        data: { at: steadyNow(), number } satisfies FleetMessage,
      }));
      const requests: Promise<unknown>[] = [];
      for (let from = 0; from < events.length; from += batch) {
        requests.push(this.#backend.triggerBatch(events.slice(from, from + batch)));
      }
      await Promise.all(requests);
    });
  }

  async usage(): Promise<undefined> {
    // It runs where we cannot look.
  }

  kill(): Promise<void> {
    return this.#soketi.kill();
  }

  end(): Promise<void> {
    return this.#soketi.end();
  }
}

/** Sends the messages evenly over the time; resolves with how many there were, when the last has had time to arrive. */
async function inTicks(
  { perSecond, seconds }: Load,
  send: (numbers: readonly number[]) => Promise<void>,
): Promise<number> {
  const total = perSecond * seconds;
  const from = steadyNow();
  let next = 0;
  while (next < total) {
    const due = Math.min(total, Math.floor(((steadyNow() - from) / 1_000) * perSecond));
    const numbers = Array.from({ length: due - next }, (_, index) => next + index);
    next = due;
    if (numbers.length > 0) await send(numbers);
    await wait(tick);
  }
  await wait(2_000);
  return total;
}
