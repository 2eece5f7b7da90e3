import axe from 'axe-core';
import type { Page } from 'playwright';

/** Something that shuts people out. */
export interface Violation {
  readonly rule: string;
  readonly help: string;
  readonly elements: readonly string[];
  /** What axe saw of each element, such as the two colours that are too much alike. */
  readonly reasons: readonly (string | undefined)[];
}

/** What axe finds to complain about on a page. */
export async function violations(page: Page): Promise<Violation[]> {
  // What is still fading in has colours that it does not keep.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    // The source above has put it there.
    const tool = (globalThis as unknown as { readonly axe: typeof import('axe-core') }).axe;
    const { violations: found } = await tool.run(document, { resultTypes: ['violations'] });
    return found.map(({ id, help, nodes }) => ({
      rule: id,
      help,
      elements: nodes.map(({ html }) => html),
      reasons: nodes.map(({ failureSummary }) => failureSummary),
    }));
  });
}
