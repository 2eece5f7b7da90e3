import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../setup/free-ports';
import { FrameworkApp } from './framework-app';
import { visitHydratedPage } from './visit';
import { type WatchedServer, watchServer } from './watched-server';

const app = new FrameworkApp('nuxt');
let watched: WatchedServer;
let url: string;

beforeAll(async () => {
  app.install();
  app.run('npx nuxt build');
  app.run('npx tsc --noEmit --project tsconfig.json');
  watched = await watchServer();
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  await app.start(['.output/server/index.mjs'], url, {
    HOST: '127.0.0.1',
    PORT: String(port),
    NUXT_PUBLIC_PUSHER_KEY: watched.server.options.key,
    NUXT_PUBLIC_PUSHER_HOST: '127.0.0.1',
    NUXT_PUBLIC_PUSHER_PORT: String(watched.port),
  });
});

afterAll(async () => {
  await app.stop();
  await watched?.close();
});

test('Nuxt renders composables on the server without a socket', async () => {
  const pages = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(url)).text()));
  for (const page of pages) {
    expect(page).toContain('<h1>Rendered on the server</h1>');
    expect(page).toContain('<p id="generation">A lesson, 10 %, idle, 0 members</p>');
  }
  expect(watched.visits).toBe(0);
});

test('a variable that is missing is named by the server of Nuxt', async () => {
  const port = await freePort();
  const at = `http://127.0.0.1:${port}`;
  const unset = new FrameworkApp('nuxt');
  await unset.start(['.output/server/index.mjs'], at, { HOST: '127.0.0.1', PORT: String(port) });
  try {
    const answer = await fetch(at);
    expect([answer.status, await answer.text()]).toEqual([
      500,
      expect.stringContaining('NUXT_PUBLIC_PUSHER_KEY is not set. Set it where the server runs'),
    ]);
  } finally {
    await unset.stop();
  }
});

test('the page of Nuxt takes over without a warning, connects once and hears an event', async () => {
  await visitHydratedPage(url, watched);
  expect(app.output).not.toMatch(/error|warn/i);
});
