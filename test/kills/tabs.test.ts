import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createTestServer, type ListeningServer } from '../../src/testing/index';
import { arrivals } from './arrivals';
import { Chromium } from './chromium';
import { Gateway, type Passage } from './gateway';
import { PageServer } from './page-server';
import { seeded } from './seeded';
import { steeredAddress } from './steered-address';
import type { SteeredEnd } from './steered-order';
import { openSteeredTab, type SteeredTab } from './steered-tab';

const server = createTestServer({ apps: [{ limits: { history: Number.POSITIVE_INFINITY } }] });
let listening: ListeningServer;
let gateway: Gateway;
let pages: PageServer;
let chromium: Chromium;
let profile: string;

beforeAll(async () => {
  profile = await mkdtemp(join(tmpdir(), 'surewire-tabs-'));
  [listening, gateway, pages, chromium] = await Promise.all([
    server.listen(),
    Gateway.open(server),
    PageServer.open('test/kills/steered-page.ts'),
    Chromium.start(profile),
  ]);
});

afterAll(async () => {
  await chromium.kill();
  await Promise.all([gateway.close(), pages.close(), server.stop()]);
  await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

const opened = new Set<SteeredTab>();

afterEach(async () => {
  gateway.slowness = 0;
  gateway.shut = false;
  await Promise.all([...opened].map((tab) => tab.close().catch(() => {})));
  opened.clear();
});

let names = 0;
/** A name that no other test has. */
const fresh = (what: string): string => `${what}-${++names}`;

async function open(name: string, owner: string, { lockless = false } = {}): Promise<SteeredTab> {
  const place = { server, listening, gateway, pages };
  const tab = await openSteeredTab(chromium, steeredAddress(place, { name, owner, lockless }));
  opened.add(tab);
  return tab;
}

/** What the server published on a channel, in its order. */
async function arrived(channel: string): Promise<{ readonly id: string; readonly number: number }[]> {
  const messages = await arrivals<{ readonly number: number }>(server, channel);
  return messages.map(({ id, data: { number } }) => ({ id, number }));
}

const numbersOf = (messages: readonly { readonly number: number }[]): number[] =>
  messages.map(({ number }) => number);
const upTo = (count: number, from = 0): number[] => Array.from({ length: count }, (_, n) => from + n);
const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
const endsOf = (ends: Record<number, SteeredEnd>): string[] => Object.values(ends).map(({ end }) => end);
const tabsOf = (passages: readonly Passage[]): string[] => [...new Set(passages.map(({ tab }) => tab))];
/** How often the next message came from another tab than the one before. */
const handovers = (passages: readonly Passage[]): number =>
  passages.filter(({ tab }, index) => index > 0 && tab !== passages[index - 1]?.tab).length;
/** When any of them took the turn from one that seemed to hang. */
const robberiesOf = async (...tabs: readonly SteeredTab[]): Promise<number[]> =>
  (await Promise.all(tabs.map((tab) => tab.ask('robberies')))).flat();
/** Kills it while its request waits. Resolves when no answer can reach it any more. */
async function killed(tab: SteeredTab): Promise<void> {
  tab.kill();
  await vi.waitFor(() => expect(gateway.waiting).toBe(0), patient);
}
/** How long after `since` another tab than the first one sent; where machines are busy, that is more than it need be. */
function succession(passages: readonly Passage[], since: number): number {
  const next = passages.find(({ tab, at }) => tab !== passages[0]?.tab && at >= since);
  return (next?.at ?? Number.NaN) - since;
}
const patient = { timeout: 60_000, interval: 20 };

async function expectNothingStored(tab: SteeredTab, owner: string): Promise<void> {
  await vi.waitFor(async () => expect(await tab.ask('stored', owner)).toBe(0), patient);
}

describe('two tabs of one owner', () => {
  test('publish alternately, and one of them does all requests, those of each in order; each promise settles in its own tab', async () => {
    const [owner, channel] = [fresh('owner'), fresh('channel')];
    const one = await open('one', owner);
    const two = await open('two', owner);
    for (const turn of upTo(50)) {
      await one.ask('publish', channel, { from: 2 * turn, count: 1 });
      await two.ask('publish', channel, { from: 2 * turn + 1, count: 1 });
    }
    for (const tab of [one, two]) {
      await vi.waitFor(async () => {
        expect(endsOf(await tab.ask('ends', channel))).toEqual(Array(50).fill('accepted'));
      }, patient);
    }
    const numbers = numbersOf(await arrived(channel));
    expect(sorted(numbers)).toEqual(upTo(100));
    // A message takes a moment from one tab to the other; what is published in it has no order between them.
    for (const tab of [0, 1]) {
      const own = numbers.filter((number) => number % 2 === tab);
      expect(own).toEqual(sorted(own));
    }
    // A tab that a busy machine did not let answer in time is taken to hang: whoever takes its turn may repeat one request.
    const robberies = (await robberiesOf(one, two)).length;
    expect(handovers(gateway.on(channel))).toBeLessThanOrEqual(3 * robberies);
    expect(gateway.on(channel).length - 100).toBeLessThanOrEqual(robberies);
    await expectNothingStored(two, owner);
    expect(await Promise.all([one.ask('faults'), two.ask('faults')])).toEqual([[], []]);
  });

  test('when the process of the one that sends is killed, the other goes on, loses nothing, and sends nothing under another id', async () => {
    const [owner, channel] = [fresh('owner'), fresh('channel')];
    const one = await open('one', owner);
    const two = await open('two', owner);
    gateway.slowness = 30;
    await one.ask('publish', channel, { from: 0, count: 40 });
    await two.ask('publish', channel, { from: 40, count: 40 });
    await vi.waitFor(() => expect(gateway.on(channel).length).toBeGreaterThan(10), patient);
    one.kill();
    const killed = Date.now();
    await vi.waitFor(
      async () => expect(endsOf(await two.ask('ends', channel))).toEqual(Array(40).fill('accepted')),
      patient,
    );
    console.log(`killed: replaced after ${succession(gateway.on(channel), killed)} ms`);
    const there = await arrived(channel);
    expect(sorted(numbersOf(there))).toEqual(upTo(80));
    for (const from of [0, 40]) {
      const mine = numbersOf(there).filter((number) => number >= from && number < from + 40);
      expect(mine).toEqual(sorted(mine));
    }
    expect(new Set(there.map(({ id }) => id)).size).toBe(80);
    await expectNothingStored(two, owner);
    expect(await two.ask('faults')).toEqual([]);
  });
});

describe('the tab that sends, when it hangs', () => {
  const ways = {
    'is frozen by the browser': {
      stop: (tab: SteeredTab) => tab.freeze(),
      goOn: (tab: SteeredTab) => tab.thaw(),
    },
    'is in an endless loop': {
      stop: (tab: SteeredTab) => {
        void tab.ask('hang', 8_000);
        return wait(0);
      },
      goOn: () => wait(0),
    },
    'is stopped in the debugger': {
      stop: (tab: SteeredTab) => tab.pause(),
      goOn: (tab: SteeredTab) => tab.resume(),
    },
  };

  test.each(Object.entries(ways))(
    'because it %s, is replaced; its own promises settle when it is back',
    async (way, { stop, goOn }) => {
      const [owner, channel] = [fresh('owner'), fresh('channel')];
      const one = await open('one', owner);
      const two = await open('two', owner);
      gateway.slowness = 30;
      await one.ask('publish', channel, { from: 0, count: 10 });
      await vi.waitFor(() => expect(gateway.on(channel).length).toBeGreaterThanOrEqual(10), patient);
      // However busy the machine is, the rest is not sent before it hangs.
      gateway.shut = true;
      await one.ask('publish', channel, { from: 10, count: 30 });
      await two.ask('publish', channel, { from: 40, count: 40 });
      // Nor does it hang in the middle of a transaction: that is another story.
      await vi.waitFor(async () => {
        const accepted = endsOf(await one.ask('ends', channel)).length;
        expect([gateway.waiting, gateway.on(channel).length]).toEqual([1, accepted + 1]);
        expect(await one.ask('stored', owner)).toBe(80 - accepted);
      }, patient);
      await stop(one);
      const stopped = Date.now();
      gateway.shut = false;
      await vi.waitFor(() => expect(tabsOf(gateway.on(channel))).toEqual(['one', 'two']), patient);
      console.log(`${way}: replaced after ${succession(gateway.on(channel), stopped)} ms`);
      await vi.waitFor(
        async () => expect(endsOf(await two.ask('ends', channel))).toEqual(Array(40).fill('accepted')),
        patient,
      );
      await goOn(one);
      await vi.waitFor(
        async () => expect(endsOf(await one.ask('ends', channel))).toEqual(Array(40).fill('accepted')),
        patient,
      );
      const there = await arrived(channel);
      expect(sorted(numbersOf(there))).toEqual(upTo(80));
      for (const from of [0, 40]) {
        const mine = numbersOf(there).filter((number) => number >= from && number < from + 40);
        expect(mine).toEqual(sorted(mine));
      }
      await expectNothingStored(two, owner);
      const [theirs, ours] = await Promise.all([one.ask('robberies'), two.ask('robberies')]);
      await two.ask('publish', channel, { from: 80, count: 1 });
      await one.ask('publish', channel, { from: 81, count: 1 });
      await vi.waitFor(async () => expect(await arrived(channel)).toHaveLength(82), patient);
      // Whoever took the turn last has it, unless the machine was so busy that it was taken once more just now.
      const last = Math.max(...ours) > Math.max(...theirs) ? 'two' : 'one';
      if ((await robberiesOf(one, two)).length === theirs.length + ours.length)
        expect(tabsOf(gateway.on(channel).slice(-2))).toEqual([last]);
      expect(await Promise.all([one.ask('faults'), two.ask('faults')])).toEqual([[], []]);
    },
  );

  test('in the middle of its writing, does not keep the others from theirs', async () => {
    const [owner, channel] = [fresh('owner'), fresh('channel')];
    const one = await open('one', owner);
    const two = await open('two', owner);
    await one.ask('publish', channel, { from: 0, count: 1 });
    await expectNothingStored(two, owner);
    const back = one.ask('hangWriting', channel, 1, 8_000);
    const stopped = Date.now();
    await wait(100);
    await two.ask('publish', channel, { from: 2, count: 5 });
    await vi.waitFor(
      async () => expect(endsOf(await two.ask('ends', channel))).toEqual(Array(5).fill('accepted')),
      patient,
    );
    console.log(
      `is in the middle of its writing: replaced after ${succession(gateway.on(channel), stopped)} ms`,
    );
    await back;
    await vi.waitFor(
      async () => expect(endsOf(await one.ask('ends', channel))).toEqual(Array(2).fill('accepted')),
      patient,
    );
    expect(sorted(numbersOf(await arrived(channel)))).toEqual(upTo(7));
    expect(await Promise.all([one.ask('faults'), two.ask('faults')])).toEqual([[], []]);
  });
});

describe('three tabs of one owner', () => {
  test('that are opened, closed, killed and frozen at random lose nothing, double nothing, and keep the order of each', async () => {
    const seed = Number(process.env['SUREWIRE_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
    const random = seeded(seed);
    const [owner, channel] = [fresh('owner'), fresh('channel')];
    const live: { readonly tab: SteeredTab; readonly runs: number[]; frozen: boolean }[] = [];
    const runs: { readonly from: number; readonly count: number }[] = [];
    let [next, closed, killed, frozen] = [0, 0, 0, 0];
    gateway.slowness = 10;
    const end = Date.now() + 20_000;
    while (Date.now() < end) {
      if (live.length < 3) live.push({ tab: await open(fresh('tab'), owner), runs: [], frozen: false });
      const at = live[Math.floor(random() * live.length)];
      const dice = random();
      if (at === undefined) continue;
      if (at.frozen) {
        if (dice < 0.5) {
          await at.tab.thaw();
          at.frozen = false;
        }
      } else if (dice < 0.6) {
        const run = { from: next, count: 1 + Math.floor(random() * 10) };
        next += run.count;
        await at.tab.ask('publish', channel, run);
        runs.push(run);
        at.runs.push(...upTo(run.count, run.from));
      } else if (dice < 0.7 && live.some((other) => other !== at && !other.frozen)) {
        await at.tab.freeze();
        at.frozen = true;
        frozen += 1;
      } else if (dice < 0.9) {
        live.splice(live.indexOf(at), 1);
        if (dice < 0.8) {
          at.tab.kill();
          killed += 1;
        } else {
          await at.tab.close();
          closed += 1;
        }
      } else await wait(random() * 1_500);
    }
    gateway.slowness = 0;
    for (const each of live) if (each.frozen) await each.tab.thaw();
    if (live.length === 0) live.push({ tab: await open('last', owner), runs: [], frozen: false });
    for (const { tab } of live) await tab.ask('connect');
    const [last] = live;
    if (last) await expectNothingStored(last.tab, owner);
    const numbers = numbersOf(await arrived(channel));
    const requests = gateway.on(channel).length;
    console.log(JSON.stringify({ seed, messages: next, requests, closed, killed, frozen }));
    expect({ seed, numbers: sorted(numbers) }).toEqual({ seed, numbers: upTo(next) });
    for (const { from, count } of runs) {
      const run = numbers.filter((number) => number >= from && number < from + count);
      expect({ seed, run }).toEqual({ seed, run: sorted(run) });
    }
    for (const { tab, runs: published } of live) {
      await vi.waitFor(
        async () =>
          expect({ seed, ends: endsOf(await tab.ask('ends', channel)) }).toEqual({
            seed,
            ends: published.map(() => 'accepted'),
          }),
        patient,
      );
      expect({ seed, faults: await tab.ask('faults') }).toEqual({ seed, faults: [] });
    }
  }, 120_000);
});

describe('tabs without Web Locks', () => {
  test('send what is their own; what a killed one leaves is adopted once by the next page', async () => {
    const [owner, channel] = [fresh('owner'), fresh('channel')];
    const one = await open('one', owner, { lockless: true });
    const two = await open('two', owner, { lockless: true });
    await one.ask('publish', channel, { from: 0, count: 5 });
    await two.ask('publish', channel, { from: 5, count: 5 });
    await vi.waitFor(async () => expect(await arrived(channel)).toHaveLength(10), patient);
    for (const { tab, data } of gateway.on(channel)) {
      expect(tab).toBe((data as { readonly number: number }).number < 5 ? 'one' : 'two');
    }
    gateway.shut = true;
    await one.ask('publish', channel, { from: 10, count: 5 });
    await vi.waitFor(() => expect(gateway.on(channel)).toHaveLength(11), patient);
    await killed(one);
    gateway.shut = false;
    await wait(500);
    expect(await arrived(channel)).toHaveLength(10);
    const [three, four] = await Promise.all([
      open('three', owner, { lockless: true }),
      open('four', owner, { lockless: true }),
    ]);
    await Promise.all([three.ask('connect'), four.ask('connect')]);
    await expectNothingStored(two, owner);
    const there = await arrived(channel);
    expect(numbersOf(there).slice(10)).toEqual(upTo(5, 10));
    const adopted = gateway.on(channel).filter(({ tab }) => ['three', 'four'].includes(tab));
    expect(tabsOf(adopted)).toHaveLength(1);
    expect(adopted).toHaveLength(5);
    expect(await Promise.all([two, three, four].map((tab) => tab.ask('faults')))).toEqual([[], [], []]);
  });
});

describe('client events', () => {
  test('go over the connection of the tab that publishes: it does not hear its own, and the other tab does', async () => {
    const [owner, channel] = [fresh('owner'), fresh('private-channel')];
    const one = await open('one', owner);
    const two = await open('two', owner);
    await Promise.all([one.ask('listen', channel, 'client-step'), two.ask('listen', channel, 'client-step')]);
    await one.ask('publish', channel, { from: 0, count: 5 }, 'client-step');
    await two.ask('publish', channel, { from: 5, count: 5 }, 'client-step');
    const payloads = (from: number) => upTo(5, from).map((number) => ({ number }));
    await vi.waitFor(async () => {
      expect(await one.ask('heard', channel)).toEqual(payloads(5));
      expect(await two.ask('heard', channel)).toEqual(payloads(0));
    }, patient);
    await vi.waitFor(async () => {
      for (const tab of [one, two]) {
        expect(endsOf(await tab.ask('ends', channel))).toEqual(Array(5).fill('written'));
      }
    }, patient);
    await expectNothingStored(one, owner);
  });
});

describe('the wrong owner', () => {
  test('gets nothing of the other: no message, no sight of one, no token; and signs out without harm to them', async () => {
    const [mine, hers] = [fresh('owner'), fresh('owner')];
    const [channel, other] = [fresh('channel'), fresh('channel')];
    const first = await open('first', mine);
    gateway.shut = true;
    await first.ask('publish', channel, { from: 0, count: 10 });
    await vi.waitFor(() => expect(gateway.on(channel)).toHaveLength(1), patient);
    await killed(first);
    gateway.shut = false;

    // The same browser, another user; and at the same time the first one again, in a tab that is not served for now.
    const her = await open('her', hers);
    await her.ask('publish', other, { from: 0, count: 5 });
    await vi.waitFor(
      async () => expect(endsOf(await her.ask('ends', other))).toEqual(Array(5).fill('accepted')),
      patient,
    );
    expect(gateway.on(channel)).toHaveLength(1);
    gateway.shut = true;
    const back = await open('back', mine);
    await back.ask('publish', channel, { from: 10, count: 5 });
    await her.ask('publish', other, { from: 5, count: 1 });
    expect((await her.ask('pending')).filter((each) => each.channel !== other)).toEqual([]);
    await her.ask('signOut');
    expect(await back.ask('stored', mine)).toBe(15);
    gateway.shut = false;
    await expectNothingStored(back, mine);

    const there = await arrived(channel);
    expect(numbersOf(there)).toEqual(upTo(15));
    expect(endsOf(await back.ask('ends', channel))).toEqual(Array(5).fill('accepted'));
    expect(tabsOf(gateway.on(channel))).toEqual(['first', 'back']);
    const users = (passages: readonly Passage[]) => [...new Set(passages.map(({ token }) => userOf(token)))];
    expect(users(gateway.on(channel))).toEqual([mine]);
    expect(users(gateway.on(other))).toEqual([hers]);
    const told = (await her.ask('told')).join();
    for (const { id } of there) expect(told).not.toContain(id);
    expect(told).not.toContain(channel);
    expect(await back.ask('faults')).toEqual([]);
  });
});

/** Whose token it is. */
function userOf(token: string): unknown {
  const [, claims = ''] = token.split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString()).sub;
}
