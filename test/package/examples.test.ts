// Every example, from the packed package, by the command that examples/README.md names.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { launchChromium } from '../setup/chromium';
import { ExampleProcess } from '../setup/example-process';
import { freePort } from '../setup/free-ports';

mkdirSync('coverage', { recursive: true });
/**
 * A project of its own, with surewire as npm would bring it. Inside the repository, so that what the examples are developed with is
 * found further up, and where neither git nor a linter looks.
 */
const project = resolve(mkdtempSync('coverage/examples-'));
const started: ExampleProcess[] = [];
let browser: Browser;

beforeAll(async () => {
  cpSync(join(inject('consumer'), 'node_modules/surewire'), join(project, 'node_modules/surewire'), {
    recursive: true,
  });
  // The examples' own extends it.
  cpSync('tsconfig.json', join(project, 'tsconfig.json'));
  cpSync('examples', join(project, 'examples'), {
    recursive: true,
    filter: (path) => !path.includes('node_modules'),
  });
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'examples', private: true, type: 'module' }),
  );
  browser = await launchChromium();
});
afterAll(async () => {
  for (const process of started) process.kill();
  await browser?.close();
  rmSync(project, { recursive: true, force: true });
});

const bins: Readonly<Record<string, string>> = {
  node: '',
  vite: resolve('node_modules/vite/bin/vite.js'),
  vitest: resolve('node_modules/vitest/vitest.mjs'),
};

/** The commands of the table in examples/README.md, by the example's folder. */
const commands = new Map(
  Array.from(
    readFileSync('examples/README.md', 'utf8').matchAll(/^\| \[([\w-]+)\]\(\1\/\) \| `([^`]+)` \|/gm),
    ([, folder = '', command = '']) => [folder, command] as const,
  ),
);

/** What the command starts, as Node's arguments; the build before it is what the package replaces. */
function argumentsOf(command: string): string[] {
  if (command === 'npm run demo') {
    const [last = ''] = manifest.scripts.demo.split(' && ').slice(-1);
    return last.split(' ').slice(1);
  }
  const [, tool = '', rest = ''] = /^npm run build:dist && npx (\w+) (.*)$/.exec(command) ?? [];
  const bin = bins[tool];
  if (bin === undefined) throw new Error(`Nobody knows how to run "${command}".`);
  return [...(bin === '' ? [] : [bin]), ...rest.split(' ')];
}

function start(folder: string, ...more: string[]): ExampleProcess {
  const example = new ExampleProcess([...argumentsOf(commands.get(folder) ?? ''), ...more], {}, project);
  started.push(example);
  return example;
}

/** Opens a page of an example, and fails when it throws anything. */
async function visit(address: string, look: (page: Page) => Promise<void>): Promise<void> {
  const page = await browser.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.goto(address);
  await look(page);
  expect(faults).toEqual([]);
  await page.close();
}

function connected(page: Page, words = /(?<!dis)connected|Live/i): Promise<void> {
  return page.locator('body').filter({ hasText: words }).waitFor({ timeout: 60_000 });
}

/** Opens the page that Vite serves of an example. */
async function visitPage(folder: string): Promise<void> {
  const example = start(folder, '--host', '127.0.0.1', '--port', String(await freePort()));
  const [address] = await example.says(/http:\/\/127\.0\.0\.1:\d+\//);
  await visit(address, connected);
  example.kill();
}

const checks: Readonly<Record<string, () => Promise<void>>> = {
  'quick-start': async () => {
    const { code, errors } = await start('quick-start', '--terminal').end();
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
  },
  node: async () => {
    const { code, output, errors } = await start('node').end();
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toContain("worker heard { run: 'build' }");
  },
  testing: async () => {
    const { code, output } = await start('testing').end();
    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/Tests +3 passed/) });
  },
  'legacy-migration': async () => {
    const { code, output } = await start('legacy-migration').end();
    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/Tests +25 passed/) });
  },
  umd: async () => {
    const example = start('umd');
    for (const file of ['index.html', 'slim.html']) {
      const [address] = await example.says(new RegExp(`http:\\S+/${file}`));
      await visit(address, async (page) => {
        await connected(page);
        await page
          .locator('#messages li', { hasText: /progress \{"progress":\d+\}/ })
          .first()
          .waitFor();
      });
    }
  },
  'react-dashboard': () => visitPage('react-dashboard'),
  vue: () => visitPage('vue'),
  'laravel-echo': () => visitPage('laravel-echo'),
};

describe('examples, from the packed package', { timeout: 180_000 }, () => {
  test('all are in the table, and all are run', () => {
    const folders = readdirSync('examples', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const names = folders.map(({ name }) => name).toSorted();
    expect([...commands.keys()].toSorted()).toEqual(names);
    expect(Object.keys(checks).toSorted()).toEqual(names);
  });

  test.each(Object.keys(checks))('%s has the command in its own README as well', (folder) => {
    expect(readFileSync(`examples/${folder}/README.md`, 'utf8')).toContain(`\n${commands.get(folder)}\n`);
  });

  // Vite's servers of one project share what they keep in node_modules: one after the other.
  const isPage = ([folder]: readonly [string, unknown]): boolean =>
    commands.get(folder)?.includes('npx vite ') ?? false;
  test.each(Object.entries(checks).filter(isPage))('%s runs', (_, check) => check());
  test.concurrent.each(Object.entries(checks).filter((entry) => !isPage(entry)))('%s runs', (_, check) =>
    check(),
  );
});

describe('a missing variable of the environment is told in one sentence', { timeout: 180_000 }, () => {
  test.each([
    [{ VITE_PUSHER_CLUSTER: 'us2' }, 'VITE_PUSHER_KEY is not set: '],
    [{ VITE_PUSHER_KEY: 'a1b2c3' }, 'VITE_PUSHER_CLUSTER is not set: '],
  ])('%o', async (environment, sentence) => {
    const example = new ExampleProcess([...argumentsOf('npm run demo'), '--terminal'], environment, project);
    const { code, output, errors } = await example.end();
    expect(code).toBe(1);
    expect(output + errors).toContain(sentence);
    expect(output + errors).not.toMatch(/^ +at /m);
  });
});
