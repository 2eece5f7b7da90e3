import { setTimeout as wait } from 'node:timers/promises';
import type { BrowserContext, Page } from 'playwright';

/** How a tab ended: its process was killed, it was closed or its browser was killed, or nothing was ever heard of it. */
export type TabEnd = 'crash' | 'close' | 'silence';

/** A page in a tab of its own. */
export interface Tab {
  readonly ended: Promise<TabEnd>;
  readonly close: () => Promise<void>;
}

/** One that is killed while it is opened may never be heard of again. */
const openingLimit = 15_000;

/** Opens a tab that tells `receive` what its page reports. Never rejects: a tab may be killed at any moment, this one included. */
export async function openTab(
  context: BrowserContext,
  address: string,
  receive: (text: string) => void,
): Promise<Tab> {
  let page: Page | undefined;
  let tellEnd = (_: TabEnd): void => {};
  const ended = new Promise<TabEnd>((resolve) => {
    tellEnd = resolve;
  });
  const close = async (): Promise<void> => {
    await page?.close().catch(() => {});
  };
  const open = async (): Promise<void> => {
    page = await context.newPage();
    page.once('crash', () => tellEnd('crash'));
    page.once('close', () => tellEnd('close'));
    const session = await context.newCDPSession(page);
    // One way, and without Playwright's answer to each call: what was told has left the page.
    session.on('Runtime.bindingCalled', ({ payload }) => receive(payload));
    await session.send('Runtime.enable');
    await session.send('Runtime.addBinding', { name: 'report' });
    await page.goto(address, { waitUntil: 'commit' });
  };
  const late = new AbortController();
  const opening = open().then(
    () => {},
    () => tellEnd('close'),
  );
  const silence = wait(openingLimit, undefined, { signal: late.signal }).then(
    () => tellEnd('silence'),
    () => {},
  );
  await Promise.race([opening, ended, silence]);
  late.abort();
  // A crashed page stays open, and looks sad.
  void ended.then(close);
  return { ended, close };
}
