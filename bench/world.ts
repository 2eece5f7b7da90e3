import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { createTestServer, type TestServer } from '../src/testing/index';
import type { Contestant, ContestantName, ContestantSettings } from './contestant';
import { elsewhere, FaultProxy } from './fault-proxy';
import { PusherContestant, throughPusher } from './pusher-contestant';
import { RawContestant } from './raw-contestant';
import { SurewireContestant } from './surewire-contestant';

/** Long enough for everybody to be connected and subscribed before anything breaks. */
const settling = 30_000;
const tickEvery = 50;

/** How a world is made, beyond what it is for. */
export interface WorldOptions {
  /** Whether the application lets anybody have a channel. */
  readonly allows?: (channel: string) => boolean;
}

/** A server, a proxy that breaks things before it, and clients of one library. */
export class World {
  readonly name: ContestantName;
  readonly server: TestServer;
  readonly proxy: FaultProxy;
  readonly #settings: Omit<ContestantSettings, 'token'>;
  readonly #contestants: Contestant[] = [];
  #tokens = 0;
  readonly #delays = monitorEventLoopDelay({ resolution: 20 });

  private constructor(
    name: ContestantName,
    server: TestServer,
    proxy: FaultProxy,
    settings: Omit<ContestantSettings, 'token'>,
  ) {
    this.name = name;
    this.server = server;
    this.proxy = proxy;
    this.#settings = settings;
    this.#delays.enable();
  }

  static async create(name: ContestantName, { allows = () => true }: WorldOptions = {}): Promise<World> {
    // The idle limit of soketi and Reverb; with Pusher's 120 s raw clients notice a dead link after 150 s.
    const server = createTestServer({
      apps: [{ activityTimeout: 30 }],
      authorize: ({ channel }) => allows(channel),
    });
    const { options, url } = await server.listen();
    const proxy = await FaultProxy.open({ host: '127.0.0.1', port: options.port });
    const authEndpoint = `${url}/pusher/auth`;
    return new World(name, server, proxy, {
      key: options.key,
      host: elsewhere,
      port: proxy.port,
      authEndpoint,
    });
  }

  /** One more client. It begins to dial with its first channel, at the latest with `connect()`. */
  client(token: (reason: string) => string = () => this.token()): Contestant {
    const settings = { ...this.#settings, token };
    const Surewire = process.env[throughPusher] === undefined ? SurewireContestant : PusherContestant;
    const contestant = this.name === 'raw' ? new RawContestant(settings) : new Surewire(settings);
    this.#contestants.push(contestant);
    return contestant;
  }

  /** Where clients in other processes connect to: through the proxy. */
  get address(): Omit<ContestantSettings, 'token'> {
    return { ...this.#settings, host: '127.0.0.1' };
  }

  /** A good token. Each another one: two that were issued within a second would be the same text. */
  token(): string {
    this.#tokens += 1;
    return this.server.issueToken({ expiresIn: 3_600_000 + 1_000 * this.#tokens });
  }

  /** So many clients that listen to ticks. Resolves when the server has all of them. */
  async listeners(count: number): Promise<Listeners> {
    const listeners = new Listeners(this, count);
    await this.subscribed('messages', count);
    await until(() => this.server.channels.length > count, settling);
    return listeners;
  }

  /** Waits until the server has so many subscriptions of a channel; throws when that takes too long. */
  async subscribed(channel: string, count: number, timeout: number = settling): Promise<void> {
    const there = (): boolean =>
      this.server.channels.some(({ name, subscriptions }) => name === channel && subscriptions >= count);
    if (!(await until(there, timeout)))
      throw new Error(`"${channel}" had not ${count} subscriptions in time`);
  }

  /** By how many milliseconds the machine kept this process waiting, at worst: times are worth no more than that. */
  get lateness(): number {
    return this.#delays.max / 1e6;
  }

  /** How often the authorization endpoint was asked. */
  get authorizations(): number {
    return this.server.requests.filter(({ path }) => path === '/pusher/auth').length;
  }

  /** Ends everything. */
  async end(): Promise<void> {
    this.#delays.disable();
    for (const contestant of this.#contestants) contestant.close();
    this.proxy.close();
    await this.server.stop();
  }
}

/** Clients that listen to one public channel together, and each to one of its own. */
export class Listeners {
  readonly all: readonly Contestant[];
  readonly #world: World;
  /** When each client was heard in the current round; undefined when it was not yet. */
  #heard: (number | undefined)[] = [];
  #round = 0;
  readonly #counts: number[];

  constructor(world: World, count: number) {
    this.#world = world;
    this.#counts = Array.from({ length: count }, () => 0);
    this.all = this.#counts.map((_, index) => {
      const contestant = world.client();
      contestant.listen('messages', 'message', () => {
        this.#counts[index] = (this.#counts[index] ?? 0) + 1;
      });
      contestant.listen(`tick-${index}`, 'tick', (data) => {
        const { round } = data as { readonly round: number };
        if (round === this.#round) this.#heard[index] ??= performance.now();
      });
      contestant.connect();
      return contestant;
    });
  }

  /** Messages that each client got. */
  get received(): readonly number[] {
    return this.#counts;
  }

  /** Milliseconds from now until each client hears the server (again); those that never did count as the deadline. */
  async untilHeard(deadline: number): Promise<number[]> {
    const from = performance.now();
    const { server } = this.#world;
    this.#round += 1;
    this.#heard = this.all.map(() => undefined);
    while (this.#heard.includes(undefined) && performance.now() - from < deadline) {
      // Only to those that are there and were not heard yet: hundreds of clients must not be kept busy by being watched.
      const there = new Set(server.channels.map(({ name }) => name));
      for (const [index, at] of this.#heard.entries()) {
        const channel = `tick-${index}`;
        if (at === undefined && there.has(channel)) server.trigger(channel, 'tick', { round: this.#round });
      }
      await wait(tickEvery);
    }
    return this.#heard.map((at) => (at === undefined ? deadline : at - from));
  }
}

/** Waits until something is so; false when it was not in time. */
export async function until(condition: () => boolean, timeout: number, step = 10): Promise<boolean> {
  const from = performance.now();
  while (!condition()) {
    if (performance.now() - from > timeout) return false;
    await wait(step);
  }
  return true;
}

/** Milliseconds until something is so, at most `timeout`. */
export async function howLong(condition: () => boolean, timeout: number): Promise<number> {
  const from = performance.now();
  return (await until(condition, timeout, 2)) ? performance.now() - from : timeout;
}
