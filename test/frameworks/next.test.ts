import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../setup/free-ports';
import { FrameworkApp } from './framework-app';
import { visitHydratedPage } from './visit';
import { type WatchedServer, watchServer } from './watched-server';

const app = new FrameworkApp('next');
let watched: WatchedServer;
let url: string;
/** What a build without the application's variables said. */
let unset: string;

beforeAll(async () => {
  app.install();
  app.run('npx tsc --noEmit');
  unset = attempt(() => app.run('npx next build'));
  watched = await watchServer();
  const environment = {
    NEXT_PUBLIC_PUSHER_KEY: watched.server.options.key,
    NEXT_PUBLIC_PUSHER_HOST: '127.0.0.1',
    NEXT_PUBLIC_PUSHER_PORT: String(watched.port),
  };
  app.run('npx next build', environment);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  await app.start(['node_modules/next/dist/bin/next', 'start', '--port', String(port)], url, environment);
});

afterAll(async () => {
  await app.stop();
  await watched?.close();
});

test('Next.js renders hooks on the server, beside a server component that knows the channels, without a socket', async () => {
  const pages = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(url)).text()));
  for (const page of pages) {
    const text = page.replaceAll('<!-- -->', '');
    expect(text).toContain('<h1>Rendered on the server</h1>');
    expect(text).toContain('<p id="generation">A lesson, 10 %, idle, 0 members</p>');
    expect(text).toContain('<p id="channels">content-generation-{id}</p>');
    // What a server component gets of the hooks is a reference: the package says itself that they are for clients.
    expect(text).toContain('<p id="boundary">Symbol(react.client.reference)</p>');
  }
  expect(watched.visits).toBe(0);
});

test('a variable that is missing is named when Next.js builds', () => {
  expect(unset).toMatch(/NEXT_PUBLIC_PUSHER_KEY is not set\. Set it in \.env or where the page is built/);
});

test('the page of Next.js takes over without a warning, connects once and hears an event', async () => {
  await visitHydratedPage(url, watched);
  expect(app.output).not.toMatch(/error|warn/i);
});

function attempt(run: () => string): string {
  try {
    return run();
  } catch (error) {
    return String(error);
  }
}
