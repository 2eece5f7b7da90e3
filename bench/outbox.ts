import { parseArgs } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright';
import { ensureChromium } from '../.ci/chromium.mjs';
import { createTestServer } from '../src/testing/index';
import { PageServer } from '../test/kills/page-server';
import { duration, median, table } from './figures';
import type { Writer } from './outbox-page';
import { measured, type Row } from './results';

const help = `What the outbox costs in Chromium, over IndexedDB.

  npm run bench:outbox                   all of it, 9 rounds: about five minutes
  npm run bench:outbox -- --rounds 3     faster: about two minutes
  npm run bench:outbox -- --part enqueue only this: enqueue, drain, load or memory
  npm run bench:outbox -- --save         keeps the figures in bench/results
  npm run bench:outbox -- --help         this

enqueue: messages of 200 bytes that are stored (publish() with acknowledge: 'none'), a hundred at a time, against our storage by
itself and idb-keyval's setMany by itself, which is the limit. Contestants take turns; medians of the rounds.
drain:   1,000 messages that an earlier page left, to the embedded server by HTTP, against fetch() by itself; and with a publisher
that answers at once, which leaves our own cost.
load:    10,000 messages that an earlier page left, loaded and sent: the longest task of the main thread, from 50 ms on.
memory:  heap for each of 10,000 messages that wait, after collecting garbage.

Exits with 1 when surewire stores less than 80 % of what setMany does, or has a task of more than 50 ms.
`;

const writers: readonly Writer[] = ['surewire', 'storage', 'idb-keyval'];
const batch = 100;
const stored = 3_000;
const left = 1_000;
const waiting = 10_000;
const must = 0.8;
const longTask = 50;
const all = ['enqueue', 'drain', 'load', 'memory'];

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    part: { type: 'string' },
    save: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(help);
else process.exitCode = await measure(Number(values.rounds));

async function measure(rounds: number): Promise<number> {
  const parts = [values.part ?? all].flat();
  if (!(rounds >= 1) || parts.some((part) => !all.includes(part))) {
    console.error('See --help.');
    return 2;
  }
  const { rows } = await measured('outbox', { settings: { rounds }, save: values.save }, () =>
    measureParts(parts, rounds),
  );
  const of = (metric: string): number =>
    median(rows.find((row) => row.contestant === 'surewire' && row.metric === metric)?.samples ?? []);
  const good = !(of('of setMany') < must * 100) && !(of('longest task') > longTask);
  return good ? 0 : 1;
}

async function measureParts(parts: readonly string[], rounds: number): Promise<Row[]> {
  const pages = await PageServer.open('bench/outbox-page.ts');
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  try {
    const rows: Row[] = [];
    if (parts.includes('enqueue')) rows.push(...(await enqueue(await open(browser, pages.url), rounds)));
    if (parts.includes('drain'))
      rows.push(...(await drain(await open(browser, pages.url), Math.min(rounds, 3))));
    if (parts.includes('load')) rows.push(await load(await open(browser, pages.url), Math.min(rounds, 3)));
    if (parts.includes('memory')) rows.push(...(await memory(() => open(browser, pages.url))));
    return rows;
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

async function enqueue(page: Page, rounds: number): Promise<Row[]> {
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
  const situation = `stored, ${batch} at a time`;
  return writers.flatMap((writer): Row[] => [
    {
      case: situation,
      contestant: writer,
      metric: 'rate',
      unit: 'a second',
      samples: rates.get(writer) ?? [],
    },
    {
      case: situation,
      contestant: writer,
      metric: 'of setMany',
      unit: '%',
      samples: share(writer).map((each) => each * 100),
    },
  ]);
}

async function drain(page: Page, rounds: number): Promise<Row[]> {
  const server = createTestServer();
  const { url } = await server.listen();
  const endpoint = { url: `${url}/realtime/trigger`, token: server.issueToken() };
  const lines: string[][] = [];
  const rows: Row[] = [];
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
    const row = {
      case: `1,000 sent, ${channels} channel${channels === 1 ? '' : 's'}`,
      unit: 'ms',
      metric: 'time',
    };
    rows.push(
      { ...row, contestant: 'surewire', samples: ours },
      { ...row, contestant: 'fetch alone', samples: bare },
      { ...row, contestant: 'surewire, a publisher that answers at once', samples: own },
    );
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
  return rows;
}

async function load(page: Page, rounds: number): Promise<Row> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const order = [`owner-load-${round}`, waiting] as const;
    await page.evaluate(([owner, count]) => window.outboxBench.leave(owner, count, 10), order);
    samples.push(
      await page.evaluate(([owner, count]) => window.outboxBench.longestTask(owner, count), order),
    );
  }
  const longest = median(samples);
  console.log(
    `${waiting.toLocaleString('en')} messages loaded and sent: longest task ${longest === 0 ? 'below 50 ms' : duration(longest)}: ${longest <= longTask ? 'ok' : 'NOT'}\n`,
  );
  await page.context().close();
  return {
    case: '10,000 loaded and sent',
    contestant: 'surewire',
    metric: 'longest task',
    unit: 'ms',
    samples,
  };
}

async function memory(fresh: () => Promise<Page>): Promise<Row[]> {
  const rows: Row[] = [];
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
    const each = ((await used()) - before) / waiting;
    rows.push({
      case: '10,000 waiting',
      contestant: what,
      metric: 'heap a message',
      unit: 'B',
      samples: [each],
    });
    lines.push([what, `${Math.round(each).toLocaleString('en')} B`]);
    await page.context().close();
  }
  console.log(`Heap for each of ${waiting.toLocaleString('en')} messages of 200 bytes that wait:\n`);
  console.log(table(lines));
  return rows;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
