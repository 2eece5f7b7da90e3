import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import type { Browser } from 'playwright';
import { build, createLogger, type Plugin, type PreviewServer, preview, type UserConfig } from 'vite';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestServer, type ListeningServer, type TestServer } from '../../src/testing/index';
import { launchChromium } from '../setup/chromium';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(() => browser?.close());

/** Builds pages with Vite, without a word from it, and serves them. */
async function buildAndServe(
  root: string,
  pages: readonly string[],
  plugins: UserConfig['plugins'] = [],
): Promise<PreviewServer> {
  const warnings: string[] = [];
  const logger = createLogger('warn');
  logger.warn = (message) => {
    // How long a build took says something about the machine, and nothing about us.
    if (!message.includes('PLUGIN_TIMINGS')) warnings.push(message);
  };
  logger.warnOnce = logger.warn;
  await build({
    root,
    configFile: false,
    customLogger: logger,
    logLevel: 'warn',
    plugins,
    build: {
      target: 'es2022',
      emptyOutDir: true,
      rollupOptions: { input: pages.map((page) => join(root, page)) },
    },
  });
  expect(warnings).toEqual([]);
  const address = { port: 0, host: '127.0.0.1' };
  return preview({ root, configFile: false, logLevel: 'silent', preview: address });
}

/** Opens a page with a server of its own, and closes both. */
async function visit(
  { resolvedUrls }: PreviewServer,
  path: string,
  look: (page: Awaited<ReturnType<Browser['newPage']>>, server: TestServer) => Promise<void>,
): Promise<void> {
  const server = createTestServer();
  const listening: ListeningServer = await server.listen();
  const page = await browser.newPage();
  try {
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    const { key, host, port } = listening.options;
    const settings = { key, host, port, endpoint: listening.endpoints.auth, token: server.issueToken() };
    await page.goto(`${resolvedUrls?.local[0]}${path}#${encodeURIComponent(JSON.stringify(settings))}`);
    await look(page, server);
    expect(faults).toEqual([]);
  } finally {
    await page.close();
    await listening.close();
  }
}

/** As the guide *coming from pusher-js* has it: imports of pusher-js get surewire, except surewire's own. */
const pusherBySurewire: Plugin = {
  name: 'pusher-by-surewire',
  enforce: 'pre',
  resolveId(source, importer = '') {
    if (source !== 'pusher-js' || /[\\/]node_modules[\\/]surewire[\\/]/.test(importer)) return null;
    return this.resolve('surewire/pusher', importer);
  },
};

describe('without peers', () => {
  let site: PreviewServer;

  beforeAll(async () => {
    site = await buildAndServe(inject('consumer'), ['index.html', 'pusher.html'], [pusherBySurewire]);
  });
  afterAll(() => site?.close());

  it('a page, built by Vite, follows a channel in Chromium', async () => {
    await visit(site, '', async (page, server) => {
      await page.waitForFunction(() => document.title === 'ready', undefined, { timeout: 60_000 });
      server.trigger('content-generation-42', 'progress', { progress: 75 });
      await page.waitForFunction(() => document.title === '75 %', undefined, { timeout: 60_000 });
      expect(await page.textContent('body')).toBe('connected');
    });
  });

  it('a page that imports pusher-js runs on surewire, which has a pusher-js of its own', async () => {
    await visit(site, 'pusher.html', async (page, server) => {
      await page.waitForFunction(() => document.title === 'ready', undefined, { timeout: 60_000 });
      server.trigger('content-generation-42', 'progress', { progress: 75 });
      await page.waitForFunction(() => document.title === '75 %', undefined, { timeout: 60_000 });
      server.refuse('tcp');
      server.drop();
      // pusher-js keeps the name of the connection that was.
      await page.locator('body', { hasText: 'connecting undefined' }).waitFor({ timeout: 60_000 });
    });
  });
});

describe('with the oldest React, Vue and Redux that we take', () => {
  const root = inject('withPeers');
  let site: PreviewServer;

  beforeAll(async () => {
    site = await buildAndServe(root, ['react.html', 'vue.html'], react());
  });
  afterAll(() => site?.close());

  it('what Vite builds has one copy of the core for both', () => {
    const assets = join(root, 'dist/assets');
    const code = readdirSync(assets)
      .filter((file) => file.endsWith('.js'))
      .map((file) => readFileSync(join(assets, file), 'utf8'));
    // What stands for the connection says it, and no other file of the core.
    const sentence = 'The code of the transport could not be loaded';
    expect(code.map((text) => text.split(sentence).length - 1).reduce((sum, count) => sum + count)).toBe(1);
  });

  it.each(['react', 'vue'])('a %s page follows channels in Chromium', async (framework) => {
    await visit(site, `${framework}.html`, async (page, server) => {
      await page.locator('body', { hasText: 'subscribed 1 nothing' }).waitFor({ timeout: 60_000 });
      server.trigger('content-generation-42', 'progress', { progress: 75 });
      await page.locator('body', { hasText: 'subscribed 1 75' }).waitFor({ timeout: 60_000 });
    });
  });

  it('Redux follows a channel', () => {
    const said = execFileSync(process.execPath, ['redux.mts'], {
      cwd: root,
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(said).toBe('connected accepted\n');
  });
});
