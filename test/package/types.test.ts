import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';

const require = createRequire(import.meta.url);

/** From the oldest that the guides name to the newest, by the path of their script. */
const compilers = {
  'TypeScript 5.4': join(inject('compilers'), 'node_modules/typescript-5.4/bin/tsc'),
  'TypeScript 5.9': join(inject('compilers'), 'node_modules/typescript-5.9/bin/tsc'),
  'TypeScript 6': join(dirname(require.resolve('typescript/package.json')), 'bin/tsc6'),
  'TypeScript 7': join(dirname(require.resolve('@typescript/native/package.json')), 'bin/tsc'),
};

// No types but those that are imported, which TypeScript 6 has by default.
const strict = [
  '--noEmit',
  '--typeRoots',
  'none',
  '--strict',
  '--exactOptionalPropertyTypes',
  '--skipLibCheck',
  'false',
];
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
  'React and Redux under nodenext': [
    ...nodenext,
    '--jsx',
    'react-jsx',
    'react-page.tsx',
    'redux.mts',
    'described.tsx',
  ],
  'Vue under bundler': [...bundler, 'vue-page.ts', 'described-vue.ts'],
};

async function run(cwd: string, compiler: string, args: readonly string[]): Promise<unknown> {
  const child = spawn(process.execPath, [compiler, ...args], { cwd });
  let output = '';
  child.stdout.on('data', (text) => {
    output += String(text);
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  return { status, output };
}

function compile(cwd: string, compiler: string, args: readonly string[]): Promise<unknown> {
  return run(cwd, compiler, [...strict, ...page, ...args]);
}

describe.each(Object.entries(compilers))('%s, without skipLibCheck', { timeout: 300_000 }, (_, compiler) => {
  it.concurrent.each(Object.entries(bare))('and without peers, compiles %s', async (_program, args) => {
    expect(await compile(inject('consumer'), compiler, args)).toEqual({ status: 0, output: '' });
  });

  it.concurrent.each(Object.entries(withPeers))(
    'and with the oldest peers, compiles %s',
    async (_program, args) => {
      expect(await compile(inject('withPeers'), compiler, args)).toEqual({ status: 0, output: '' });
    },
  );

  it('builds a monorepo, one package of which exports channels, stores and hooks without naming a type', async () => {
    const application = join(inject('withPeers'), 'workspace/application');
    const args = ['--build', '--force', '--verbose'];
    expect(await run(application, compiler, args)).toMatchObject({ status: 0 });
  });
});
