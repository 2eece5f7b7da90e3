import { expect, vi } from 'vitest';
import type { indexedDbStorage, RealtimeClient } from '../../src/index';

/** A page that has loaded the library for itself. */
export type Page = Window & {
  readonly RealtimeClient: typeof RealtimeClient;
  readonly indexedDbStorage: typeof indexedDbStorage;
};

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
    import { RealtimeClient, indexedDbStorage } from '${location.origin}/src/index.ts';
    Object.assign(window, { RealtimeClient, indexedDbStorage });`;
  page.document.head.append(script);
  await vi.waitFor(() => expect(page.RealtimeClient).toBeDefined(), 60_000);
  return { page, close: () => frame.remove() };
}
