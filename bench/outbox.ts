import { parseArgs } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright';
import { ensureChromium } from '../.ci/chromium.mjs';
import { createTestServer } from '../src/testing/index';
import { PageServer } from '../test/kills/page-server';
import { duration, median, table } from './figures';
import type { Writer } from './outbox-page';

const help = `What the outbox costs in Chromium, over IndexedDB.

  npm run bench:outbox                   all of it, 9 rounds
  npm run bench:outbox -- --rounds 3     faster
  npm run bench:outbox -- --part enqueue only this: enqueue, drain or memory
  npm run bench:outbox -- --help         this

enqueue: messages of 200 bytes that are stored (publish() with acknowledge: 'none'), a hundred at a time, against our storage by
itself and idb-keyval's setMany by itself, which is the limit. Contestants take turns; medians of the rounds.
drain:   1,000 messages that an earlier page left, to the embedded server by HTTP, against fetch() by itself; and with a publisher
that answers at once, which leaves our own cost.
memory:  heap for each of 10,000 messages that wait, after collecting garbage.

Exits with 1 when surewire stores less than 80 % of what setMany does.
`;

const writers: readonly Writer[] = ['surewire', 'storage', 'idb-keyval'];
const batch = 100;
const stored = 3_000;
const left = 1_000;
const waiting = 10_000;
const must = 0.8;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    part: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(help);
else process.exitCode = await measure(Number(values.rounds));

async function measure(rounds: number): Promise<number> {
  const parts = [values.part ?? ['enqueue', 'drain', 'memory']].flat();
  if (!(rounds >= 1) || parts.some((part) => !['enqueue', 'drain', 'memory'].includes(part))) {
    console.error('See --help.');
    return 2;
  }
  const pages = await PageServer.open('bench/outbox-page.ts');
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  try {
    let good = true;
    if (parts.includes('enqueue')) good = await enqueue(await open(browser, pages.url), rounds);
    if (parts.includes('drain')) await drain(await open(browser, pages.url), Math.min(rounds, 3));
    if (parts.includes('memory')) await memory(() => open(browser, pages.url));
    return good ? 0 : 1;
  } finally {
    await browser.close();
    await pages.close();
  }
}

/** A page in a profile of its own. */
async function open(browser: Browser, url: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.goto(url);
  await page.waitForFunction(() => 'outboxBench' in window);
  return page;
}

async function enqueue(page: Page, rounds: number): Promise<boolean> {
  const rates = new Map<Writer, number[]>(writers.map((writer) => [writer, []]));
  // The first round warms up.
  for (let round = 0; round <= rounds; round += 1) {
    for (const writer of round % 2 === 0 ? writers : writers.toReversed()) {
      const took = await page.evaluate(
        ([who, messages, size]) => window.outboxBench.enqueue(who, messages, size),
        [writer, stored, batch] as const,
      );
      if (round > 0) rates.get(writer)?.push((stored / took) * 1_000);
    }
  }
  const limit = rates.get('idb-keyval') ?? [];
  const share = (writer: Writer): number[] =>
    (rates.get(writer) ?? []).map((rate, round) => rate / (limit[round] ?? Number.NaN));
  console.log(`Stored, ${batch} at a time, 200 bytes each; medians of ${rounds} rounds (worst, best):\n`);
  const lines = writers.map((writer) => {
    const [shares, own] = [share(writer), rates.get(writer) ?? []];
    return [
      writer,
      `${Math.round(median(own)).toLocaleString('en')} a second`,
      percent(median(shares)),
      `(${percent(Math.min(...shares))}, ${percent(Math.max(...shares))})`,
    ];
  });
  console.log(table([['', '', 'of setMany', ''], ...lines]));
  const good = median(share('surewire')) >= must;
  console.log(`\nmust: ${percent(must)}: ${good ? 'ok' : 'NOT'}\n`);
  await page.context().close();
  return good;
}

async function drain(page: Page, rounds: number): Promise<void> {
  const server = createTestServer();
  const { url } = await server.listen();
  const endpoint = { url: `${url}/realtime/trigger`, token: server.issueToken() };
  const lines: string[][] = [];
  for (const channels of [1, 10]) {
    const [ours, bare, own]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round <= rounds; round += 1) {
      const owner = `owner-${channels}-${round}`;
      // The first round warms up.
      const messages = round === 0 ? 100 : left;
      const sent = (to: typeof endpoint | 'at once'): Promise<number> =>
        page.evaluate(
          async ([who, count, many, where]) => {
            await window.outboxBench.leave(who, count, many);
            return window.outboxBench.drain(who, count, where);
          },
          [owner, messages, channels, to] as const,
        );
      const times = [
        await sent(endpoint),
        await page.evaluate(([count, many, where]) => window.outboxBench.fetchAll(count, many, where), [
          left,
          channels,
          endpoint,
        ] as const),
        await sent('at once'),
      ] as const;
      if (round === 0) continue;
      for (const [index, into] of [ours, bare, own].entries()) into.push(times[index] ?? Number.NaN);
    }
    lines.push([
      `${channels}`,
      duration(median(ours)),
      duration(median(bare)),
      percent(median(ours.map((time, round) => time / (bare[round] ?? Number.NaN)))),
      duration(median(own)),
    ]);
  }
  console.log(`${left.toLocaleString('en')} stored messages sent; medians of ${rounds} rounds:\n`);
  console.log(
    table([['channels', 'surewire', 'fetch alone', 'ratio', 'publisher that answers at once'], ...lines]),
  );
  console.log();
  await page.context().close();
  await server.stop();
}

async function memory(fresh: () => Promise<Page>): Promise<void> {
  const lines: string[][] = [];
  for (const what of ['payloads', 'messages', 'stored messages'] as const) {
    const page = await fresh();
    const session = await page.context().newCDPSession(page);
    const used = async (): Promise<number> => {
      await session.send('HeapProfiler.collectGarbage');
      return (await session.send('Runtime.getHeapUsage')).usedSize;
    };
    await page.evaluate((kind) => window.outboxBench.keep(kind, 10), what);
    const before = await used();
    await page.evaluate(([kind, count]) => window.outboxBench.keep(kind, count), [what, waiting] as const);
    lines.push([what, `${Math.round(((await used()) - before) / waiting).toLocaleString('en')} B`]);
    await page.context().close();
  }
  console.log(`Heap for each of ${waiting.toLocaleString('en')} messages of 200 bytes that wait:\n`);
  console.log(table(lines));
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
