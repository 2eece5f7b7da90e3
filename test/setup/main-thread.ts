import type { Browser, Page } from 'playwright';

/** What Chromium writes down of what a thread did. Microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** When it began. */
  readonly ts: number;
  /** The CPU time that it took; not there for what takes none. */
  readonly tdur?: number;
  readonly args: { readonly name?: string; readonly data?: { readonly url?: string } };
}

/** What a page's main thread did while it came, in milliseconds of CPU: a busy machine makes it late, but hardly more. */
export interface MainThreadWork {
  readonly longestTask: number;
  /** Everything until the largest part of the first screen was there. */
  readonly untilLargestPaint: number;
}

/** Opens an address in a page, and tells what its main thread did until the network was quiet and something had been painted. */
export async function mainThreadWork(browser: Browser, page: Page, address: string): Promise<MainThreadWork> {
  await browser.startTracing(page, { categories: ['toplevel', 'loading', 'blink.user_timing'] });
  await page.goto(address, { waitUntil: 'networkidle' });
  await page.evaluate(
    () =>
      new Promise<void>((resolve) =>
        new PerformanceObserver(() => resolve()).observe({
          type: 'largest-contentful-paint',
          buffered: true,
        }),
      ),
  );
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    readonly traceEvents: readonly TraceEvent[];
  };
  const paint = traceEvents.findLast(({ name }) => name === 'largestContentfulPaint::Candidate');
  if (paint === undefined) throw new Error(`The trace of ${address} has no largest paint.`);
  const tasks = traceEvents.filter(
    ({ name, pid, tid }) =>
      name === 'ThreadControllerImpl::RunTask' && pid === paint.pid && tid === paint.tid,
  );
  const milliseconds = ({ tdur = 0 }: TraceEvent): number => tdur / 1000;
  if (!tasks.some((task) => milliseconds(task) > 0)) throw new Error(`The trace of ${address} has no tasks.`);
  return {
    longestTask: Math.max(...tasks.map(milliseconds)),
    untilLargestPaint: tasks
      .filter(({ ts }) => ts < paint.ts)
      .reduce((sum, task) => sum + milliseconds(task), 0),
  };
}
