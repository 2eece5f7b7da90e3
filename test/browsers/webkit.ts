import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../setup/free-ports';
import { end, firstWords } from './first-words';
import type { LiveBrowser, LivePage } from './live-browser';

/** WebKitGTK's own small browser, on a screen that nobody sees. */
export async function startWebKit(programs: {
  readonly webKitDriver: string;
  readonly xvfb: string;
}): Promise<LiveBrowser> {
  const screen = spawn(
    programs.xvfb,
    ['-displayfd', '1', '-screen', '0', '1280x1000x24', '-nolisten', 'tcp'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const display = await firstWords(screen, screen.stdout, /^(\d+)\n/);
  const port = await freePort();
  const driver = spawn(programs.webKitDriver, [`--port=${port}`], {
    stdio: 'ignore',
    // Where there is no graphics card, and in containers, which its sandbox cannot be nested in.
    env: {
      ...process.env,
      DISPLAY: `:${display}`,
      GDK_BACKEND: 'x11',
      LIBGL_ALWAYS_SOFTWARE: '1',
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    },
  });
  const session = await WebDriver.begin(`http://127.0.0.1:${port}`, driver);
  return {
    name: session.name,
    open: () => openPage(session),
    close: async () => {
      await session.send('DELETE', '').catch(() => {});
      await end(driver);
      await end(screen);
    },
  };
}

async function openPage(session: WebDriver): Promise<LivePage> {
  const { handle } = await session.send<{ handle: string }>('POST', '/window/new', { type: 'window' });
  const send = <T>(method: string, path: string, body?: object): Promise<T> =>
    session.send<T>(method, path, body, handle);
  return {
    goTo: (url) => send('POST', '/url', { url }),
    reload: () => send('POST', '/refresh'),
    back: () => send('POST', '/back'),
    evaluate: async <T>(expression: string) => {
      const script = `const [answer] = arguments;
        const fail = (error) => answer({ fault: String(error) });
        try {
          Promise.resolve(${expression}).then((value) => answer({ value: JSON.stringify(value) }), fail);
        } catch (error) {
          fail(error);
        }`;
      const { value, fault } = await send<{ value?: string; fault?: string }>('POST', '/execute/async', {
        script,
        args: [],
      });
      if (fault !== undefined) throw new Error(`In the page: ${fault}`);
      return (value === undefined ? undefined : JSON.parse(value)) as T;
    },
    // A killed process takes the session of WebKitGTK's driver with it.
    vanish: () => send('DELETE', '/window'),
    close: () => send('DELETE', '/window'),
  };
}

/** A session of WebDriver, which works on one window at a time. */
class WebDriver {
  readonly #root: string;
  readonly name: string;
  readonly #home: string;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(root: string, name: string, home: string) {
    this.#root = root;
    this.name = name;
    this.#home = home;
  }

  static async begin(driver: string, child: ChildProcess): Promise<WebDriver> {
    while (!(await request('GET', `${driver}/status`).then(Boolean, () => false))) {
      if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended (${child.exitCode}).`);
      await wait(50);
    }
    const { sessionId, capabilities } = await request<{
      sessionId: string;
      capabilities: { browserVersion: string };
    }>('POST', `${driver}/session`, { capabilities: { alwaysMatch: {} } });
    const root = `${driver}/session/${sessionId}`;
    await request('POST', `${root}/timeouts`, { script: 60_000, pageLoad: 60_000 });
    const home = await request<string>('GET', `${root}/window`);
    return new WebDriver(root, `WebKitGTK ${capabilities.browserVersion}`, home);
  }

  /** Does a command in a window; by default in the first one. */
  send<T>(method: string, path: string, body?: object, handle: string = this.#home): Promise<T> {
    const done = this.#turn.then(async () => {
      await request('POST', `${this.#root}/window`, { handle });
      return request<T>(method, this.#root + path, body);
    });
    this.#turn = done.catch(() => {});
    return done;
  }
}

async function request<T>(method: string, address: string, body: object = {}): Promise<T> {
  const response = await fetch(address, {
    method,
    ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
  });
  const { value } = (await response.json()) as { readonly value: unknown };
  if (response.ok) return value as T;
  const { error, message } = value as { readonly error: string; readonly message: string };
  throw new Error(`${method} ${address}: ${error}: ${message}`);
}
