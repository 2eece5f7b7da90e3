import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { programsBelow } from './setup/programs-below';

interface SourceFile {
  /** Relative to src, as in `core/outbox.ts`. */
  readonly path: string;
  readonly code: string;
  readonly lines: number;
  readonly imports: readonly string[];
}

const root = new URL('../src/', import.meta.url);
const files: SourceFile[] = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') || path.endsWith('.tsx'))
  .map((path) => {
    const text = readFileSync(new URL(path, root), 'utf8');
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
    // `import … from 'x'`, `export … from 'x'`, `import 'x'`, `import('x')`; a message that quotes an import is none.
    const statement = /(?:^(?:import|export|\}).* from |^import |\bimport\(\s*)'([^'\n]+)'/gm;
    // pusher-js's types are part of what `surewire/pusher` promises, and leave nothing in its code.
    const kept = path === 'pusher/types.ts' ? '' : code;
    const imports = [...kept.matchAll(statement)].map((match) => match[1] ?? '');
    return { path, code, lines: text.split('\n').length - 1, imports: imports.filter((id) => id !== '') };
  });

const faces = ['react', 'vue', 'redux', 'legacy', 'pusher', 'toolbox', 'testing'];
/** They do not know each other; `parts` joins them. */
const wings = ['link', 'channels', 'outbox', 'backend'];
/** What everything stands on. */
const ground = ['ground', 'contract', 'support'];

/** The floor a file lives on: a folder, or `client`, `index`, or `ground` for the files that all stand on. */
function floorOf(path: string): string {
  const [first = ''] = path.split('/');
  if (path.includes('/')) return first;
  if (path === 'index.ts' || path === 'index') return 'index';
  return /^(client|client-connection|options|first-dial|protocol-transport)(\.ts)?$/.test(path)
    ? 'client'
    : 'ground';
}

/** Which floors a floor may look down on, itself included. */
const below: Record<string, readonly string[]> = {
  ground,
  contract: ground,
  support: ground,
  ...Object.fromEntries(wings.map((name) => [name, [name, ...ground]])),
  parts: ['parts', ...wings, ...ground],
  client: ['client', 'parts', ...wings, ...ground],
  index: ['client', 'parts', ...wings, ...ground],
  ...Object.fromEntries(faces.map((name) => [name, [name, 'index']])),
  umd: ['index', 'legacy', 'pusher'],
};

const relativeImports = files.flatMap(({ path, imports }) =>
  imports
    .filter((id) => id.startsWith('.'))
    .map((id) => ({ path, target: posix.join(posix.dirname(path), id) })),
);

describe('the house', () => {
  it('has no file outside the floors we know', () => {
    expect(files.map(({ path }) => path).filter((path) => below[floorOf(path)] === undefined)).toEqual([]);
  });

  it('is read: imports are found in it', () => {
    expect(relativeImports.length).toBeGreaterThan(files.length);
  });

  it('has imports that point down only', () => {
    const wrong = relativeImports.filter(
      ({ path, target }) => !below[floorOf(path)]?.includes(floorOf(target)),
    );
    expect(wrong).toEqual([]);
  });

  it.each(Object.keys(manifest.dependencies))('knows %s in exactly one file', (name) => {
    const importers = files.filter(({ imports }) =>
      imports.some((id) => id === name || id.startsWith(`${name}/`)),
    );
    expect(importers.map(({ path }) => path)).toHaveLength(1);
  });

  it('imports no package that its users would not have', () => {
    const known = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];
    const wrong = files
      .filter(({ path }) => !path.startsWith('testing/'))
      .flatMap(({ path, imports }) => imports.filter((id) => !id.startsWith('.')).map((id) => ({ path, id })))
      .filter(
        ({ id }) =>
          !known.includes(
            id
              .split('/')
              .slice(0, id.startsWith('@') ? 2 : 1)
              .join('/'),
          ),
      );
    expect(wrong).toEqual([]);
  });

  it('touches the platform in a few files only, which say so by their names', () => {
    const platform =
      /\b(Date\.now|performance\.|setTimeout|setInterval|XMLHttpRequest|window\.|document\.|navigator\.|localStorage|globalThis|process\.)/;
    const found = files
      .filter(({ path }) => !faces.some((face) => path.startsWith(`${face}/`)))
      .filter(({ code }) => platform.test(code))
      .map(({ path }) => path);
    expect(found.sort()).toEqual([
      'backend/endpoint.ts',
      'link/lazy-connection.ts',
      'link/pusher-module.ts',
      'link/pusher.ts',
      'link/web-socket.ts',
      'options.ts',
      'outbox/indexed-db-storage.ts',
      'outbox/indexed-db.ts',
      'outbox/unload-guard.ts',
      'support/browser-network.ts',
      'support/message-id.ts',
      'support/system-clock.ts',
      'support/tabs.ts',
    ]);
  });

  it('has a client that imports no part: an application does', () => {
    const client = files.find(({ path }) => path === 'client.ts');
    expect(client?.imports.filter((id) => /^\.\/(parts|outbox|backend)\//.test(id))).toEqual([]);
  });

  it('has files that one can read: none of the core above 420 lines', () => {
    const long = files
      .filter(({ path }) => !faces.some((face) => path.startsWith(`${face}/`)))
      .filter(({ lines }) => lines > 420)
      .map(({ path, lines }) => `${path}: ${lines}`);
    expect(long).toEqual([]);
  });

  it('has tests that one can read: no file of them above 500 lines', () => {
    const repository = fileURLToPath(new URL('..', import.meta.url));
    const tests = programsBelow(repository, 'test');
    const long = tests
      .map((path) => ({ path, lines: readFileSync(join(repository, path), 'utf8').split('\n').length - 1 }))
      .filter(({ lines }) => lines > 500)
      .map(({ path, lines }) => `${path}: ${lines}`);
    expect(tests.length).toBeGreaterThan(100);
    expect(long).toEqual([]);
  });

  it('has a list of faults whose tests are there', () => {
    const faults = readFileSync(new URL('../docs/design/faults.md', import.meta.url), 'utf8');
    const named = new Set(
      [...faults.matchAll(/`(?:test\/)?([\w./-]+\.test\.tsx?)`/g)].map(([, path]) => path ?? ''),
    );
    expect(named.size).toBeGreaterThan(20);
    expect([...named].filter((path) => !existsSync(new URL(path, import.meta.url)))).toEqual([]);
  });
});
