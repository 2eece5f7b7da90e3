import { expect, vi } from 'vitest';
import type * as surewire from '../../src/index';

/** A page that has loaded the library for itself. */
export type Page = Window & typeof surewire;

/**
 * Opens a page of the same origin: to locks, messages and databases it is what another tab is. Closing it takes it away as
 * a killed tab is.
 */
export async function openPage(): Promise<{ readonly page: Page; readonly close: () => void }> {
  const frame = document.createElement('iframe');
  document.body.append(frame);
  const page = frame.contentWindow as unknown as Page;
  // Every `import()` was rewritten to ask the test runner, which is not in this page.
  Object.assign(page, { __vitest_browser_runner__: { wrapDynamicImport: (load: () => unknown) => load() } });
  const script = page.document.createElement('script');
  script.type = 'module';
  script.textContent = `
    import * as surewire from '${location.origin}/src/index.ts';
    for (const name of Object.keys(surewire)) Object.defineProperty(window, name, { value: surewire[name] });`;
  page.document.head.append(script);
  await vi.waitFor(() => expect(page.RealtimeClient).toBeDefined(), 60_000);
  return { page, close: () => frame.remove() };
}
