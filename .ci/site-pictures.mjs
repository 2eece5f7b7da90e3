// Takes pictures of the built site, light and dark, at four widths: `npm run docs:screenshots`. Those of the landing page are kept in
// docs/media; those of a page of each kind go to coverage/screenshots, to be looked at.
import { chromium } from 'playwright';
import { ensureChromium } from './chromium.mjs';
import { asWebp, keep, windows } from './pictures.mjs';
import { serveSite } from './site-server.mjs';

const kinds = [
  'documents/Getting_started.html',
  'documents/Try_it.html',
  'documents/Errors.html',
  'documents/Comparison.html',
  'documents/State_diagrams.html',
  'classes/surewire.RealtimeClient.html',
];

/**
 * @param {import('playwright').Browser} browser
 * @param {string} address
 * @param {'light' | 'dark'} colorScheme
 */
async function photograph(browser, address, colorScheme) {
  const page = await browser.newPage({ colorScheme });
  await page.goto(address);
  const run = page.getByRole('button', { name: 'Run' });
  await run.waitFor();
  for (const [width, height] of windows) {
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(300);
    keep(
      `docs/media/site-${width}-${colorScheme}.webp`,
      await asWebp(page, await page.screenshot()),
      150_000,
    );
  }
  for (const path of kinds) {
    await page.goto(address + path, { waitUntil: 'networkidle' });
    for (const [width, height] of windows) {
      await page.setViewportSize({ width, height });
      const name = /([\w.]+)\.html$/.exec(path)?.[1] ?? path;
      const file = `coverage/screenshots/${name}-${width}-${colorScheme}.webp`;
      keep(file, await asWebp(page, await page.screenshot()), 400_000);
    }
  }
  await page.close();
}

const site = await serveSite();
const browser = await chromium.launch({
  executablePath: ensureChromium(),
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
try {
  for (const scheme of /** @type {const} */ (['light', 'dark']))
    await photograph(browser, site.address, scheme);
} finally {
  await browser.close();
  await site.close();
}
