import { networkInterfaces } from 'node:os';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestServer } from '../../src/testing/index';
import { violations } from '../setup/axe';
import {
  DemoBrowser,
  type DemoVisit,
  openDeveloperPart,
  press,
  startDemo,
  state,
  text,
  watch,
} from '../setup/demo-browser';

let browser: DemoBrowser;
beforeAll(async () => {
  browser = await DemoBrowser.start();
}, 180_000);
afterAll(() => browser.stop());

/** Everything that the page can show at once: an outage, messages that wait, one that was refused, lists that are full. */
async function openBusy(visit: DemoVisit): Promise<Page> {
  const { page } = await visit.openAlone('Ada');
  // A history that is longer than its place: lists that scroll are for the keyboard, too.
  for (let round = 0; round < 5; round += 1) {
    await press(page, 'Disconnect');
    await state(page, 'idle');
    await press(page, 'Connect');
    await state(page, 'connected');
  }
  await text(page, '#classroom-state', 'Live');
  await press(page, 'Refuse what I send');
  await press(page, 'Send it');
  await text(page, '.journey', 'Refused');
  await press(page, 'Refuse what I send');
  await press(page, 'Write it');
  await page
    .getByLabel('A message to the class')
    .fill('A_very_long_word_without_a_place_where_it_could_be_broken_in_two');
  await press(page, 'Send it');
  await text(page, '.journey', 'Accepted');
  await press(page, 'Stamp a star');
  await press(page, 'Notify');
  await text(page, '#notifications li', 'library closes');
  await press(page, 'Go offline');
  await press(page, 'Send 3');
  await text(page, '.journey', 'Waiting');
  await openDeveloperPart(page);
  await page.getByText('More to try').click();
  for (const summary of await page.locator('.problem summary').all()) await summary.click();
  return page;
}

describe('how the demo page looks', { timeout: 180_000 }, () => {
  let visit: DemoVisit;
  let page: Page;
  // Once, because it takes as long as all that is looked at.
  beforeAll(async () => {
    visit = browser.visit();
    page = await openBusy(visit);
  }, 180_000);
  afterAll(() => visit.end());

  test('nothing sticks out on a phone, a tablet and a desktop, also during an outage', async () => {
    for (const width of [360, 390, 820, 1280, 1920]) {
      await page.setViewportSize({ width, height: 740 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth), `at ${width} px`).toBe(width);
    }
  });

  test.each(['light', 'dark'] as const)('axe finds nothing to complain about, %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    const history = page.locator('#history');
    expect(await history.evaluate((list) => list.scrollHeight - list.clientHeight)).toBeGreaterThan(0);
    await page.setViewportSize({ width: 1280, height: 900 });
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await violations(page)).toEqual([]);
  });

  test('every control has a name, and every section a heading', async () => {
    await page.setViewportSize({ width: 1280, height: 900 });
    const controls = page.locator(
      'button:visible, input:visible, select:visible, summary:visible, a:visible',
    );
    for (const control of await controls.all()) {
      expect((await control.ariaSnapshot()).trim()).toMatch(/"[^"]+"|: \S/);
    }
    expect(await page.getByRole('region').count()).toBe(await page.locator('section').count());
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
  });
});

describe.concurrent('how the demo page looks', { timeout: 180_000 }, () => {
  test('on a phone the status stays in sight, whatever one reads', async ({ expect, onTestFinished }) => {
    const demo = browser.visit({ onTestFinished });
    const page = await demo.open({}, { viewport: { width: 390, height: 844 } });
    await state(page, 'connected');
    await page.locator('#connection-title').scrollIntoViewIfNeeded();
    await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(1_000);
    const box = await page.locator('#state').boundingBox();
    expect(box?.y).toBeGreaterThanOrEqual(0);
    expect(box?.y).toBeLessThan(60);
  });

  test('the keyboard alone cuts the network, and sees where it is', async ({ expect, onTestFinished }) => {
    const demo = await browser.visitOwnDemo({ onTestFinished });
    const page = await demo.open();
    await state(page, 'connected');
    const button = page.getByRole('button', { name: 'Cut the network for 5 s' });
    for (let presses = 0; presses < 20; presses += 1) {
      await page.keyboard.press('Tab');
      if (await button.evaluate((element) => element === document.activeElement)) break;
    }
    expect(await button.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe('solid');
    const note = await watch(page, '#race-note');
    await page.keyboard.press('Enter');
    await note('Messages are coming in');
  });

  test('no words of developers are in sight before somebody asks for them', async ({
    expect,
    onTestFinished,
  }) => {
    const demo = browser.visit({ onTestFinished });
    const page = await demo.open({}, { company: true });
    await text(page, '#people li', 'Grace');
    const words = await page.locator('body').innerText();
    expect(words).not.toMatch(
      /socket|websocket|payload|endpoint|token|subscrib|\b(?:code|status) \d|Error\b/i,
    );
  });
});

describe.concurrent('bad input in the demo page', { timeout: 180_000 }, () => {
  test('a wrong key is told in words, and as a ConnectionError that ends all trying', async ({
    onTestFinished,
  }) => {
    const demo = browser.visit({ onTestFinished });
    const page = await demo.open({ key: 'wrong' });
    await text(page, '[role=alert]', 'The server does not know this application.');
    await text(page, '[role=alert]', 'ConnectionError code connection, status 4001, final');
    await state(page, 'failed');
  });

  test('an unreachable host is a ConnectionError that is tried again', async ({ expect, onTestFinished }) => {
    const demo = browser.visit({ onTestFinished });
    const page = await demo.open({ host: 'nowhere.invalid' });
    await openDeveloperPart(page);
    await text(page, '#errors li', 'ConnectionError code connection, status 1006, retryable');
    await text(page, '#history li', /reconnecting attempt 2/);
    expect(await page.locator('[role=alert]').count()).toBe(0);
  });

  test('a wrong answer of the authorization endpoint is told beside what it is about', async ({
    onTestFinished,
  }) => {
    const demo = browser.visit({ onTestFinished });
    const page = await demo.open({ auth: 'wrong' });
    await text(page, '#classroom .problem', /sign-in service gave an answer that makes no sense/);
    await text(page, '#classroom .problem', /SubscriptionError.*answered 200 with a web page/s);
    await state(page, 'connected');
  });

  test('a secret is a ConfigurationError, and there is no client', async ({ expect, onTestFinished }) => {
    const demo = browser.visit({ onTestFinished });
    const page = await demo.open({ secret: 'oops' });
    await text(
      page,
      '[role=alert]',
      /set up in a way that is not safe.*ConfigurationError.*must never reach a client/s,
    );
    expect(await page.locator('main').count()).toBe(0);
  });
});

describe.concurrent('the demo page elsewhere', { timeout: 180_000 }, () => {
  test('works with a real service, and says what a service without a backend cannot do', async ({
    expect,
    onTestFinished,
  }) => {
    const demo = browser.visit({ onTestFinished });
    const server = createTestServer();
    const listening = await server.listen();
    demo.afterwards(() => listening.close());
    const [process, at] = await startDemo({
      VITE_PUSHER_KEY: 'app-key',
      VITE_PUSHER_HOST: '127.0.0.1',
      VITE_PUSHER_PORT: String(listening.port),
      VITE_PUSHER_TLS: 'false',
    });
    demo.afterwards(() => process.kill());
    const page = await demo.open({}, { at });
    await state(page, 'connected');
    for (const id of ['race', 'classroom', 'outbox', 'lesson', 'news']) {
      await page.locator(`#${id}`).getByText('Unavailable:').waitFor();
    }
    expect(await page.locator('button.fault').count()).toBe(0);
    server.trigger('content-generation-42', 'progress', { status: 'Elsewhere', progress: 30 });
    await text(page, '#percent', '30 %');
  });

  test('with --host it is there for a phone, and works from there', async ({ expect, onTestFinished }) => {
    const demo = browser.visit({ onTestFinished });
    const [process, here] = await startDemo({}, '--host');
    demo.afterwards(() => process.kill());
    // Each address that others know this machine by; a machine without a network has none.
    const [outside = ''] = ownAddresses();
    const at = outside === '' ? here : (await process.says(/from a phone +(http:\S+)/))[1];
    expect(at).toContain(outside);
    const phone = await demo.open(
      { user: 'Ada' },
      { at: at ?? here, viewport: { width: 390, height: 844 }, hasTouch: true },
    );
    await text(phone, '#classroom-state', 'Live');
    await press(phone, 'Send it');
    await text(phone, '.journey', 'Accepted');
  });
});

function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address);
}
