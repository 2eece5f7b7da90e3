import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright';
import { createServer, type ViteDevServer } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestServer, type ListeningServer, type TestServer } from '../../src/testing/index';
import { launchChromium } from '../setup/chromium';

let browser: Browser;
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** What the guide has applications write, as JavaScript: one client that is handed over, and a client that ends with its module. */
function guide(): { readonly handedOver: string; readonly ended: string } {
  const text = readFileSync(new URL('../../docs/guides/hot-reload.md', import.meta.url), 'utf8');
  const snippets = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) =>
    stripTypeScriptTypes(code),
  );
  const [handedOver = '', ended = ''] = snippets;
  expect(snippets).toHaveLength(2);
  return { handedOver, ended };
}

/** A module that makes the client of the page, and says which saving of it runs. */
function moduleOf(code: string, settings: object, saving: number): string {
  const options = `{ ...${JSON.stringify(settings)} }`;
  return `${code.replace(/\{ key: 'app-key', cluster: 'us2' \}/, options)}
client.channel('news').hold();
document.title = ${JSON.stringify(`saving ${saving}`)};
if (import.meta.hot) import.meta.hot.accept();
`;
}

/** A page of an application in development whose client is made by `code`, and what saves that module once more. */
async function develop(name: string, code: string) {
  const server: TestServer = createTestServer();
  const listening: ListeningServer = await server.listen();
  ends.push(() => listening.close());
  const { key, host, port } = listening.options;
  const root = join(inject('consumer'), name);
  const file = join(root, 'client.js');
  let saving = 0;
  const source = (): string => moduleOf(code, { key, host, port, tls: false }, saving);
  mkdirSync(root, { recursive: true });
  writeFileSync(
    join(root, 'index.html'),
    '<!doctype html><title>-</title><script type="module" src="/client.js"></script>',
  );
  writeFileSync(file, source());
  const site: ViteDevServer = await createServer({
    root,
    configFile: false,
    logLevel: 'silent',
    cacheDir: join(root, '.vite'),
    server: { port: 0, host: '127.0.0.1' },
  });
  ends.push(() => site.close());
  await site.listen();
  // Who saves before the folder is watched is not noticed.
  await expect.poll(() => site.watcher.getWatched()[root]).toContain('client.js');
  const page: Page = await browser.newPage();
  ends.push(() => page.close());
  let loads = 0;
  page.on('load', () => {
    loads += 1;
  });
  await page.goto(String(site.resolvedUrls?.local[0]));
  const settled = async (connections: number): Promise<void> => {
    await page.waitForFunction((title) => document.title === title, `saving ${saving}`, { timeout: 60_000 });
    await expect.poll(() => server.connections.length, { timeout: 60_000 }).toBe(connections);
  };
  await settled(1);
  // Nor is one who saves before the page listens to Vite.
  await expect.poll(() => site.ws.clients.size).toBe(1);
  return {
    server,
    loads: () => loads,
    /** Saves the module; resolves when the page runs it and the server has so many connections. */
    save: async (connections: number): Promise<void> => {
      // To the watcher, what changes twice in 50 ms has changed once. Its timer is in this process, and ends before this one.
      await new Promise((resolve) => setTimeout(resolve, 100));
      saving += 1;
      // In one piece, over what was there: a file that is emptied before it is written changes twice, and a machine that stands still
      // between may tell both.
      const opened = openSync(file, 'r+');
      writeSync(opened, source());
      closeSync(opened);
      await settled(connections);
    },
  };
}

const saves = 5;

describe('D8: five savings of the module that makes the client', () => {
  it('leave one connection where the client is handed over as the guide says', async () => {
    const { server, loads, save } = await develop('handed-over', guide().handedOver);
    const [first] = server.connections;
    for (let n = 0; n < saves; n += 1) await save(1);
    expect(server.connections.map(({ socketId }) => socketId)).toEqual([first?.socketId]);
    expect(loads()).toBe(1);
  });

  it('leave one connection where the old client ends, as the guide says for other options', async () => {
    const made =
      "import { RealtimeClient } from 'surewire';\nconst client = new RealtimeClient({ key: 'app-key', cluster: 'us2' });\n";
    const { loads, save } = await develop('ended', made + guide().ended);
    for (let n = 0; n < saves; n += 1) await save(1);
    expect(loads()).toBe(1);
  });

  it('leave six without either: what the two lines are for', async () => {
    const made =
      "import { RealtimeClient } from 'surewire';\nconst client = new RealtimeClient({ key: 'app-key', cluster: 'us2' });\n";
    const { save } = await develop('forgotten', made);
    for (let n = 0; n < saves; n += 1) await save(n + 2);
  });
});
