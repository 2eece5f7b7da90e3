// Laravel Echo's own tests, with surewire/pusher as the page's Pusher. Most of what Echo does with a Pusher its tests leave to mocks;
// what it does with ours is told in test/pusher/echo.test.ts.
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, vi } from 'vitest';
import { Pusher } from '../../src/pusher/index';
import { bundled } from './bundled';
import { leftOutOfEcho, tell } from './left-out';

const path = process.env['SPECS_PATH'];
if (path === undefined) throw new Error('Name a checkout of Laravel Echo: npm run test:echo-specs -- PATH');

/** Since 2.1 the repository has several packages; those of React and Vue mock Echo itself. */
const folder = [join(resolve(path), 'packages/laravel-echo/tests'), join(resolve(path), 'tests')].find(
  existsSync,
);
if (folder === undefined)
  throw new Error(`There are no tests in ${path}: is that a checkout of Laravel Echo 2?`);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.test.ts'),
);

tell(leftOutOfEcho);
// As in a page that loads Pusher before Echo, and in their test runner.
vi.stubGlobal('window', { Pusher });
vi.stubGlobal('jest', vi);
await bundled(files.map((file) => `import ${JSON.stringify(join(folder, file))};`).join('\n'), {});

afterAll(() => {
  for (const instance of Pusher.instances) instance.disconnect();
  vi.unstubAllGlobals();
});
