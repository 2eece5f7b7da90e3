import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { page as limits } from '../../.ci/site-limits.mjs';
import { BuiltSite } from '../setup/built-site';

/** What a browser measured of a page until it was quiet. */
interface Load {
  readonly largestPaint: number;
  readonly layoutShift: number;
  readonly longestTask: number;
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
    const seen = { paint: 0, shift: 0, task: 0 };
    Object.assign(globalThis, { seen });
    const watch = (type: string, see: (entry: PerformanceEntry) => void): void =>
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) see(entry);
      }).observe({ type, buffered: true });
    watch('largest-contentful-paint', (entry) => {
      seen.paint = entry.startTime;
    });
    watch('layout-shift', (entry) => {
      // Not in the types of the DOM: Chromium alone has it.
      seen.shift += (entry as PerformanceEntry & { readonly value: number }).value;
    });
    watch('longtask', ({ duration }) => {
      seen.task = Math.max(seen.task, duration);
    });
  });
  await page.goto(site.address(path), { waitUntil: 'networkidle' });
  const found = await page.evaluate(() => {
    // The script above has put it there.
    const { seen } = globalThis as unknown as { seen: { paint: number; shift: number; task: number } };
    const files = performance.getEntriesByType('resource') as (PerformanceResourceTiming & {
      readonly renderBlockingStatus: string;
    })[];
    const [document] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    const bytes = (chosen: readonly PerformanceResourceTiming[]): number =>
      chosen.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
    const is = (ending: string) => (file: PerformanceResourceTiming) =>
      new URL(file.name).pathname.endsWith(ending);
    return {
      largestPaint: seen.paint,
      layoutShift: seen.shift,
      longestTask: seen.task,
      blockingScriptBytes: bytes(
        files.filter(is('.js')).filter((file) => file.renderBlockingStatus === 'blocking'),
      ),
      styleBytes: bytes(files.filter(is('.css'))),
      bytes: bytes(files) + (document?.encodedBodySize ?? 0),
    };
  });
  await page.context().close();
  return found;
}

describe('how fast the site is', () => {
  test.each([
    ['index.html', 1280],
    ['index.html', 390],
    ['documents/Errors.html', 390],
    ['classes/surewire.RealtimeClient.html', 1280],
  ])('%s at %i px keeps the limits', async (path, width) => {
    // A machine that is busy just then tells nothing about the page, and can only make it slower.
    const loads: Load[] = [];
    const isGood = ({ largestPaint, longestTask }: Load): boolean =>
      // 0: the browser has not told of any.
      largestPaint > 0 && largestPaint < limits.largestPaint && longestTask < limits.longTask;
    do loads.push(await load(path, width));
    while (!loads.some(isGood) && loads.length < 5);
    const found = loads.find(isGood);
    if (found === undefined)
      throw new Error(`Five loads, and none within the limits: ${JSON.stringify(loads)}`);
    expect(found.layoutShift).toBeLessThan(limits.layoutShift);
    expect(found.blockingScriptBytes).toBeLessThanOrEqual(limits.blockingScriptBytes);
    expect(found.styleBytes).toBeLessThan(limits.styleBytes);
    expect(found.bytes).toBeGreaterThan(10_000);
    expect(found.bytes).toBeLessThan(limits.bytes);
  });
});
