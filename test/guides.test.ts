import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
import * as surewire from '../src/index';
import { RealtimeError } from '../src/index';
import * as testing from '../src/testing/index';
import { application, client, given, registration } from './guides/given';

const root = fileURLToPath(new URL('../', import.meta.url));
const require = createRequire(import.meta.url);
const compiler = join(dirname(require.resolve('@typescript/native/package.json')), 'bin/tsc');
// Inside the repository, so that packages are found, and where neither git nor Vitest looks.
const workshop = join(root, 'node_modules/.cache/guides');

interface Snippet {
  /** The document, as in `docs/guides/errors.md`. */
  readonly document: string;
  /** The line of the document that its first line is on, counted from one. */
  readonly line: number;
  readonly code: string;
  /** Of the file that it is compiled as: `tsx` may hold elements. */
  readonly extension: string;
}

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

const bindings = ['docs/guides/react.md', 'docs/guides/vue.md'];
const skills = ['surewire', 'surewire-migrate', 'surewire-debug'].map((name) => `skills/${name}/SKILL.md`);
const documents = ['README.md', 'docs/site/index.md', ...markdownIn('docs/guides'), ...skills];

function read(document: string): string {
  return readFileSync(join(root, document), 'utf8').replaceAll('\r\n', '\n');
}

function snippetsOf(document: string): Snippet[] {
  const text = read(document);
  const fences = text.matchAll(/^```(tsx?)\n([\s\S]*?)^```$/gm);
  return Array.from(fences, ({ 1: extension = 'ts', 2: code = '', index }) => ({
    document,
    line: text.slice(0, index).split('\n').length + 1,
    code,
    extension,
  }));
}

const snippets = documents.flatMap(snippetsOf);

/** What a client is put together from; a snippet that shows an option alone does not import it again. */
const everywhere = [
  'RealtimeClient',
  'backendAuth',
  'batches',
  'durable',
  'indexedDbStorage',
  'publishing',
  'sharedToken',
  'userEndpoint',
];

/** What the text before a snippet has imported, except what the snippet imports itself. */
function importedBefore(document: string, own: string): string {
  const modules = Object.entries({
    ...given[document]?.imports,
    surewire: [...new Set([...everywhere, ...(given[document]?.imports?.['surewire'] ?? [])])],
  });
  return modules
    .map(([name, exports]) => {
      const others = exports.filter((each) => !new RegExp(`\\b${each.replace('type ', '')}\\b`).test(own));
      const [first] = others;
      if (first?.startsWith('default ')) return `import ${first.slice('default '.length)} from '${name}';`;
      return `import { ${others.join(', ')} } from '${name}';`;
    })
    .join('\n');
}

/** A module for the compiler, and what to add to its lines for those of the document. */
function moduleOf({ document, line, code }: Snippet): { readonly text: string; readonly offset: number } {
  const statement = /^import [\s\S]*?;.*$/gm;
  const imports = [...code.matchAll(statement)].map(([text]) => text).join('\n');
  const rest = code
    .replaceAll(statement, (text) => text.replaceAll(/[^\n]/g, ''))
    .replaceAll(/^export (?=const|function|interface)/gm, '');
  // What a guide shows of the client's options has no object around it.
  const isOption = /^\s*\w+: /.test(rest);
  const isDeclaration = /^declare module /m.test(rest);
  const opening = isOption
    ? 'export const options: Partial<surewire.RealtimeClientOptions> = {'
    : 'export async function snippet() {';
  const head = [
    "import * as surewire from 'surewire';",
    importedBefore(document, imports),
    imports,
    application,
    given[document]?.code ?? client,
    // A scope of its own: a snippet may give a name to something else than the text before it.
    isDeclaration ? '' : opening,
  ].join('\n');
  return {
    text: `${head}\n${rest}\n${isDeclaration ? '' : '}'}\n`,
    offset: line - head.split('\n').length - 1,
  };
}

/** What the compiler has against these snippets, with the lines of the documents; `beside` is one more module of the program. */
async function complaints(name: string, chosen: readonly Snippet[], beside?: string): Promise<string[]> {
  const folder = join(workshop, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const modules = chosen.map(moduleOf);
  const files = chosen.map(({ extension }, index) => `${index}.${extension}`);
  for (const [index, file] of files.entries()) writeFileSync(join(folder, file), modules[index]?.text ?? '');
  if (beside !== undefined) {
    files.push('beside.ts');
    writeFileSync(join(folder, 'beside.ts'), beside);
  }
  const configuration = {
    extends: join(root, 'test/tsconfig.json'),
    compilerOptions: {
      noEmit: true,
      // Everybody writes `import.meta.env.VITE_…`.
      noPropertyAccessFromIndexSignature: false,
      rootDir: root,
    },
    files,
    include: [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(configuration));
  const child = spawn(process.execPath, [compiler, '-p', folder, '--pretty', 'false']);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const found = [...output.matchAll(/^\S*?(\d+)\.tsx?\((\d+),\d+\): (error .*)$/gm)].map(
    ([, file, line, message]) => {
      const index = Number(file);
      return `${chosen[index]?.document}:${Number(line) + (modules[index]?.offset ?? 0)}: ${message}`;
    },
  );
  // Whatever is wrong outside the snippets must not pass for success.
  return status === 0 || found.length > 0 ? found : [output];
}

/** What `.ci/sizes.mjs` measures and holds. */
interface SizeTable {
  readonly sets: readonly { readonly name: string; readonly limit: number }[];
  readonly files: readonly { readonly path: string; readonly limit: number }[];
}

/** Runs a snippet that needs nothing but the library and its testing kit; gives back the lines that it writes to the console. */
async function printedBy({ code }: Snippet): Promise<string[]> {
  const { code: script } = await transform(code, { loader: 'ts', target: 'es2022', format: 'esm' });
  const body = script.replaceAll(
    /^import \{([^}]*)\} from ("[^"]+");$/gm,
    (_, names: string, module: string) => `const {${names.replaceAll(' as ', ': ')}} = modules[${module}];`,
  );
  const lines: string[] = [];
  const log = (...parts: unknown[]): void =>
    void lines.push(parts.map((part) => (typeof part === 'string' ? part : inspect(part))).join(' '));
  const clients: surewire.RealtimeClient<surewire.UntypedChannels>[] = [];
  class WatchedClient extends surewire.RealtimeClient<surewire.UntypedChannels> {
    constructor(options: surewire.RealtimeClientOptions<surewire.UntypedChannels>) {
      super(options);
      clients.push(this);
    }
  }
  const modules = { surewire: { ...surewire, RealtimeClient: WatchedClient }, 'surewire/testing': testing };
  const run = new Function('modules', 'console', `return (async () => {${body}})();`) as (
    ...given: unknown[]
  ) => Promise<void>;
  await run(modules, { log });
  for (const client of clients) client.destroy();
  return lines;
}

describe('README and guides', () => {
  it('show code that compiles', { timeout: 180_000 }, async () => {
    expect(snippets.length).toBeGreaterThan(documents.length);
    const registering = ({ code }: Snippet): boolean => code.includes('declare module');
    const found = await Promise.all([
      complaints(
        'plain',
        snippets.filter((snippet) => !registering(snippet)),
      ),
      // A registration is for a whole program.
      complaints('registered', snippets.filter(registering)),
      // As in an application that has registered its channels, which is what the guides to the bindings advise.
      complaints(
        'bindings',
        snippets.filter((snippet) => bindings.includes(snippet.document) && !registering(snippet)),
        registration,
      ),
    ]);
    expect(found.flat()).toEqual([]);
  });

  it('name the sizes that `npm run size` holds', () => {
    const { sets, files } = JSON.parse(read('.ci/sizes.json')) as SizeTable;
    const limits = new Map([
      ...sets.map(({ name, limit }) => [name, limit] as const),
      ...files.map(({ path, limit }) => [path, limit] as const),
    ]);
    const section = /^## Size\n([\s\S]*?)^## /m.exec(read('README.md'))?.[1] ?? '';
    const rows = Array.from(section.matchAll(/^\| (.*?) \| ([\d.]+) kB \|$/gm), ([, name = '', size]) => ({
      name: name.replaceAll('`', ''),
      size: Number(size),
    }));
    expect(rows.length).toBeGreaterThan(4);
    expect(rows.filter(({ name, size }) => !(size <= (limits.get(name) ?? 0)))).toEqual([]);
  });

  it('print what they say they print', { timeout: 60_000 }, async () => {
    const telling = snippets.filter(({ code }) => /\/\/ prints /.test(code));
    expect(telling.length).toBeGreaterThan(3);
    for (const snippet of telling) {
      const promised = Array.from(snippet.code.matchAll(/\/\/ prints (.*)$/gm), ([, line]) => line);
      expect(await printedBy(snippet), `${snippet.document}:${snippet.line}`).toEqual(promised);
    }
  });

  it('explain every code of an error under its own anchor', () => {
    const union = /export type RealtimeErrorCode =([\s\S]*?);/.exec(read('src/errors.ts'))?.[1] ?? '';
    const codes = Array.from(union.matchAll(/'([a-z-]+)'/g), ([, code]) => code);
    const guide = read('docs/guides/errors.md');
    expect(codes).toContain('missing-feature');
    expect(codes.filter((code) => !guide.includes(`<a id="${code}"></a>`))).toEqual([]);
    expect(new RealtimeError('timeout', 'Too late.').help).toBe(
      'https://surewire.github.io/surewire/documents/Errors.html#timeout',
    );
  });

  it('name in the skills only what can be imported or called', async () => {
    const entries: readonly object[] = [
      surewire,
      testing,
      await import('../src/legacy/index'),
      await import('../src/pusher/index'),
    ];
    const known = new Set([
      ...entries.flatMap((entry) => Object.keys(entry)),
      ...Object.getOwnPropertyNames(surewire.RealtimeClient.prototype),
      ...['get', 'subscribe'], // of a store
      ...Object.getOwnPropertyNames(Object.getPrototypeOf(testing.createTestServer())),
    ]);
    const unknown = skills.flatMap((skill) => {
      const prose = read(skill).replaceAll(/^```[\s\S]*?^```$/gm, '');
      const called = [...prose.matchAll(/`(?:client\.|server\.)?([a-zA-Z]+)\(/g)].map(
        ([, name = '']) => name,
      );
      expect(called.length + prose.length).toBeGreaterThan(500);
      return called.filter((name) => !known.has(name) && name !== 'stop').map((name) => `${skill}: ${name}`);
    });
    expect(unknown).toEqual([]);
  });

  it('stand in a group, and once in the reading order', () => {
    const order = JSON.parse(read('docs/site/order.json')) as Record<string, readonly string[]>;
    const misplaced = markdownIn('docs/guides').filter((path) => {
      const group = /^group: (.*)$/m.exec(read(path))?.[1] ?? '';
      return !order[group]?.includes(basename(path, '.md'));
    });
    expect(misplaced).toEqual([]);
  });

  it.each(['README.md', 'docs/site/index.md'])('are all linked from %s', (document) => {
    const text = read(document);
    expect(markdownIn('docs/guides').filter((path) => !text.includes(`guides/${basename(path)}`))).toEqual(
      [],
    );
  });

  it('link only to files and headings that are there', () => {
    const dead = [...documents, ...markdownIn('docs/design')].flatMap((document) => {
      const links = prose(document).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)#?([^)\s]*)\)/g);
      return Array.from(links)
        .filter(([, path = '', heading = '']) => {
          const target = path === '' ? document : join(dirname(document), path);
          if (!existsSync(join(root, target))) return true;
          return heading !== '' && target.endsWith('.md') && !headingsOf(target).includes(heading);
        })
        .map(([link]) => `${document} -> ${link}`);
    });
    expect(dead).toEqual([]);
  });
});

/** A document without its code. */
function prose(document: string): string {
  return read(document).replaceAll(/^```[\s\S]*?^```$/gm, '');
}

/** What the headings of a document are called in links to it. */
function headingsOf(document: string): string[] {
  return Array.from(prose(document).matchAll(/^#+ (.*)$/gm), ([, words = '']) =>
    words
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\-_ ]/gu, '')
      .replaceAll(' ', '-'),
  );
}
