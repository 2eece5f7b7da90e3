import { type ChildProcess, spawn } from 'node:child_process';
import { type Browser, type BrowserContext, type CDPSession, chromium } from 'playwright';
import { ensureChromium } from '../../.ci/chromium.mjs';

const switches = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-breakpad',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // A process that waits for a tab would be killed in the place of one.
  '--disable-features=SpareRendererForSitePerProcess',
  '--remote-debugging-port=0',
];

/**
 * A Chromium of our own, with a profile that outlives it. Started by hand, because Playwright neither tells the processes of
 * a persistent profile nor lets them be killed.
 */
export class Chromium {
  readonly #child: ChildProcess;
  readonly #browser: Browser;
  readonly #session: CDPSession;
  /** Processes that were there before the first tab. */
  readonly #own: ReadonlySet<number>;

  private constructor(child: ChildProcess, browser: Browser, session: CDPSession, own: ReadonlySet<number>) {
    this.#child = child;
    this.#browser = browser;
    this.#session = session;
    this.#own = own;
  }

  static async start(profile: string): Promise<Chromium> {
    const child = spawn(ensureChromium(), [...switches, `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const browser = await chromium.connectOverCDP(await addressOf(child));
    const session = await browser.newBrowserCDPSession();
    return new Chromium(child, browser, session, new Set(await renderersOf(session)));
  }

  /** The profile's windows. */
  get context(): BrowserContext {
    const [context] = this.#browser.contexts();
    if (context === undefined) throw new Error('Chromium has no default context');
    return context;
  }

  /** The processes that have tabs. */
  async renderers(): Promise<readonly number[]> {
    return (await renderersOf(this.#session)).filter((id) => !this.#own.has(id));
  }

  /** Ends everything at once, as a crash of the whole browser does. Resolves when it is gone. */
  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.#browser.once('disconnected', resolve));
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await Promise.all([gone, ended]);
  }
}

async function renderersOf(session: CDPSession): Promise<number[]> {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (text) => {
      said += text;
      const [, address] = /DevTools listening on (ws:\S+)/.exec(said) ?? [];
      if (address !== undefined) resolve(address);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Chromium ended (${code}):\n${said}`)));
  });
}
