// What a user of Firefox or of a WebKit meets first. Chromium has tests of its own, which go further.
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { findBrowsers } from '../../.ci/browsers.mjs';
import { createTestServer, type ListeningServer } from '../../src/testing/index';
import { arrivals } from '../kills/arrivals';
import { Gateway } from '../kills/gateway';
import { PageServer } from '../kills/page-server';
import { steeredAddress } from '../kills/steered-address';
import type { SteeredEnd } from '../kills/steered-order';
import { ExampleProcess } from '../setup/example-process';
import { startFirefox } from './firefox';
import type { LiveBrowser, LivePage } from './live-browser';
import { startWebKit } from './webkit';

const programs = findBrowsers();
const server = createTestServer({ apps: [{ limits: { history: Number.POSITIVE_INFINITY } }] });
let listening: ListeningServer;
let gateway: Gateway;
let pages: PageServer;
let workers: PageServer;
let demo: ExampleProcess;
let demoAddress: string;

beforeAll(async () => {
  demo = new ExampleProcess(['examples/quick-start/serve.mjs', '--port', '0']);
  [listening, gateway, pages, workers, [demoAddress]] = await Promise.all([
    server.listen(),
    Gateway.open(server),
    PageServer.open('test/kills/steered-page.ts'),
    PageServer.open('test/browsers/worker.ts'),
    demo.says(/http:\/\/127\.0\.0\.1:\d+\//),
  ]);
});

afterAll(async () => {
  demo.kill();
  await Promise.all([gateway.close(), pages.close(), workers.close(), server.stop()]);
});

let names = 0;
/** A name that no other test has. */
const fresh = (what: string): string => `${what}-${++names}`;
const upTo = (count: number, from = 0): number[] => Array.from({ length: count }, (_, n) => from + n);
const patient = { timeout: 40_000, interval: 50 };

/** What the server published on a channel, in its order. */
async function arrived(channel: string): Promise<number[]> {
  const messages = await arrivals<{ readonly number: number }>(server, channel);
  return messages.map(({ data: { number } }) => number);
}

/** Waits until an expression is true in the page, which may be on its way to another address. */
function holds(page: LivePage, expression: string): Promise<void> {
  return vi.waitFor(async () => {
    expect(await page.evaluate<boolean>(`!!(${expression})`), expression).toBe(true);
  }, patient);
}

const isState = (word: string): string => `document.querySelector('#state')?.dataset.state === '${word}'`;
const shows = (selector: string, words: string): string =>
  `[...document.querySelectorAll('${selector}')].some((each) => each.innerText.includes('${words}'))`;
const press = (page: LivePage, name: string): Promise<void> =>
  page.evaluate(
    `[...document.querySelectorAll('button')].find((each) => each.innerText === '${name}').click()`,
  );

/** The demo for a user and in a room that no other test has, without simulated classmates. */
const demoPage = (): string => `${demoAddress}?user=${fresh('Ada')}&class=${fresh('room')}&company=off`;

const idsOn = (page: LivePage): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('.journey')].map((each) => each.dataset.id)`);

/** Goes offline, sends three messages, and waits until they cannot get lost with the page. */
async function sendThreeOffline(page: LivePage): Promise<void> {
  await press(page, 'Go offline');
  await holds(page, isState('offline'));
  await press(page, 'Send 3');
  await holds(page, `document.querySelectorAll('.journey').length === 3`);
  await vi.waitFor(async () => {
    expect(await page.evaluate<number>(keptRecords)).toBeGreaterThanOrEqual(3);
  }, patient);
}

/** How many records of chat lines the demo's databases have. */
const keptRecords = `(async () => {
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  let found = 0;
  for (const { name } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const records = await done(database.transaction(store).objectStore(store).getAll());
      found += records.filter((record) => JSON.stringify(record).includes('"chat"')).length;
    }
    database.close();
  }
  return found;
})()`;

describe.each([
  ['Firefox', () => startFirefox(programs.firefox)],
  ['WebKit', () => startWebKit(programs)],
])('in %s', (_, start) => {
  let browser: LiveBrowser;
  const opened: LivePage[] = [];

  beforeAll(async () => {
    browser = await start();
    console.log(browser.name);
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    gateway.slowness = 0;
    for (const page of opened.splice(0)) await page.close().catch(() => {});
  });

  async function open(address: string): Promise<LivePage> {
    const page = await browser.open();
    opened.push(page);
    await page.goTo(address);
    return page;
  }

  async function openSteered(name: string, owner: string): Promise<LivePage> {
    const place = { server, listening, gateway, pages };
    const page = await open(steeredAddress(place, { name, owner, lockless: false }));
    await holds(page, 'window.steering');
    return page;
  }

  const publish = (page: LivePage, channel: string, from: number, count: number): Promise<void> =>
    page.evaluate(`steering.publish('${channel}', { from: ${from}, count: ${count} })`);

  async function expectAccepted(page: LivePage, channel: string, count: number): Promise<void> {
    await vi.waitFor(async () => {
      const ends = await page.evaluate<Record<number, SteeredEnd>>(`steering.ends('${channel}')`);
      expect(Object.values(ends).map(({ end }) => end)).toEqual(Array(count).fill('accepted'));
    }, patient);
  }

  async function expectNothingStored(page: LivePage, owner: string): Promise<void> {
    await vi.waitFor(async () => {
      expect(await page.evaluate<number>(`steering.stored('${owner}')`)).toBe(0);
    }, patient);
  }

  test('the demo is back seconds after a cut, and what is sent after it is heard', async () => {
    const page = await open(demoPage());
    await holds(page, shows('#classroom-state', 'Live'));
    await press(page, 'Cut for 3 s');
    await holds(page, isState('reconnecting'));
    await press(page, 'Send it');
    await holds(page, isState('connected'));
    await holds(page, shows('.journey', 'Accepted'));
    await holds(page, `document.querySelector('.bubble[data-fate=heard]')`);
  });

  test('what the demo sends offline outlives a reload, and ends once, in order', async () => {
    const page = await open(demoPage());
    await holds(page, shows('#classroom-state', 'Live'));
    await sendThreeOffline(page);
    const published = await idsOn(page);
    expect(published).toHaveLength(3);
    await page.reload();
    await holds(page, shows('.journey', 'from before the reload'));
    expect(await idsOn(page)).toEqual(published);
    await holds(page, isState('offline'));
    await press(page, 'Come back online');
    await holds(page, `document.querySelectorAll('.journey[data-end=accepted]').length === 3`);
    expect(await idsOn(page)).toEqual(published);
    await holds(page, isState('connected'));
  });

  test('of two tabs of a user one sends for both, in the order of publishing', async () => {
    const [owner, channel] = [fresh('owner'), fresh('channel')];
    const one = await openSteered('one', owner);
    const two = await openSteered('two', owner);
    for (const turn of upTo(10)) {
      await publish(one, channel, 2 * turn, 1);
      await publish(two, channel, 2 * turn + 1, 1);
    }
    await expectAccepted(one, channel, 10);
    await expectAccepted(two, channel, 10);
    expect(await arrived(channel)).toEqual(upTo(20));
    // On a slow machine one may take the turn from the other; then it is the other way round.
    const forOthers = gateway
      .on(channel)
      .filter(
        ({ tab, data }) => (tab === 'one') !== ((data as { readonly number: number }).number % 2 === 0),
      );
    expect(forOthers.length).toBeGreaterThan(0);
    await expectNothingStored(two, owner);
    for (const page of [one, two]) expect(await page.evaluate('steering.faults()')).toEqual([]);
  });

  test('when the tab that sends is gone at once, the other goes on and nothing is lost', async () => {
    const [owner, channel] = [fresh('owner'), fresh('channel')];
    const one = await openSteered('one', owner);
    const two = await openSteered('two', owner);
    gateway.slowness = 30;
    await publish(one, channel, 0, 20);
    await publish(two, channel, 20, 20);
    await vi.waitFor(() => expect(gateway.on(channel).length).toBeGreaterThan(5), patient);
    await one.vanish();
    await expectAccepted(two, channel, 20);
    await expectNothingStored(two, owner);
    const there = await arrived(channel);
    for (const from of [0, 20]) {
      expect(there.filter((number) => number >= from && number < from + 20)).toEqual(upTo(20, from));
    }
    expect(there).toHaveLength(40);
    expect(new Set(gateway.on(channel).map(({ tab }) => tab))).toEqual(new Set(['one', 'two']));
    expect(await two.evaluate('steering.faults()')).toEqual([]);
  });

  test('a page that comes back with the back button is alive, and was not missed by the other tab', async () => {
    const [owner, channel] = [fresh('owner'), fresh('private-channel')];
    const one = await openSteered('one', owner);
    await one.evaluate(`(window.wasHere = true, steering.listen('${channel}', 'step'))`);
    await publish(one, channel, 0, 3);
    await expectAccepted(one, channel, 3);
    await one.goTo(`${pages.url}page.js`);
    const two = await openSteered('two', owner);
    await publish(two, channel, 3, 3);
    await expectAccepted(two, channel, 3);
    await one.back();
    await holds(one, 'window.steering');
    const kept = await one.evaluate<boolean>('window.wasHere === true');
    console.log(`${browser.name}: ${kept ? 'came out of the back-forward cache' : 'was loaded again'}`);
    await publish(one, channel, 6, 3);
    await expectAccepted(one, channel, kept ? 6 : 3);
    await publish(two, channel, 9, 3);
    await expectAccepted(two, channel, 6);
    expect(await arrived(channel)).toEqual(upTo(12));
    // Whoever came out of the cache listens as before, without doing anything for it.
    if (!kept) await one.evaluate(`steering.listen('${channel}', 'step')`);
    await vi.waitFor(
      async () => {
        server.trigger(channel, 'step', { number: 99 });
        expect(await one.evaluate(`steering.heard('${channel}')`)).toContainEqual({ number: 99 });
      },
      { ...patient, interval: 500 },
    );
  });

  test.each(['index', 'slim'])('the script tags of examples/umd/%s.html follow a channel', async (name) => {
    const { host, port } = listening.options;
    const channel = fresh('content-generation');
    const file = pathToFileURL(`examples/umd/${name}.html`).href;
    const page = await open(`${file}?host=${host}&port=${port}&channel=${channel}`);
    await vi.waitFor(() => expect(server.channels.map((each) => each.name)).toContain(channel), patient);
    server.trigger(channel, 'progress', { progress: 5 });
    await holds(page, shows('#messages li', 'progress {"progress":5}'));
  });

  test('a worker connects and publishes with the class of pusher-js/worker, and is told when it has none', async () => {
    const { key, host, port, auth, publish: endpoint } = listening.options;
    const token = server.issueToken({ userId: 'worker' });
    const options = { key, host, port, tls: false, auth: { ...auth, token }, publish: endpoint };
    const page = await open('about:blank');
    await page.goTo(`${workers.url}about`);
    const work = (fit: boolean): Promise<unknown> =>
      page.evaluate(`new Promise((resolve, reject) => {
        const worker = new Worker('/page.js', { type: 'module' });
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(message);
        worker.postMessage(${JSON.stringify({ options, fit })});
      })`);
    expect(await work(true)).toEqual({
      connection: 'connected',
      level: 'accepted',
      heard: { number: 1 },
      errors: [],
    });
    expect(await work(false)).toEqual({ connection: expect.stringContaining('pusher-js/worker') });
  });
});

test('private windows of Firefox keep what is unsent over a reload', async () => {
  const browser = await startFirefox(programs.firefox, { inPrivate: true });
  try {
    const page = await browser.open();
    await page.goTo(demoPage());
    await holds(page, shows('#classroom-state', 'Live'));
    await sendThreeOffline(page);
    await page.reload();
    await holds(page, shows('.journey', 'from before the reload'));
    await press(page, 'Come back online');
    await holds(page, `document.querySelectorAll('.journey[data-end=accepted]').length === 3`);
  } finally {
    await browser.close();
  }
});
