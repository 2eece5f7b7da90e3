import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';

const require = createRequire(import.meta.url);

/** Both compilers that applications use today, by the path of their script. */
const compilers = {
  'TypeScript 6': join(dirname(require.resolve('typescript/package.json')), 'bin/tsc6'),
  'TypeScript 7': join(dirname(require.resolve('@typescript/native/package.json')), 'bin/tsc'),
};

const strict = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false'];
const page = ['--target', 'es2022', '--lib', 'es2022,dom,dom.iterable'];
const nodenext = ['--module', 'nodenext', '--moduleResolution', 'nodenext'];
const bundler = ['--module', 'preserve', '--moduleResolution', 'bundler'];

/** Without any peer, and without the types of Node. */
const bare = {
  'ES and CommonJS modules under nodenext': [...nodenext, 'consumer.mts', 'consumer.cts', 'entries.mts'],
  'a page, and channels that are registered once for all, under bundler': [
    ...bundler,
    'page.ts',
    'registered.mts',
  ],
};

/** One program each, because the declarations of Vue 3.3 and of React contradict each other. */
const withPeers = {
  'React and Redux under nodenext': [...nodenext, '--jsx', 'react-jsx', 'react-page.tsx', 'redux.mts'],
  'Vue under bundler': [...bundler, 'vue-page.ts'],
};

async function compile(cwd: string, compiler: string, args: readonly string[]): Promise<unknown> {
  const child = spawn(process.execPath, [compiler, ...strict, ...page, ...args], { cwd });
  let output = '';
  child.stdout.on('data', (text) => {
    output += String(text);
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  return { status, output };
}

describe.each(Object.entries(compilers))('%s, without skipLibCheck', (_, compiler) => {
  it.concurrent.each(Object.entries(bare))('and without peers, compiles %s', async (_program, args) => {
    expect(await compile(inject('consumer'), compiler, args)).toEqual({ status: 0, output: '' });
  });

  it.concurrent.each(Object.entries(withPeers))(
    'and with the oldest peers, compiles %s',
    async (_program, args) => {
      expect(await compile(inject('withPeers'), compiler, args)).toEqual({ status: 0, output: '' });
    },
  );
});
