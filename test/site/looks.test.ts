import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { violations } from '../setup/axe';
import { BuiltSite } from '../setup/built-site';

const kinds = [
  'index.html',
  'documents/Try_it.html',
  'documents/Errors.html',
  'classes/surewire.RealtimeClient.html',
];
let site: BuiltSite;
beforeAll(async () => {
  site = await BuiltSite.start();
});
afterAll(() => site.stop());

describe('how the site looks', () => {
  test.each(kinds)(
    '%s: axe finds nothing to complain about, light and dark, on a desktop and on a phone',
    async (path) => {
      const page = await site.open(path);
      for (const run of await page.getByRole('button', { name: 'Run' }).all()) await run.click();
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        for (const width of [1280, 390]) {
          await page.setViewportSize({ width, height: 844 });
          expect(await scrollWidth(page), `${width} px`).toBe(width);
          expect(await violations(page), `${colorScheme}, ${width} px`).toEqual([]);
        }
      }
      await page.context().close();
    },
  );

  test('nothing is wider than a phone: every guide, every module, and of each kind of export the longest names and pages', async () => {
    const page = await site.open('index.html', {
      viewport: { width: 390, height: 844 },
      // Scripts would bring a menu that is not in sight, a hundred times.
      javaScriptEnabled: false,
    });
    const exported = ['classes', 'functions', 'interfaces', 'types', 'variables'].flatMap((kind) =>
      longest(site.pages(kind)),
    );
    const paths = [
      'index.html',
      'hierarchy.html',
      ...site.pages('documents'),
      ...site.pages('modules'),
      ...exported,
    ];
    expect(paths.length).toBeGreaterThan(50);
    const wide: string[] = [];
    for (const path of paths) {
      // Its style has to be there.
      await page.goto(site.address(path), { waitUntil: 'load' });
      await page.locator('h1').first().waitFor();
      const width = await scrollWidth(page);
      if (width > 390) wide.push(`${path}: ${width} px`);
    }
    expect(wide).toEqual([]);
  });

  test('the landing page says what it is, runs and leads on, in one screen of a desktop and of a phone', async () => {
    for (const [width, height] of [
      [1280, 800],
      [390, 844],
    ] as const) {
      const page = await site.open('index.html', { viewport: { width, height } });
      const needed = [
        page.getByRole('heading', { level: 1 }),
        page.getByRole('link', { name: 'Getting started' }).first(),
        page.getByRole('button', { name: 'Run' }),
        page.getByRole('button', { name: 'Cut the network for 5 s' }),
      ];
      if (width > 1000) needed.push(page.locator('.figures li').last());
      for (const part of needed) {
        await part.waitFor();
        const box = await part.boundingBox();
        expect((box?.y ?? height) + (box?.height ?? 0), await part.innerText()).toBeLessThanOrEqual(height);
      }
      await page.context().close();
    }
  });
});

function scrollWidth(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth);
}

/** The four of the longest names: what is hard to break is in them. */
function longest(paths: readonly string[]): string[] {
  return paths.toSorted((one, other) => other.length - one.length).slice(0, 4);
}
