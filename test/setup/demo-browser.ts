import type { Browser, BrowserContextOptions, Page } from 'playwright';
import { expect, type TestContext } from 'vitest';
import { launchChromium } from './chromium';
import { ExampleProcess } from './example-process';

/** How a page of the demo is opened. */
export interface DemoPageOptions extends BrowserContextOptions {
  /** The demo to open; left out, the one that came with the browser. */
  readonly at?: string;
  /** Whether simulated classmates may come. Default: false, so that a test knows who is there. */
  readonly company?: boolean;
}

/** The demo as `npm run demo` serves it, without the build: its process and its address. */
export async function startDemo(
  environment: Readonly<Record<string, string>> = {},
  ...args: string[]
): Promise<[process: ExampleProcess, address: string]> {
  const process = serveDemo(environment, ...args);
  return [process, await addressOf(process)];
}

function serveDemo(environment: Readonly<Record<string, string>> = {}, ...args: string[]): ExampleProcess {
  return new ExampleProcess(['examples/quick-start/serve.mjs', '--port', '0', ...args], environment);
}

/** The address that a process prints once it serves a page there. */
async function addressOf(process: ExampleProcess): Promise<string> {
  const [found] = await process.says(/http:\/\/127\.0\.0\.1:\d+\//);
  return found;
}

/** Chromium and a demo that it looks at. In Node and not in Vitest's browser, because a user's window is what is tested: its size, its tabs, its address. */
export class DemoBrowser {
  readonly #browser: Browser;
  readonly #serve: () => ExampleProcess;
  readonly #demo: ExampleProcess;
  readonly #address: string;
  #names = 0;

  private constructor(browser: Browser, serve: () => ExampleProcess, demo: ExampleProcess, address: string) {
    this.#browser = browser;
    this.#serve = serve;
    this.#demo = demo;
    this.#address = address;
  }

  /** Starts Chromium and the demo; `serve` starts the process of another one. */
  static async start(serve: () => ExampleProcess = () => serveDemo()): Promise<DemoBrowser> {
    const browser = await launchChromium();
    const demo = serve();
    return new DemoBrowser(browser, serve, demo, await addressOf(demo));
  }

  /** The windows of one test, which close with it; without a test, whoever opens them has to end the visit. */
  visit(test?: Pick<TestContext, 'onTestFinished'>): DemoVisit {
    return this.#begin(this.#address, test);
  }

  /** As `visit`, before a demo of its own: what is done to its server, no other test notices. */
  async visitOwnDemo(test: Pick<TestContext, 'onTestFinished'>): Promise<DemoVisit> {
    const demo = this.#serve();
    test.onTestFinished(() => demo.kill());
    return this.#begin(await addressOf(demo), test);
  }

  #begin(address: string, test: Pick<TestContext, 'onTestFinished'> | undefined): DemoVisit {
    const visit = new DemoVisit(this.#browser, address, (name) => `${name} ${++this.#names}`);
    test?.onTestFinished(() => visit.end());
    return visit;
  }

  async stop(): Promise<void> {
    this.#demo.kill();
    await this.#browser.close();
  }
}

/** What one test has open of the demo. */
export class DemoVisit {
  readonly #browser: Browser;
  readonly #faults: string[] = [];
  readonly #ends: (() => unknown)[] = [];
  readonly address: string;
  /** A name that no other test has: of a user, or of a class. */
  readonly fresh: (name: string) => string;

  constructor(browser: Browser, address: string, fresh: (name: string) => string) {
    this.#browser = browser;
    this.address = address;
    this.fresh = fresh;
  }

  /** Runs `end` after the test, before what was registered so far. */
  afterwards(end: () => unknown): void {
    this.#ends.unshift(end);
  }

  /** A window of its own with the demo in it. */
  async open(query: Readonly<Record<string, string>> = {}, options: DemoPageOptions = {}): Promise<Page> {
    const { at = this.address, company = false, ...rest } = options;
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 900 },
      // No test is about motion, which takes much of a machine that has to paint it without a graphics card.
      reducedMotion: 'reduce',
      ...rest,
    });
    this.#ends.push(() => context.close());
    const page = await context.newPage();
    // Not the console's: a browser writes every lost connection there.
    page.on('pageerror', (error) => this.#faults.push(String(error)));
    const parameters = new URLSearchParams({ ...(company ? {} : { company: 'off' }), ...query });
    await page.goto(`${at}?${parameters}`);
    return page;
  }

  /**
   * Presses a button that takes the network or the server away for some seconds, and keeps it away until the returned function is called:
   * a busy machine may need longer for what is to be done meanwhile.
   */
  async cutBy(page: Page, name: string): Promise<() => Promise<void>> {
    const obeyed = page.waitForResponse(/\/demo\/(cut|restart)\b/, { timeout: 60_000 });
    await Promise.all([obeyed, press(page, name)]);
    const { origin } = new URL(this.address);
    const cutFor = async (milliseconds: number): Promise<void> => {
      await fetch(`${origin}/demo/cut?for=${milliseconds}`, { method: 'POST', headers: { origin } });
    };
    await cutFor(60_000);
    return () => cutFor(0);
  }

  /** A user whom no other test knows, alone in a room of their own. */
  async openAlone(name: string): Promise<DemoVisitor> {
    const [user, room] = [this.fresh(name), this.fresh('room').replace(' ', '-')];
    const page = await this.open({ user, class: room });
    await text(page, '#classroom-state', 'Live');
    return { page, user, room };
  }

  /** Ends what the test has begun; fails when one of its pages threw something. */
  async end(): Promise<void> {
    for (const end of this.#ends) await end();
    expect(this.#faults).toEqual([]);
  }
}

/** A user before the demo. */
export interface DemoVisitor {
  readonly page: Page;
  readonly user: string;
  readonly room: string;
}

/** Resolves when the connection of the page is in that state. */
export function state(page: Page, word: string): Promise<void> {
  return page.locator(`#state[data-state="${word}"]`).waitFor({ timeout: 60_000 });
}

/** Resolves when an element with these words is to be seen. */
export function text(page: Page, selector: string, words: string | RegExp, timeout = 60_000): Promise<void> {
  return page.locator(selector).filter({ hasText: words }).first().waitFor({ timeout });
}

/**
 * Notes what elements show from now on, however shortly: whoever looks now and then may miss it. The returned function resolves once
 * these words have been there.
 */
export async function watch(page: Page, selector: string): Promise<(words: string) => Promise<void>> {
  const seen = await page.evaluateHandle((where) => {
    const texts = new Set<string>();
    const look = (): void => {
      for (const { textContent } of document.querySelectorAll(where)) texts.add(textContent ?? '');
    };
    look();
    new MutationObserver(look).observe(document.body, {
      childList: true,
      subtree: true,
      characterData: true,
    });
    return texts;
  }, selector);
  return async (words) => {
    await page.waitForFunction(
      ([texts, wanted]) => [...texts].some((text) => text.includes(wanted)),
      [seen, words] as const,
      { timeout: 60_000 },
    );
  };
}

/** Presses the button of that name. */
export function press(page: Page, name: string): Promise<void> {
  return page.getByRole('button', { name, exact: true }).click();
}

/** Opens what is for developers. */
export async function openDeveloperPart(page: Page): Promise<void> {
  await page.locator('#developers > summary').click();
}

/** Resolves when there are exactly so many of them. */
export async function count(page: Page, selector: string, number: number): Promise<void> {
  await page.waitForFunction(
    ([where, wanted]) => document.querySelectorAll(where).length === wanted,
    [selector, number] as const,
    { timeout: 60_000 },
  );
}
