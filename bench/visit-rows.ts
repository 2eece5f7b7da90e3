import { setTimeout as wait } from 'node:timers/promises';
import { chromium, type Page } from 'playwright';
import { ensureChromium } from '../.ci/chromium.mjs';
import { PageServer } from '../test/kills/page-server';
import type { FaultRow } from './fault-row';
import type { Samples } from './figures';
import { Observer } from './observer';
import { judged } from './publishing-rows';
import type { Visit } from './visit-page';
import { until, type World } from './world';

const channel = 'private-plugin-7';
const event = 'client-step';
const count = 5;
/** Until whatever still wants to arrive has arrived, in milliseconds. */
const patience = 30_000;

/** Publishes while there is no network, leaves the page, and comes back to it when there is one; samples as for other rows. */
async function revisited(world: World, leave: (page: Page) => Promise<Page>): Promise<Samples> {
  const observer = await Observer.join(world.server, channel);
  const pages = await PageServer.open('bench/visit-page.ts');
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  try {
    const visit: Visit = { library: world.name, channel, event, ...world.address, token: world.token() };
    const context = await browser.newContext();
    const address = `${pages.url}#${encodeURIComponent(JSON.stringify(visit))}`;
    const page = await context.newPage();
    await page.goto(address);
    await world.subscribed(channel, 2);
    world.proxy.refuse();
    world.proxy.reset();
    // Longer than pusher-js says `connected` to a dead connection.
    await wait(1_500);
    const claimed = await page.evaluate((many) => window.publishNumbered(many), count);
    await wait(500);
    const next = await leave(page);
    if (next !== page) await next.goto(address);
    await wait(1_000);
    await world.proxy.listen();
    await until(() => observer.lost(count) === 0, patience);
    return {
      lost: [observer.lost(count)],
      disorder: [observer.inOrder ? 0 : 1],
      claimed: [claimed],
      count: [count],
    };
  } finally {
    await browser.close();
    await pages.close();
  }
}

/** Pages that are left while there is no network, in Chromium. */
export const visitRows: readonly FaultRow[] = [
  {
    id: 'reload',
    fault: '5 client events published offline, then the page reloads',
    must: 'lose 0, in order',
    measure: (world) =>
      revisited(world, async (page) => {
        await page.reload();
        return page;
      }),
    ...judged,
  },
  {
    id: 'close-tab',
    fault: '5 client events published offline, then the tab is closed and opened again',
    must: 'lose 0, in order',
    measure: (world) =>
      revisited(world, async (page) => {
        const context = page.context();
        await page.close();
        return context.newPage();
      }),
    ...judged,
  },
];
