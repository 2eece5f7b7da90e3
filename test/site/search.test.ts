import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BuiltSite } from '../setup/built-site';

let site: BuiltSite;
let page: Page;
beforeAll(async () => {
  site = await BuiltSite.start();
  page = await site.open('index.html');
});
afterAll(() => site.stop());

/** What a newcomer looks for, and the page that answers it. */
const answers = [
  ['refresh token', 'Authentication'],
  ['token expired', 'Authentication'],
  ['offline', 'Connections'],
  ['show offline', 'Connections'],
  ['reconnect', 'Connections'],
  ['unsent', 'Publishing and offline'],
  ['unsent messages', 'Publishing and offline'],
  ['offline queue', 'Publishing and offline'],
  ['4001', 'Errors'],
  ['error 4001', 'Errors'],
  ['CORS', 'CORS'],
  ['Laravel Echo', 'Laravel Echo and Reverb'],
  ['Laravel', 'Laravel Echo and Reverb'],
  ['Reverb', 'Laravel Echo and Reverb'],
  ['React Native', 'Where it runs'],
  ['missed messages', 'Missed messages'],
  ['presence', 'Presence'],
  ['soketi', 'Servers'],
  ['performance', 'Performance'],
  ['socket.io', 'Comparison'],
  ['bundle size', 'Performance'],
  ['fake server', 'Testing'],
  ['pusher-js-mock', 'Coming from pusher-js-mock'],
  ['jwt', 'Authentication'],
  ['401', 'Authentication'],
  ['429', 'Errors'],
  ['payload too large', 'Errors'],
  ['duplicate messages', 'Missed messages'],
  ['typing indicator', 'Grey bubbles'],
  ['service worker', 'Where it runs'],
  ['RealtimeClient', 'surewire.RealtimeClient'],
  ['PublishError', 'surewire.PublishError'],
] as const;

describe('the search of the site', () => {
  test('finds first the page that answers', async () => {
    await page.getByRole('button', { name: 'Search' }).click();
    const field = page.getByRole('combobox');
    const first = page.locator('#tsd-search-results li a').first();
    const found: [string, string][] = [];
    for (const [words] of answers) {
      await field.fill('');
      await expect.poll(() => page.locator('#tsd-search-results li').count()).toBe(0);
      await field.fill(words);
      await first.waitFor();
      found.push([words, (await first.innerText()).trim()]);
    }
    expect(found).toEqual(answers.map(([words, title]) => [words, title]));
  });
});

describe('the landing page', () => {
  test('leads to every guide, in one step', async () => {
    const linked = new Set(
      await page
        .locator('.col-content a')
        .evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).pathname)),
    );
    const missing = site.pages('documents').filter((path) => !linked.has(`/${path}`));
    expect(missing).toEqual([]);
  });
});
