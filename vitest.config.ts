import { playwright } from '@vitest/browser-playwright';
import { msw } from 'msw/vite';
import { configDefaults, defineConfig } from 'vitest/config';
import { findChromium } from './.ci/chromium.mjs';

if (Number(process.versions.node.split('.')[0]) < 22) {
  throw new Error('Vitest needs Node 22 or newer: start it with npm or npx, which use the pinned Node.');
}

const executablePath = findChromium();

/** A busy machine is slow, not wrong: time limits are there for what never happens. */
const patience = {
  testTimeout: 30_000,
  hookTimeout: 30_000,
  expect: { poll: { timeout: 10_000 } },
};

export default defineConfig({
  test: {
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text', 'json-summary', 'html'],
    },
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          include: [
            'test/*.test.ts',
            'test/{core,adapters,support,contract,scenario,testing,interop,regression,types}/**/*.test.ts',
          ],
          exclude: [...configDefaults.exclude, 'test/interop/soketi.test.ts'],
          ...patience,
        },
      },
      {
        plugins: [msw({ mode: 'worker-only' })], // serves mockServiceWorker.js
        // Found only while the tests run, they would make Vite reload the page under them, with two copies of msw in it.
        optimizeDeps: { include: ['idb-keyval', 'msw', 'msw/browser', 'pusher-js', 'ws'] },
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          ...patience,
          globalSetup: ['test/setup/listening-server.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                ...(executablePath === undefined ? {} : { executablePath }),
                args: [
                  '--no-sandbox',
                  '--disable-gpu',
                  '--disable-quic',
                  '--no-first-run',
                  '--disable-background-networking',
                  '--disable-component-update',
                  '--disable-sync',
                ],
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        test: {
          name: 'soketi',
          environment: 'node',
          include: ['test/interop/soketi.test.ts'],
          globalSetup: ['test/setup/installed-soketi.ts'],
          ...patience,
        },
      },
      {
        test: {
          name: 'package',
          environment: 'node',
          include: ['test/package/**/*.test.ts'],
          globalSetup: ['test/setup/installed-package.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
