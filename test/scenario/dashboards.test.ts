// The dashboard, built by Vite as an application is, in Chromium.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright';
import { createServer, type ViteDevServer } from 'vite';
import { afterAll, beforeAll, describe, expect, type TestContext, test, vi } from 'vitest';
import { launchChromium } from '../setup/chromium';
import { ExampleProcess } from '../setup/example-process';

const vite = 'node_modules/vite/bin/vite.js';
const examples = ['react-dashboard'] as const;
const folder = mkdtempSync(join(tmpdir(), 'surewire-dashboards-'));
const addresses = new Map<string, string>();
const previews: ExampleProcess[] = [];
let browser: Browser;

async function buildAndServe(example: (typeof examples)[number]): Promise<void> {
  const root = `examples/${example}`;
  const outDir = ['--outDir', join(folder, example)];
  const production = { NODE_ENV: 'production' };
  const built = await new ExampleProcess(
    [vite, 'build', root, ...outDir, '--emptyOutDir', '--logLevel', 'warn'],
    production,
  ).end();
  expect({ code: built.code, said: built.output + built.errors }).toEqual({ code: 0, said: '' });
  const preview = new ExampleProcess(
    [vite, 'preview', root, ...outDir, '--port', '0', '--host', '127.0.0.1'],
    production,
  );
  previews.push(preview);
  const [address] = await preview.says(/http:\/\/127\.0\.0\.1:\d+\//);
  addresses.set(example, address);
}

beforeAll(async () => {
  [browser] = await Promise.all([launchChromium(), ...examples.map(buildAndServe)]);
}, 180_000);

afterAll(async () => {
  for (const preview of previews) preview.kill();
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(address: string, { onTestFinished }: TestContext): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  onTestFinished(async () => {
    await context.close();
    expect(faults).toEqual([]);
  });
  page.setDefaultTimeout(60_000);
  await page.goto(address);
  return page;
}

const shows = (page: Page, selector: string, words: string | RegExp, timeout = 60_000): Promise<void> =>
  page.locator(selector).filter({ hasText: words }).first().waitFor({ timeout });
/** As `shows`, where something else may have to be tried again. */
const soon = (page: Page, selector: string, words: string): Promise<void> =>
  shows(page, selector, words, 5_000);
const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click();

describe.concurrent.each(examples)('%s', { timeout: 180_000 }, (example) => {
  test('two tabs see each other, a message arrives, and what is published during a restart is queued and succeeds', async (context) => {
    const address = String(addresses.get(example));
    const [ada, grace] = await Promise.all([
      open(`${address}?user=Ada`, context),
      open(`${address}?user=Grace`, context),
    ]);
    await shows(ada, 'ul li', 'Ada (you)');
    await shows(ada, 'ul li', /^Grace$/);
    await shows(grace, 'ul li', 'Grace (you)');
    await shows(grace, 'ul li', /^Ada$/);

    await press(ada, 'Generate');
    for (const page of [ada, grace]) await shows(page, 'section p', /, [1-9]\d* %/);
    // Again, if need be: a page that is not subscribed yet does not hear it.
    const publishUntilHeard = async (): Promise<void> => {
      await press(grace, 'Publish');
      await shows(grace, '[data-status="success"]', /success after \d+ ms/);
      await soon(ada, 'ol li', 'build');
      await soon(grace, 'ol li', 'build');
    };
    await vi.waitFor(publishUntilHeard, { timeout: 120_000 });

    await press(grace, 'Leave');
    await ada.locator('ul li', { hasText: 'Grace' }).waitFor({ state: 'detached' });
    await shows(grace, 'section p', 'unsubscribed');

    const published: string[] = [];
    // The server is away for three seconds, which may be too short for a busy machine to look.
    const publishMeanwhile = async (): Promise<void> => {
      await shows(ada, '[data-state="connected"]', 'connected');
      await press(ada, 'Restart the server');
      await shows(ada, '[data-state="reconnecting"]', 'reconnecting');
      const command = `deploy ${published.length + 1}`;
      await ada.getByLabel('Command').fill(command);
      await press(ada, 'Publish');
      published.unshift(command);
      await soon(ada, '[data-status="queued"]', 'queued');
      await soon(ada, 'section p', '1 waiting in the outbox');
    };
    await vi.waitFor(publishMeanwhile, { timeout: 120_000 });
    await shows(ada, '[data-status="success"]', /success after \d+ ms/);
    await shows(ada, 'section p', 'Nothing is waiting');
    await shows(ada, '[data-state="connected"]', 'connected');
    await shows(grace, 'ol li', String(published[0]));
    const heard = await grace.locator('ol li').allTextContents();
    expect(heard.slice(0, published.length)).toEqual(published);
    expect(new Set(heard.slice(published.length))).toEqual(new Set(['build']));
  });
});

describe('Fast Refresh, by the plugin of Vite', { timeout: 180_000 }, () => {
  let server: ViteDevServer;
  /** What is done to the source of the component, as if it were saved in an editor. */
  let edit = (code: string): string => code;

  beforeAll(async () => {
    server = await createServer({
      root: 'examples/react-dashboard',
      cacheDir: join(folder, 'cache'),
      logLevel: 'error',
      server: { port: 0, host: '127.0.0.1', watch: null },
      // Found only while the page runs, they would make Vite load it again.
      optimizeDeps: {
        include: [
          'react',
          'react/jsx-dev-runtime',
          'react-dom/client',
          'eventemitter3',
          'jwt-decode',
          'pusher-js',
        ],
      },
      plugins: [
        {
          name: 'editor',
          enforce: 'pre',
          transform: (code, id) => (id.endsWith('commands.tsx') ? edit(code) : undefined),
        },
      ],
    });
    await server.listen();
  }, 180_000);

  afterAll(() => server?.close());

  async function save(change: (code: string) => string): Promise<void> {
    edit = change;
    const [module] = server.moduleGraph.getModulesByFile(join(server.config.root, 'commands.tsx')) ?? [];
    if (module === undefined) throw new Error('The page has not loaded the component.');
    await server.reloadModule(module);
  }

  test('a component that is edited keeps its subscription; so does one whose hooks changed, which is mounted anew', async (context) => {
    const address = String(server.resolvedUrls?.local[0]);
    const page = await open('about:blank', context);
    const frames: string[] = [];
    page.on('websocket', (socket) => {
      if (socket.url().includes('/app/')) {
        socket.on('framesent', ({ payload }) => {
          const [, word, channel] =
            /"pusher:((?:un)?subscribe)".*"channel":"([^"]+)"/.exec(String(payload)) ?? [];
          if (channel === 'private-plugin-7') frames.push(`${word}`);
        });
      }
    });
    await page.goto(address);
    await shows(page, '[data-state="connected"]', 'connected');
    await press(page, 'Publish');
    await shows(page, 'ol li', 'build');

    await save((code) => code.replace('Plugin 7', 'Plugin seven'));
    await shows(page, 'h2', 'Plugin seven');
    await shows(page, 'ol li', 'build');

    await save((code) =>
      code.replace('Plugin 7', 'Plugin eight').replace('const owed', 'useState(8);\n  const owed'),
    );
    await shows(page, 'h2', 'Plugin eight');
    expect(await page.locator('ol li').count()).toBe(0);
    await press(page, 'Publish');
    await shows(page, 'ol li', 'build');
    // Longer than a channel that nobody wants is kept.
    await page.waitForTimeout(1_500);
    expect(frames).toEqual(['subscribe']);
  });
});
