import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createTestServer, type ListeningServer, type TestServer } from '../../src/testing/index';
import { Chromium } from './chromium';
import { type Arrival, Ledger } from './ledger';
import { PageServer } from './page-server';
import { seeded } from './seeded';
import { openTab, type Tab } from './tab';
import type { Numbered, TabOrder, TabReport } from './tab-order';
import { Weather } from './weather';

/** How much is done to the pages. */
export interface SiegeSettings {
  /** So many tabs are killed after their page began to publish. */
  readonly kills: number;
  /** Users who publish at the same time. */
  readonly owners: number;
  /** Tabs of each user. */
  readonly tabs: number;
  readonly seed: number;
}

/** What came of it. */
export interface SiegeOutcome {
  /** Pages that were opened. */
  readonly pages: number;
  /** Tabs whose process was killed after they began to publish. */
  readonly kills: number;
  /** Kills of the whole browser. */
  readonly browserKills: number;
  /** Messages of which a page said that they are stored. */
  readonly stored: number;
  /** Messages at the server. */
  readonly arrived: number;
  /** Requests beyond one for each message: attempts that failed, and repeats of what had arrived. */
  readonly repeats: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly disordered: readonly string[];
  /** Warnings of a storage, refusals, rejections: nothing that a killed page explains. */
  readonly faults: readonly string[];
  /** What the outboxes still held after everything was drained, a page later. */
  readonly left: number;
}

/** After so many tabs, on average, the whole browser is killed. */
const browserKillEvery = 25;
/** The longest time between two kills, in milliseconds. */
const longestPeace = 400;
const drainLimit = 120_000;
const channelsEach = 3;

/** Kills tabs that publish until there were enough kills, then sends what is left, and counts. */
export async function besiege(settings: SiegeSettings): Promise<SiegeOutcome> {
  const profile = await mkdtemp(join(tmpdir(), 'surewire-kills-'));
  const server = createTestServer({ apps: [{ limits: { history: Number.POSITIVE_INFINITY } }] });
  const pages = await PageServer.open('test/kills/tab-page.ts');
  const siege = new Siege(settings, { profile, server, pages, listening: await server.listen() });
  try {
    return await siege.run();
  } finally {
    await siege.end();
    await pages.close();
    await server.stop();
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

interface Place {
  readonly profile: string;
  readonly server: TestServer;
  readonly listening: ListeningServer;
  readonly pages: PageServer;
}

class Siege {
  readonly #settings: SiegeSettings;
  readonly #place: Place;
  readonly #random: () => number;
  readonly #ledger = new Ledger();
  readonly #faults: string[] = [];
  #chromium: Promise<Chromium>;
  #pages = 0;
  #kills = 0;
  #browserKills = 0;

  constructor(settings: SiegeSettings, place: Place) {
    this.#settings = settings;
    this.#place = place;
    this.#random = seeded(settings.seed);
    this.#chromium = Chromium.start(place.profile);
  }

  async run(): Promise<SiegeOutcome> {
    const { server } = this.#place;
    const { owners, tabs } = this.#settings;
    const names = Array.from({ length: owners }, (_, index) => `owner-${index + 1}`);
    const weather = new Weather(server, seeded(this.#settings.seed + 1));
    const publishing = names.flatMap((owner) =>
      Array.from({ length: tabs }, async () => {
        while (!this.#over) await this.#publish(owner);
      }),
    );
    await Promise.all([this.#kill(), ...publishing]);
    await weather.stop();
    await Promise.all(names.map((owner) => this.#drain(owner)));
    const left = await Promise.all(names.map((owner) => this.#drain(owner)));
    const arrivals = (
      await Promise.all(names.flatMap(channelsOf).map((name) => this.#arrivals(name)))
    ).flat();
    const requests = server.requests.filter(({ path }) => path === '/realtime/trigger').length;
    return {
      pages: this.#pages,
      kills: this.#kills,
      browserKills: this.#browserKills,
      stored: this.#ledger.stored,
      arrived: arrivals.length,
      repeats: requests - arrivals.length,
      lost: this.#ledger.lost(arrivals),
      doubled: this.#ledger.doubled(arrivals),
      disordered: this.#ledger.disordered(arrivals, tabs === 1),
      faults: this.#faults,
      left: left.reduce((sum, found) => sum + found, 0),
    };
  }

  async end(): Promise<void> {
    await (await this.#chromium).kill();
  }

  get #over(): boolean {
    return this.#kills >= this.#settings.kills;
  }

  /** Kills whatever comes to hand: which page it was shows when it is missed. */
  async #kill(): Promise<void> {
    while (!this.#over) {
      await wait(this.#random() * longestPeace);
      const chromium = await this.#chromium;
      if (this.#random() < 1 / browserKillEvery) await this.#restart(chromium);
      const renderers = await chromium.renderers().catch(() => []);
      const victim = renderers[Math.floor(this.#random() * renderers.length)];
      if (victim !== undefined) killProcess(victim);
    }
    // Those that are alive now end with their browser.
    await this.#restart(await this.#chromium);
  }

  async #restart(chromium: Chromium): Promise<void> {
    this.#chromium = chromium.kill().then(() => Chromium.start(this.#place.profile));
    this.#browserKills += 1;
    await this.#chromium;
  }

  /** One page's life, from the moment when it is opened until it is killed. */
  async #publish(owner: string): Promise<void> {
    const random = this.#random;
    let started = false;
    const { ended } = await this.#open(owner, { task: 'publish', connects: random() < 0.3 }, (report) => {
      if (report.type === 'started') started = true;
    });
    const how = await ended;
    if (started && how === 'crash') this.#kills += 1;
  }

  /** Sends what is left; returns how much that was. */
  async #drain(owner: string): Promise<number> {
    let found = 0;
    let drained = (): void => {};
    const done = new Promise<void>((resolve) => {
      drained = resolve;
    });
    const { ended, close } = await this.#open(owner, { task: 'drain', connects: false }, (report) => {
      if (report.type === 'found') found = report.count;
      if (report.type === 'drained') drained();
    });
    const failed = ended.then((how) => {
      throw new Error(`The page that drains ${owner} ended: ${how}`);
    });
    const late = wait(drainLimit, undefined, { ref: false }).then(() => {
      throw new Error(
        `What ${owner} left was not sent within ${drainLimit} ms (seed ${this.#settings.seed})`,
      );
    });
    await Promise.race([done, failed, late]);
    failed.catch(() => {});
    await close();
    return found;
  }

  async #open(
    owner: string,
    { task, connects }: Pick<TabOrder, 'task' | 'connects'>,
    listener: (report: TabReport) => void,
  ): Promise<Tab> {
    const { server, listening, pages } = this.#place;
    const { key, host, port, auth, publish } = listening.options;
    const page = ++this.#pages;
    const order: TabOrder = {
      server: { key, host, port },
      endpoints: { auth: auth.endpoint, publish: publish.endpoint },
      token: server.issueToken({ userId: owner }),
      owner,
      page,
      seed: Math.floor(this.#random() * 2 ** 32),
      channels: channelsOf(owner),
      task,
      connects,
    };
    const receive = (text: string): void => {
      for (const report of JSON.parse(text) as TabReport[]) {
        if (report.type === 'stored') this.#ledger.add({ page, ...report });
        if (report.type === 'fault') this.#faults.push(`page ${page} of ${owner}: ${report.what}`);
        listener(report);
      }
    };
    const { context } = await this.#chromium;
    return openTab(context, `${pages.url}#${encodeURIComponent(JSON.stringify(order))}`, receive);
  }

  async #arrivals(channel: string): Promise<Arrival[]> {
    const answer = await this.#place.server.fetch(`/realtime/history?channel=${channel}&limit=10000000`, {
      headers: { authorization: `Bearer ${this.#place.server.issueToken()}` },
    });
    const { messages } = (await answer.json()) as {
      readonly messages: readonly { readonly id: string; readonly data: Numbered }[];
    };
    return messages.map(({ id, data }) => ({ channel, id, data }));
  }
}

function channelsOf(owner: string): string[] {
  return Array.from({ length: channelsEach }, (_, index) => `${owner}-stream-${index + 1}`);
}

function killProcess(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
