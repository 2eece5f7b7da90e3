import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';

const consumer = inject('consumer');
const require = createRequire(import.meta.url);

/** Both compilers that applications use today, by the path of their script. */
const compilers = {
  'TypeScript 6': join(dirname(require.resolve('typescript/package.json')), 'bin/tsc6'),
  'TypeScript 7': join(dirname(require.resolve('@typescript/native/package.json')), 'bin/tsc'),
};

const strict = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false'];
const page = ['--target', 'es2022', '--lib', 'es2022,dom,dom.iterable'];

const programs = {
  'an ES module under nodenext': ['--module', 'nodenext', '--moduleResolution', 'nodenext', 'consumer.mts'],
  'a CommonJS module under nodenext': [
    '--module',
    'nodenext',
    '--moduleResolution',
    'nodenext',
    'consumer.cts',
  ],
  'channels that are registered once for all': [
    '--module',
    'nodenext',
    '--moduleResolution',
    'nodenext',
    'registered.mts',
  ],
  'a page under bundler': ['--module', 'preserve', '--moduleResolution', 'bundler', 'page.ts'],
};

describe.each(Object.entries(compilers))(
  '%s, without skipLibCheck, without msw, ws or the types of Node',
  (_, compiler) => {
    it.each(Object.entries(programs))('compiles %s', (_program, args) => {
      const { status, stdout } = spawnSync(process.execPath, [compiler, ...strict, ...page, ...args], {
        cwd: consumer,
        encoding: 'utf8',
      });
      expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    });
  },
);
