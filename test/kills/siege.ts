import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createTestServer, type ListeningServer, type TestServer } from '../../src/testing/index';
import { arrivals } from './arrivals';
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
  /** Warnings of a storage that had no answer, while the browser answered nobody on that page. */
  readonly slow: number;
  /** Warnings of a storage, refusals, rejections: nothing that a killed page explains. */
  readonly faults: readonly string[];
}

/** Each time that so many tabs were killed, it is the whole browser's turn. */
const browserKillEvery = 40;
/** The most messages that a page is left the time to store. */
const longestLife = 25;
/** The longest that it may take for them, in milliseconds. */
const longestWait = 3_000;
/** A page says something at once, also where the machine is busy. */
const silenceLimit = 30_000;
const drainLimit = 120_000;
/** A siege in which so long nothing was killed has come to a halt, in milliseconds. */
const haltLimit = 120_000;
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
  /** What is waited for at the moment. */
  readonly #waits = new Set<string>();
  #chromium: Promise<Chromium>;
  #pages = 0;
  #kills = 0;
  #browserKills = 0;
  #slow = 0;
  #halted = false;

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
    const [over, end] = signal();
    await Promise.race([Promise.all(publishing), this.#halt(over)]).finally(end);
    await weather.stop();
    await Promise.all(names.map((owner) => this.#drain(owner)));
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
      slow: this.#slow,
      faults: this.#faults,
    };
  }

  async end(): Promise<void> {
    await (await this.#chromium).kill();
  }

  /** Rejects when nothing is killed any more, with what everybody is waiting for. Ends quietly when it is `over`. */
  async #halt(over: Promise<void>): Promise<void> {
    for (let kills = -1; kills < this.#kills; ) {
      kills = this.#kills;
      if ((await Promise.race([over, wait(haltLimit, 'late' as const, { ref: false })])) !== 'late') return;
    }
    this.#halted = true;
    const { kills, seed } = this.#settings;
    throw new Error(
      `No tab was killed for ${haltLimit / 1000} s, after ${this.#kills} of ${kills} (seed ${seed}). Waiting for:\n${[...this.#waits].join('\n') || 'nothing'}`,
    );
  }

  /** Waits, and is on the list of what is waited for meanwhile. */
  async #awaits<T>(what: string, promise: Promise<T>): Promise<T> {
    this.#waits.add(what);
    try {
      return await promise;
    } finally {
      this.#waits.delete(what);
    }
  }

  /** Whether there were enough kills, or there will be no more. */
  get #over(): boolean {
    return this.#halted || this.#kills >= this.#settings.kills;
  }

  async #killBrowser(): Promise<void> {
    const chromium = await this.#chromium;
    this.#browserKills += 1;
    this.#chromium = chromium.kill().then(() => Chromium.start(this.#place.profile));
    await this.#chromium;
  }

  /** One page's life, from the moment when its tab is opened until its process, or the browser, is killed. */
  async #publish(owner: string): Promise<void> {
    // Counted in messages, so that a busy machine does not kill all of them before the first.
    let left = Math.floor(this.#random() * longestLife);
    const [started, start] = signal();
    const [done, finish] = signal();
    const opening = this.#open(owner, { task: 'publish', connects: this.#random() < 0.3 }, ({ type }) => {
      if (type === 'started') start();
      if (type === 'stored') left -= 1;
      if (left <= 0) finish();
    });
    const tab = await this.#awaits(`a tab of ${owner} opens (page ${this.#pages})`, opening);
    const silent = wait(silenceLimit, 'silent', { ref: false });
    if ((await Promise.race([started, tab.ended, silent])) === 'silent') {
      this.#faults.push(`a page of ${owner} said nothing for ${silenceLimit} ms`);
      return tab.close();
    }
    // A page may have to wait for the server, too.
    await Promise.race([done, tab.ended, wait(longestWait, undefined, { ref: false })]);
    // When its browser was killed meanwhile, its process's number may be another's by now.
    if ((await Promise.race([wait(this.#random() * 30), tab.ended])) !== undefined) return;
    if (this.#kills >= browserKillEvery * (this.#browserKills + 1)) return this.#killBrowser();
    tab.kill();
    const end = this.#awaits(`a tab of ${owner} ends, whose process was killed`, tab.ended);
    const late = wait(silenceLimit, 'late' as const, { ref: false });
    switch (await Promise.race([end, late])) {
      case 'crash':
        this.#kills += 1;
        return;
      case 'late':
        // Its process was not the one that we took for it; the next one has a tab of its own again.
        this.#faults.push(`a tab of ${owner} did not end within ${silenceLimit} ms of the kill`);
        return tab.close();
      default:
    }
  }

  /** Sends what is left. */
  async #drain(owner: string): Promise<void> {
    const [done, finish] = signal();
    const { ended, close } = await this.#open(owner, { task: 'drain', connects: false }, (report) => {
      if (report.type === 'drained') finish();
    });
    const failed = ended.then((how) => {
      throw new Error(`The page that drains ${owner} ended: ${how}`);
    });
    const late = wait(drainLimit, undefined, { ref: false }).then(() => {
      throw new Error(
        `What ${owner} left was not sent within ${drainLimit} ms (seed ${this.#settings.seed})`,
      );
    });
    await this.#awaits(`what ${owner} left is sent`, Promise.race([done, failed, late]));
    await close();
  }

  async #open(
    owner: string,
    { task, connects }: Pick<TabOrder, 'task' | 'connects'>,
    listener: (report: TabReport) => void,
  ): Promise<Tab> {
    const { server, listening, pages } = this.#place;
    const { key, host, port } = listening.options;
    const { endpoints } = listening;
    const page = ++this.#pages;
    const order: TabOrder = {
      server: { key, host, port },
      endpoints: { auth: endpoints.auth, publish: endpoints.publish },
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
        if (report.type === 'slow') this.#slow += 1;
        if (report.type === 'fault') this.#faults.push(`page ${page} of ${owner}: ${report.what}`);
        listener(report);
      }
    };
    return openTab(
      await this.#chromium,
      `${pages.url}#${encodeURIComponent(JSON.stringify(order))}`,
      receive,
    );
  }

  async #arrivals(channel: string): Promise<Arrival[]> {
    const messages = await arrivals<Numbered>(this.#place.server, channel);
    return messages.map(({ id, data }) => ({ channel, id, data }));
  }
}

/** Something that happens once, and what makes it happen. */
function signal(): readonly [happened: Promise<void>, happen: () => void] {
  let happen = (): void => {};
  const happened = new Promise<void>((resolve) => {
    happen = resolve;
  });
  return [happened, happen];
}

function channelsOf(owner: string): string[] {
  return Array.from({ length: channelsEach }, (_, index) => `${owner}-stream-${index + 1}`);
}
