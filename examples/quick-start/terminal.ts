import { setTimeout as wait } from 'node:timers/promises';
import type { Acknowledgement, Channel, RealtimeError } from 'surewire';
import { DemoBackend } from './backend.ts';
import { createDemoClient, type DemoClient } from './demo-client.ts';
import { describeError } from './describe-error.ts';
import { type DemoSettings, type Overrides, override, secretIn, serviceIn, whereIs } from './settings.ts';

/** A server that does not answer for so long is not waited for any longer. */
const patience = 6_000;

/** Tells the demo as text, and resolves with the exit code: 0 when all of it went well. */
export async function tellStory(overrides: Overrides): Promise<number> {
  const ends: (() => unknown)[] = [];
  const deadline = AbortSignal.timeout(19_000);
  try {
    await Promise.race([new Story(ends, overrides).tell(), whenAborted(deadline)]);
    return 0;
  } catch (error) {
    console.error(`\nThat did not work. ${inLines(error)}`);
    return 1;
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

/** One telling: a chapter a method. */
class Story {
  readonly #ends: (() => unknown)[];
  readonly #overrides: Overrides;
  #chapter = 0;

  constructor(ends: (() => unknown)[], overrides: Overrides) {
    this.#ends = ends;
    this.#overrides = overrides;
  }

  async tell(): Promise<void> {
    const service = serviceIn(process.env);
    const backend = service === undefined ? new DemoBackend() : undefined;
    const target = service ?? (await backend?.start());
    if (target === undefined) throw new Error('There is neither a service nor a backend.');
    this.#ends.push(() => backend?.stop());
    const secret = secretIn(process.env);
    const wrongAuth = 'data:text/html,<title>Please log in</title>';
    const named = { ...target, ...(secret === undefined ? {} : { secret }) };
    const settings = override(named, this.#overrides, wrongAuth);
    say(`surewire, the demo as text\n\n   ${whereTo(settings)}`);

    const ada = this.#client(settings, () => backend?.token('Ada') ?? process.env['VITE_PUSHER_TOKEN'] ?? '');
    await this.#connect(ada);
    if (backend !== undefined) await this.#follow(ada, backend);
    else await this.#followService(ada);
    await this.#publish(ada, settings);
    await this.#meet(ada, settings, backend);
    if (backend !== undefined) await this.#comeBack(ada, backend);
    this.#figures(ada);
    say('\nEverything went well.');
  }

  #client(settings: DemoSettings, token: () => string): DemoClient {
    const client = createDemoClient(settings, token);
    this.#ends.push(() => client.destroy());
    return client;
  }

  async #connect(client: DemoClient): Promise<void> {
    this.#begin('Connecting');
    const started = performance.now();
    let lastError: RealtimeError | undefined;
    client.on('error', (error) => {
      lastError = error;
      // A failed connection is told by the promise as well.
      if (error.retryable) say(`   ${inLines(error)}`);
    });
    const stop = client.status.subscribe(({ state, socketId, reason, attempt, retryAt }) => {
      const details = [
        socketId && `as ${socketId}`,
        state !== 'connected' && `attempt ${attempt}`,
        retryAt !== undefined && `again in ${Math.max(0, Math.round(retryAt - Date.now()))} ms`,
        reason,
      ];
      say(`   ${state.padEnd(13)} ${details.filter(Boolean).join(', ')}`);
    });
    this.#ends.push(stop);
    const inTime = await Promise.race([
      client.connect().then(() => true),
      wait(patience, false, { ref: false }),
    ]);
    if (!inTime) {
      say(`   given up after ${patience / 1000} s; an application would go on trying`);
      throw lastError ?? new Error('The server does not answer.');
    }
    say(`   after ${Math.round(performance.now() - started)} ms`);
  }

  async #follow(client: DemoClient, backend: DemoBackend): Promise<void> {
    this.#begin('Following content-generation-42, a public channel');
    const generation = client.channel('content-generation-{id}', { id: 42 });
    await ready(generation);
    const stop = generation.on(
      'progress',
      ({ status, progress }) => say(`   ${bar(progress)} ${String(progress).padStart(3)} %  ${status}`),
      { filter: ({ progress }) => progress % 20 === 0 },
    );
    const complete = generation.once('complete', { timeout: patience });
    await Promise.all([complete, backend.generate('42', { steps: 20, every: 80 })]);
    stop();
    say('   complete');
  }

  async #followService(client: DemoClient): Promise<void> {
    this.#begin('Subscribing to content-generation-42, a public channel');
    await ready(client.channel('content-generation-{id}', { id: 42 }));
    say('   subscribed; whatever your backend publishes there as `progress` would be shown here');
  }

  async #publish(client: DemoClient, { auth, publish }: DemoSettings): Promise<void> {
    this.#begin('Publishing on private-plugin-7');
    if (auth === undefined) {
      say('   unavailable: a private channel needs a backend that authorizes, in VITE_PUSHER_AUTH_ENDPOINT');
      return;
    }
    const plugin = client.channel('private-plugin-{id}', { id: 7 });
    await ready(plugin);
    say('   subscribed');
    if (publish === undefined) {
      say('   unavailable: publishing needs a backend that publishes, in VITE_PUSHER_PUBLISH_ENDPOINT');
      return;
    }
    const heard = plugin.once('command', { timeout: patience });
    say(`   acknowledged  ${describe(await plugin.publish('command', { run: 'build' }))}`);
    say(`   heard back    run ${(await heard).run}`);
  }

  async #meet(client: DemoClient, settings: DemoSettings, backend: DemoBackend | undefined): Promise<void> {
    this.#begin('Meeting in presence-classroom-5');
    if (settings.auth === undefined) {
      say('   unavailable: presence needs a backend that authorizes, in VITE_PUSHER_AUTH_ENDPOINT');
      return;
    }
    const classroom = client.channel('presence-classroom-{classId}', { classId: 5 });
    const { members } = classroom;
    const release = classroom.hold();
    await ready(classroom);
    const stop = members.subscribe((people) => say(`   present: ${names(people)}`));
    say(`   present: ${names(members.get())}`);
    if (backend !== undefined) {
      const ben = this.#client(settings, () => backend.token('Ben'));
      const arrived = until(members, (people) => people.length === 2);
      ben.channel('presence-classroom-{classId}', { classId: 5 }).hold();
      await arrived;
      const left = until(members, (people) => people.length === 1);
      ben.destroy();
      await left;
    }
    stop();
    release();
  }

  async #comeBack(client: DemoClient, backend: DemoBackend): Promise<void> {
    this.#begin('The server goes away for a second, and we publish meanwhile');
    const plugin = client.channel('private-plugin-{id}', { id: 7 });
    const release = plugin.hold();
    await ready(plugin);
    const lost = until(client.status, ({ state }) => state !== 'connected');
    backend.restart(1_000);
    await lost;
    const heard = new Promise<boolean>((resolve) => {
      this.#ends.push(plugin.on('command', (_, { recovered }) => resolve(recovered ?? false)));
    });
    const promise = plugin.publish('command', { run: 'test' });
    say('   published while away');
    say(`   pending       ${client.outbox.pending.get().length}; the page keeps it over a reload, too`);
    await client.connect();
    await ready(plugin);
    say('   subscribed again');
    say(`   acknowledged  ${describe(await promise)}`);
    say(`   heard back    run test${(await heard) ? ', recovered from the history' : ''}`);
    release();
  }

  #figures(client: DemoClient): void {
    this.#begin('Statistics');
    const { received, sent, dials, reconnects, uptime, latency, tokenRenewals } = client.statistics.get();
    const rows: [string, string | number][] = [
      ['messages received', received],
      ['messages acknowledged', sent],
      ['dials, reconnects', `${dials}, ${reconnects}`],
      ['connected share', `${(100 * uptime).toFixed(1)} %`],
      ['acknowledgement p50, p95', `${Math.round(latency?.p50 ?? 0)}, ${Math.round(latency?.p95 ?? 0)} ms`],
      ['tokens fetched', tokenRenewals],
    ];
    for (const [what, value] of rows) say(`   ${what.padEnd(26)} ${value}`);
  }

  #begin(title: string): void {
    this.#chapter += 1;
    say(`\n${this.#chapter}  ${title}`);
  }
}

/** Resolves once the channel is subscribed; a server that does not confirm it is told by what went wrong last. */
async function ready(channel: Channel): Promise<void> {
  try {
    await channel.ready({ timeout: patience });
  } catch (error) {
    throw channel.subscription.get().error ?? error;
  }
}

function inLines(error: unknown): string {
  const { name, code, status, message } = describeError(error);
  return `${name} (${status === undefined ? code : `${code}, ${status}`})\n   ${message}`;
}

function names(people: readonly { readonly id: string; readonly info: { readonly name: string } }[]): string {
  return people.map(({ id, info }) => info?.name ?? id).join(', ') || 'nobody';
}

function describe({ level, attempts, latency, id }: Acknowledgement): string {
  const offers = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  return `${level}, ${offers}, ${Math.round(latency)} ms, id ${id.slice(0, 8)}…`;
}

function bar(progress: number): string {
  const full = Math.round(progress / 5);
  return '█'.repeat(full) + '░'.repeat(20 - full);
}

function whereTo(settings: DemoSettings): string {
  return `${settings.mode === 'embedded' ? 'the server that comes with the demo' : 'a real service'}, ${whereIs(settings)}`;
}

/** Resolves when the store's value fits. */
function until<T>(
  store: { get(): T; subscribe(listener: (value: T) => void): () => void },
  fits: (value: T) => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    if (fits(store.get())) return resolve();
    const stop = store.subscribe((value) => {
      if (!fits(value)) return;
      stop();
      resolve();
    });
  });
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('The story took longer than 19 s.')), {
      once: true,
    });
  });
}

function say(text: string): void {
  console.log(text);
}
