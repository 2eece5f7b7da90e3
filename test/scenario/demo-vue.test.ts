// The demo in Vue, built by Vite as an application is, in Chromium.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { violations } from '../setup/axe';
import { count, DemoBrowser, press, state, text } from '../setup/demo-browser';
import { ExampleProcess } from '../setup/example-process';

const vite = 'node_modules/vite/bin/vite.js';
const folder = mkdtempSync(join(tmpdir(), 'surewire-demo-vue-'));
let browser: DemoBrowser;

beforeAll(async () => {
  const options = ['examples/vue', '--outDir', folder];
  const production = { NODE_ENV: 'production' };
  const build = [vite, 'build', ...options, '--emptyOutDir', '--logLevel', 'warn'];
  const built = await new ExampleProcess(build, production).end();
  expect({ code: built.code, said: built.output + built.errors }).toEqual({ code: 0, said: '' });
  const preview = [vite, 'preview', ...options, '--port', '0', '--host', '127.0.0.1'];
  browser = await DemoBrowser.start(() => new ExampleProcess(preview, production));
}, 180_000);

afterAll(async () => {
  await browser?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function say(page: Page, words: string): Promise<void> {
  await page.getByLabel('Write to the class').fill(words);
  await press(page, 'Send');
}

// At the same time: each has a server of its own.
describe.concurrent('the demo in Vue', { timeout: 180_000 }, () => {
  test('two windows see each other, and what is said while the network is cut is grey, then arrives', async ({
    onTestFinished,
  }) => {
    const demo = await browser.visitOwnDemo({ onTestFinished });
    const [ada, grace] = [await demo.open({ user: 'Ada' }), await demo.open({ user: 'Barbara' })];
    await text(ada, '#people li', 'Adayou');
    await text(ada, '#people li', 'Barbara');
    await text(grace, '#people li', 'Barbarayou');
    await say(ada, 'Hello');
    await text(grace, '#chat .bubble', 'Hello');

    const mend = await demo.cutBy(ada, 'Cut the network for 5 s');
    await state(ada, 'reconnecting');
    await say(ada, 'In the cut');
    await text(ada, '.bubble[data-fate="waiting"]', 'In the cut');
    await text(ada, '#state', '1 waiting');
    await mend();
    await state(ada, 'connected');
    await text(ada, '.bubble[data-fate="heard"]', 'In the cut');
    await text(grace, '#chat .bubble', 'In the cut');

    await press(grace, 'Leave');
    await count(ada, '#people li', 1);
    await text(grace, '#classroom-state', 'Not joined');
    await press(grace, 'Enter');
    await count(ada, '#people li', 2);
  });

  test('what is said during a restart of the server arrives, also when the page is reloaded meanwhile', async ({
    onTestFinished,
  }) => {
    const demo = await browser.visitOwnDemo({ onTestFinished });
    const page = await demo.open({ user: 'Katherine' });
    await text(page, '#classroom-state', 'Live');
    const mend = await demo.cutBy(page, 'Restart the server');
    await state(page, 'reconnecting');
    await say(page, 'During the restart');
    await text(page, '.bubble[data-fate="waiting"]', 'During the restart');
    await page.reload();
    await mend();
    await text(page, '.bubble[data-fate="heard"]', 'During the restart');
  });

  test('all windows follow a lesson to 100 %', async ({ onTestFinished }) => {
    const demo = await browser.visitOwnDemo({ onTestFinished });
    const pages = [await demo.open({ user: 'Leslie' }), await demo.open({ user: 'Radia' })];
    for (const page of pages) await text(page, '#classroom-state', 'Live');
    await press(pages[0] as Page, 'Write it');
    for (const page of pages) {
      await text(page, '#percent', '100 %');
      await text(page, '#stage', 'Complete');
    }
  });

  test.for(['light', 'dark'] as const)(
    'looks like the demo, on a phone as well; axe is content, %s',
    async (colorScheme, { expect, onTestFinished }) => {
      const demo = await browser.visitOwnDemo({ onTestFinished });
      const page = await demo.open({ user: 'Tim' }, { colorScheme, viewport: { width: 390, height: 844 } });
      await text(page, '#classroom-state', 'Live');
      await say(page, 'Hello');
      const [card] = await page.locator('.card').all();
      expect(await card?.evaluate((element) => getComputedStyle(element).borderRadius)).toBe('14px');
      for (const width of [360, 390, 820, 1280]) {
        await page.setViewportSize({ width, height: 844 });
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      }
      expect(await violations(page)).toEqual([]);
    },
  );
});
