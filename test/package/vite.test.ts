import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { build, createLogger, type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { findChromium } from '../../.ci/chromium.mjs';
import { createTestServer } from '../../src/testing/index';

const root = inject('consumer');
const warnings: string[] = [];
let site: PreviewServer;

beforeAll(async () => {
  const logger = createLogger('warn');
  logger.warn = (message) => void warnings.push(message);
  logger.warnOnce = logger.warn;
  await build({
    root,
    configFile: false,
    customLogger: logger,
    build: { target: 'es2022', emptyOutDir: true },
  });
  site = await preview({
    root,
    configFile: false,
    logLevel: 'silent',
    preview: { port: 0, host: '127.0.0.1' },
  });
});

afterAll(() => site?.close());

it('Vite builds a page with it, without a warning', () => {
  expect(warnings).toEqual([]);
  expect(readFileSync(join(root, 'dist/index.html'), 'utf8')).toContain('assets/index-');
});

it('the page, built by Vite, follows a channel in Chromium', async () => {
  const server = createTestServer();
  const { options, close } = await server.listen();
  const executablePath = findChromium();
  const browser = await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    const { key, host, port } = options;
    const settings = encodeURIComponent(JSON.stringify({ key, host, port }));
    await page.goto(`${site.resolvedUrls?.local[0]}#${settings}`);
    await page.waitForFunction(() => document.title === 'ready', undefined, { timeout: 15_000 });

    server.trigger('content-generation-42', 'progress', { progress: 75 });

    await page.waitForFunction(() => document.title === '75 %', undefined, { timeout: 15_000 });
    expect(await page.textContent('body')).toBe('connected');
    expect(faults).toEqual([]);
  } finally {
    await browser.close();
    await close();
  }
});
