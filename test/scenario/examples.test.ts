import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestServer } from '../../src/testing/index';
import { launchChromium } from '../setup/chromium';
import { ExampleProcess } from '../setup/example-process';

describe('examples that run in Node', { timeout: 180_000 }, () => {
  test('node: subscribes, publishes with an acknowledgement and exits 0', async () => {
    const { code, output, errors } = await new ExampleProcess(['examples/node/main.mjs']).end();
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toContain("worker heard { run: 'build' }");
    expect(output).toMatch(/boss published [\w-]+ which is accepted after 1 attempt/);
  });

  test("testing: the application's own tests pass", async () => {
    const vitest = 'node_modules/vitest/vitest.mjs';
    const { code, output } = await new ExampleProcess([vitest, 'run', '--root', 'examples/testing']).end();
    expect(output).toMatch(/Tests +3 passed/);
    expect(code).toBe(0);
  });
});

describe('umd: a page straight from disk', { timeout: 180_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  }, 180_000);
  afterAll(() => browser.close());

  test.each(['index.html', 'slim.html'])('%s follows a channel', async (file) => {
    const server = createTestServer();
    const { port, close } = await server.listen();
    const page = await browser.newPage();
    try {
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(String(error)));
      await page.goto(`${pathToFileURL(`examples/umd/${file}`)}?port=${port}`);
      await page.locator('#state', { hasText: /^connected$/ }).waitFor();
      await expect.poll(() => server.channels).toMatchObject([{ name: 'content-generation-42' }]);
      server.trigger('content-generation-42', 'progress', { progress: 40 });
      await page.locator('#messages', { hasText: 'progress {"progress":40}' }).waitFor();
      expect(faults).toEqual([]);
    } finally {
      await page.close();
      await close();
    }
  });
});
