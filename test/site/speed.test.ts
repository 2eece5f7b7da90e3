import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { page as limits } from '../../.ci/site-limits.mjs';
import { BuiltSite } from '../setup/built-site';
import { type MainThreadWork, mainThreadWork } from '../setup/main-thread';

/** What a browser measured of a page until it was quiet. */
interface Load extends MainThreadWork {
  readonly layoutShift: number;
  readonly blockingScriptBytes: number;
  readonly styleBytes: number;
  readonly bytes: number;
}

let site: BuiltSite;
beforeAll(async () => {
  site = await BuiltSite.start();
});
afterAll(() => site.stop());

async function load(path: string, width: number): Promise<Load> {
  const page = await site.open('media/states-message.svg', { viewport: { width, height: 844 } });
  await page.addInitScript(() => {
    const seen = { shift: 0 };
    Object.assign(globalThis, { seen });
    new PerformanceObserver((list) => {
      // Not in the types of the DOM: Chromium alone has it.
      for (const entry of list.getEntries())
        seen.shift += (entry as PerformanceEntry & { value: number }).value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  const work = await mainThreadWork(site.browser, page, site.address(path));
  const found = await page.evaluate(() => {
    // The script above has put it there.
    const { seen } = globalThis as unknown as { seen: { shift: number } };
    const files = performance.getEntriesByType('resource') as (PerformanceResourceTiming & {
      readonly renderBlockingStatus: string;
    })[];
    const [document] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    const bytes = (chosen: readonly PerformanceResourceTiming[]): number =>
      chosen.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
    const is = (ending: string) => (file: PerformanceResourceTiming) =>
      new URL(file.name).pathname.endsWith(ending);
    return {
      layoutShift: seen.shift,
      blockingScriptBytes: bytes(
        files.filter(is('.js')).filter((file) => file.renderBlockingStatus === 'blocking'),
      ),
      styleBytes: bytes(files.filter(is('.css'))),
      bytes: bytes(files) + (document?.encodedBodySize ?? 0),
    };
  });
  await page.context().close();
  return { ...work, ...found };
}

describe('how fast the site is', () => {
  test.each([
    ['index.html', 1280],
    ['index.html', 390],
    ['documents/Errors.html', 390],
    ['classes/surewire.RealtimeClient.html', 1280],
  ])('%s at %i px keeps the limits', async (path, width) => {
    const found = await load(path, width);
    expect(found.untilLargestPaint).toBeGreaterThan(0);
    expect(found.untilLargestPaint).toBeLessThan(limits.untilLargestPaint);
    expect(found.longestTask).toBeLessThan(limits.longTask);
    expect(found.layoutShift).toBeLessThan(limits.layoutShift);
    expect(found.blockingScriptBytes).toBeLessThanOrEqual(limits.blockingScriptBytes);
    expect(found.styleBytes).toBeLessThan(limits.styleBytes);
    expect(found.bytes).toBeGreaterThan(10_000);
    expect(found.bytes).toBeLessThan(limits.bytes);
  });
});
