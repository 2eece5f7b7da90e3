import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright';
import { preview } from 'vite';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createTestServer } from '../../src/testing/index';
import { bundleWorker } from '../setup/bundled-worker';
import { launchChromium } from '../setup/chromium';

const folder = mkdtempSync(join(tmpdir(), 'surewire-service-worker-'));
const root = inject('consumer');
let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Writes `worker.js`, which follows a channel of the server at `port`. */
const workers: Readonly<Record<string, (port: number) => Promise<void>>> = {
  'bundled into one file': (port) => bundleWorker(root, 'service-worker.mjs', folder, port),
  'with the file for script tags': async (port) => {
    copyFileSync(join(root, 'node_modules/surewire/dist/surewire.umd.js'), join(folder, 'surewire.umd.js'));
    writeFileSync(
      join(folder, 'worker.js'),
      `importScripts('surewire.umd.js');
const { RealtimeClient, webSocketLink } = Surewire;
const client = new RealtimeClient({ key: 'app-key', host: '127.0.0.1', port: ${port}, tls: false, transport: webSocketLink() });
client.channel('news').on('said', async (said) => {
  for (const page of await clients.matchAll({ includeUncontrolled: true })) page.postMessage(said);
});`,
    );
  },
};

it.each(Object.entries(workers))('a client works in a service worker, %s', async (how, write) => {
  const server = createTestServer();
  const { port } = await server.listen();
  await write(port);
  const type = how === 'bundled into one file' ? 'module' : 'classic';
  writeFileSync(
    join(folder, 'index.html'),
    `<!doctype html><script type="module">
navigator.serviceWorker.addEventListener('message', ({ data }) => { document.title = data.hello; });
await navigator.serviceWorker.register('/worker.js', { type: '${type}' });
</script>`,
  );
  const served = await preview({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    build: { outDir: '.' },
    preview: { port: 0, host: '127.0.0.1' },
  });
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(served.resolvedUrls?.local[0] ?? '');
    await expect.poll(() => server.channels.map(({ name }) => name), { timeout: 30_000 }).toEqual(['news']);
    await expect
      .poll(
        () => {
          server.trigger('news', 'said', { hello: 'page' });
          return page.title();
        },
        { timeout: 30_000 },
      )
      .toBe('page');
  } finally {
    await context.close();
    await served.close();
    await server.stop();
  }
});
