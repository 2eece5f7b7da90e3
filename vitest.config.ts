import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { msw } from 'msw/vite';
import { configDefaults, defineConfig } from 'vitest/config';
import { findChromium } from './.ci/chromium.mjs';

if (Number(process.versions.node.split('.')[0]) < 22) {
  throw new Error('Vitest needs Node 22 or newer: start it with npm or npx, which use the pinned Node.');
}

const executablePath = findChromium();

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

const chance = path('test/setup/chance.ts');

/** The library as its users name it. */
const surewire = {
  'surewire/legacy/react': path('src/legacy/react.ts'),
  ...Object.fromEntries(
    ['react', 'vue', 'redux', 'legacy', 'toolbox', 'pusher', 'testing'].map((entry) => [
      `surewire/${entry}`,
      path(`src/${entry}/index.ts`),
    ]),
  ),
  surewire: path('src/index.ts'),
};

/** The oldest React that the bindings take, in the place of the newest. */
const react18 = {
  react: path('.ci/react18/node_modules/react'),
  'react-dom': path('.ci/react18/node_modules/react-dom'),
};

/** A busy machine is slow, not wrong: time limits are there for what never happens. */
const patience = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  expect: { poll: { timeout: 30_000 } },
};

/** The stories of the whole client, with another link in the place of the testing kit's: what is promised holds over all of them. */
const scenariosOver = ['web-socket', 'pusher'].map((link) => ({
  resolve: {
    alias: [{ find: /^\.\/memory-link$/, replacement: path(`test/fakes/link-over-${link}.ts`) }],
  },
  test: {
    name: `over-${link}`,
    environment: 'node' as const,
    include: ['test/scenario/**/*.test.ts'],
    // They bring a link, a page or a process of their own: over another link they would be the same once more.
    exclude: [
      ...configDefaults.exclude,
      'test/scenario/{broken-links,dashboards,demo,examples,laravel-echo,main-job,own-backend,sign-in}*.test.ts',
    ],
    setupFiles: [chance],
    ...patience,
  },
}));

export default defineConfig({
  test: {
    // On two cores it would be one, and much of what the slow files do is waiting.
    maxWorkers: 2,
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
            'test/{link,channels,outbox,backend,parts,contract-types,support,contract,scenario,testing,interop,types,redux,legacy,toolbox,pusher}/**/*.test.ts',
          ],
          exclude: [
            ...configDefaults.exclude,
            'test/interop/soketi.test.ts',
            'test/interop/named-server.test.ts',
          ],
          setupFiles: [chance],
          ...patience,
        },
      },
      ...scenariosOver,
      {
        resolve: { alias: surewire },
        test: {
          name: 'dom',
          environment: 'happy-dom',
          include: [
            'test/{react,vue,bindings,recipes,peers}/**/*.test.{ts,tsx}',
            'test/pusher/**/*.test.tsx',
            'test/legacy/**/*.test.tsx',
          ],
          ...patience,
        },
      },
      {
        // `module` before `main`: Testing Library's CommonJS build would bring the other React.
        resolve: { alias: { ...surewire, ...react18 }, mainFields: ['module', 'main'] },
        test: {
          name: 'react18',
          environment: 'happy-dom',
          include: ['test/{react,bindings}/**/*.test.{ts,tsx}', 'test/legacy/**/*.test.tsx'],
          server: { deps: { inline: ['@testing-library/react'] } },
          ...patience,
        },
      },
      {
        // Builds of other people's frameworks: minutes, so not part of `npm test`.
        test: {
          name: 'frameworks',
          environment: 'node',
          include: ['test/frameworks/*.test.ts'],
          fileParallelism: false,
          ...patience,
          testTimeout: 300_000,
          hookTimeout: 900_000,
        },
      },
      {
        // Other people's runtimes, which are installed for it: minutes, so not part of `npm test`.
        test: {
          name: 'runtimes',
          environment: 'node',
          include: ['test/runtimes/*.test.ts'],
          globalSetup: ['test/setup/installed-package.ts'],
          ...patience,
          testTimeout: 180_000,
          hookTimeout: 600_000,
        },
      },
      {
        // Firefox and WebKit have to be installed, so not part of `npm test`.
        test: {
          name: 'browsers',
          environment: 'node',
          include: ['test/browsers/*.test.ts'],
          ...patience,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'kills',
          environment: 'node',
          include: ['test/kills/**/*.test.ts'],
          ...patience,
          testTimeout: 600_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Random histories in real time, for as long as `SUREWIRE_SOAK_SECONDS` says.
        test: {
          name: 'soak',
          environment: 'node',
          include: ['test/soak/**/*.test.ts'],
          fileParallelism: false,
          ...patience,
          hookTimeout: 120_000,
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
        // What `npm run docs` has built, so after it.
        test: {
          name: 'site',
          environment: 'node',
          include: ['test/site/*.test.ts'],
          ...patience,
        },
      },
      {
        // Somebody has to name a server, so not part of `npm test`.
        test: {
          name: 'server',
          environment: 'node',
          include: ['test/interop/named-server.test.ts'],
          ...patience,
        },
      },
      {
        // The specs of other repositories, for which somebody has to name a checkout, so not part of `npm test`.
        test: {
          name: 'specs',
          environment: 'node',
          include: ['test/specs/*.test.ts'],
          globals: true,
          ...patience,
        },
      },
      {
        test: {
          name: 'package',
          environment: 'node',
          include: ['test/package/**/*.test.ts'],
          globalSetup: ['test/setup/installed-package.ts'],
          ...patience,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
