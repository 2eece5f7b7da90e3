import { existsSync, readdirSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright';
import { serveSite } from '../../.ci/site-server.mjs';
import { launchChromium } from './chromium';

const folder = 'docs/api';

/** The site as `npm run docs` builds it, served, and Chromium before it. */
export class BuiltSite {
  readonly browser: Browser;
  readonly #server: Awaited<ReturnType<typeof serveSite>>;

  private constructor(browser: Browser, server: Awaited<ReturnType<typeof serveSite>>) {
    this.browser = browser;
    this.#server = server;
  }

  static async start(): Promise<BuiltSite> {
    if (!existsSync(`${folder}/index.html`)) throw new Error('There is no site: run `npm run docs` first.');
    const browser = await launchChromium();
    return new BuiltSite(browser, await serveSite(folder));
  }

  /** The pages below `part`, such as `documents`, as `open` and `address` take them. */
  pages(part: string): string[] {
    return readdirSync(`${folder}/${part}`)
      .filter((name) => name.endsWith('.html'))
      .map((name) => `${part}/${name}`);
  }

  address(path: string): string {
    return this.#server.address + path;
  }

  /** A window of its own, on this page of the site. */
  async open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    await page.goto(this.address(path));
    return page;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.#server.close();
  }
}
