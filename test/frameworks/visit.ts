import { expect } from 'vitest';
import { launchChromium } from '../setup/chromium';
import type { WatchedServer } from './watched-server';

/** What everybody sees who visits an application that was rendered on a server, and what its realtime server sees of it. */
export async function visitHydratedPage(url: string, watched: WatchedServer): Promise<void> {
  const { server } = watched;
  expect(watched.visits).toBe(0);
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(url);
    const generation = page.locator('#generation');
    const reads = (text: string): Promise<void> =>
      expect.poll(() => generation.textContent(), { timeout: 30_000 }).toBe(text);
    await reads('A lesson, 10 %, connected, 0 members');
    await expect.poll(() => server.channels.map(({ name }) => name)).toEqual(['content-generation-42']);
    server.trigger('content-generation-42', 'progress', { progress: 40 });
    await reads('A lesson, 40 %, connected, 0 members');
    // The channel needs nobody's leave: all that comes to the port is the socket.
    expect(watched.visits).toBe(1);
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
}
