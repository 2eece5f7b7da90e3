// The example of Laravel Echo and React, built as an application is, in Chromium, and cut off in the middle.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import type { Browser, Page } from 'playwright';
import { build, preview } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createReverb, laravelBackend } from '../../examples/laravel-echo/backend-plugin';
import { launchChromium } from '../setup/chromium';

const path = (relative: string): string => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const root = path('examples/laravel-echo');
const reverb = createReverb();
let browser: Browser;
let address: string;
const endings: (() => unknown)[] = [];

beforeAll(async () => {
  const outDir = mkdtempSync(join(tmpdir(), 'surewire-echo-'));
  endings.push(() => rmSync(outDir, { recursive: true }));
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    plugins: [react()],
    resolve: { alias: { 'surewire/pusher': path('src/pusher/index.ts') } },
    build: { outDir, emptyOutDir: true, target: 'es2022' },
  });
  const site = await preview({
    root,
    configFile: false,
    logLevel: 'error',
    plugins: [laravelBackend(reverb)],
    build: { outDir },
    preview: { port: 0, host: '127.0.0.1' },
  });
  endings.push(() => site.close());
  address = site.resolvedUrls?.local[0] ?? '';
  browser = await launchChromium();
  endings.push(() => browser.close());
}, 180_000);

afterAll(async () => {
  for (const end of endings.reverse()) await end();
});

async function open(user: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${address}?user=${user}`);
  await page.locator('#status', { hasText: /^connected$/ }).waitFor();
  return page;
}

test('events, people and whispers come through a cut, and the components know nothing of it', async () => {
  const ada = await open('Ada');
  const grace = await open('Grace');
  const faults: string[] = [];
  for (const page of [ada, grace]) {
    page.on('pageerror', (error) => faults.push(error.message));
    await page.locator('#people', { hasText: 'Ada, Grace' }).waitFor();
  }
  await ada.getByText('Ship an order').click();
  for (const page of [ada, grace]) await page.locator('#shipped', { hasText: '1 shipped' }).waitFor();

  // Only one of them: who is away herself hears no whispers.
  const stop = reverb.refuse('tcp');
  reverb.connections[0]?.close(1011);
  await ada.locator('#status', { hasText: /^connecting$/ }).waitFor();
  await grace.locator('#people', { hasText: /^Grace$/ }).waitFor();
  await ada.getByText('Whisper').click();
  stop();
  await ada.locator('#status', { hasText: /^connected$/ }).waitFor();
  await grace.locator('#people', { hasText: 'Ada, Grace' }).waitFor();
  await grace.locator('#said li', { hasText: 'Hello' }).waitFor();

  reverb.drop();
  await expect.poll(() => reverb.channels.map(({ subscriptions }) => subscriptions)).toEqual([2, 2]);
  await ada.getByText('Ship an order').click();
  for (const page of [ada, grace]) await page.locator('#shipped', { hasText: '2 shipped' }).waitFor();
  expect(faults).toEqual([]);
}, 120_000);
