// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformAsync } from '@babel/core';
import { transform } from 'esbuild';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

function sourcesIn(folder: string): string[] {
  return readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?<!\.test|\.config)\.tsx?$/.test(name) && !name.includes('node_modules'))
    .map((name) => `${folder}/${name}`);
}

/** What the React Compiler compiled; throws for whatever it cannot, and would leave as it is in an application. */
async function compile(code: string, loader: 'ts' | 'tsx'): Promise<string[]> {
  const { code: plain } = await transform(code, { loader, jsx: 'automatic', target: 'esnext' });
  const compiled: string[] = [];
  const logEvent = (_: unknown, { kind, fnName }: { kind: string; fnName?: string }): void => {
    if (kind === 'CompileSuccess') compiled.push(fnName ?? '');
  };
  await transformAsync(plain, {
    filename: `${root}module.js`,
    configFile: false,
    babelrc: false,
    plugins: [['babel-plugin-react-compiler', { panicThreshold: 'all_errors', logger: { logEvent } }]],
  });
  return compiled;
}

async function compileAll(folder: string): Promise<string[]> {
  const found = await Promise.all(
    sourcesIn(folder).map((file) =>
      compile(readFileSync(root + file, 'utf8'), file.endsWith('x') ? 'tsx' : 'ts'),
    ),
  );
  return found.flat();
}

describe('the React Compiler', () => {
  test('compiles every hook', async () => {
    expect(await compileAll('src/react')).toEqual(
      expect.arrayContaining([
        'useChannel',
        'useEvent',
        'useEventReducer',
        'useGap',
        'useKept',
        'useLatest',
        'useNewest',
        'useOutbox',
        'usePresence',
        'usePublish',
        'useRealtime',
        'useStore',
      ]),
    );
  });

  test('compiles the components of an application that uses them', async () => {
    const compiled = await compileAll('examples/react-dashboard');
    expect(compiled.length).toBeGreaterThan(5);
  });

  test('refuses what it cannot compile, so that the above means something', async () => {
    const written =
      "import { useRef } from 'react'; export function useIt(x) { const r = useRef(); r.current = x; return r; }";
    await expect(compile(written, 'ts')).rejects.toThrow('Cannot access refs during render');
  });
});
