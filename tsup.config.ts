import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { defineConfig, type Options } from 'tsup';
import { licences, licencesFile } from './.ci/licences';
import manifest from './package.json' with { type: 'json' };

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

const pusherVersion = manifest.dependencies['pusher-js'];

/** Each public entry, and the line to add when there is one more. */
const entries: Record<string, string> = {
  index: 'src/index.ts',
  react: 'src/react/index.ts',
  vue: 'src/vue/index.ts',
  redux: 'src/redux/index.ts',
  legacy: 'src/legacy/index.ts',
  'legacy-react': 'src/legacy/react.ts',
  toolbox: 'src/toolbox/index.ts',
  pusher: 'src/pusher/index.ts',
  testing: 'src/testing/index.ts',
};

/** Loaded by those who have them: the platform's modules and the optional peers. */
const outside = [/^node:/, /^msw(?:\/|$)/, 'ws'];

/**
 * An entry knows of the rest of the library only `../index`; that stays an import, so that there is one class of each
 * name per format and `instanceof` holds between entries. (tsup's splitting would do it too, but rewrites the CommonJS
 * code with a second compiler.)
 */
const oneCore: Plugin = {
  name: 'one-core',
  setup(build) {
    const path = build.initialOptions.format === 'cjs' ? './index.cjs' : './index.js';
    build.onResolve({ filter: /^\.\.\/index$/ }, () => ({ path, external: true }));
  },
};

/**
 * What is needed from the first dial on is a file of its own, which the index loads then. What both need is another, so that there is
 * one of each: `instanceof` holds, and nothing is downloaded twice. `protocolTransport` brings the first dial along, and is apart from
 * the index, so that bundlers do not put both into one file.
 */
const fewFiles: Plugin = {
  name: 'few-files',
  async setup(build) {
    const { format, absWorkingDir = process.cwd() } = build.initialOptions;
    const source = (path: string): string => resolve(absWorkingDir, 'src', path);
    const shared = source('shared');
    const apart = new Map(['first-dial', 'protocol-transport'].map((name) => [source(name), name]));
    const listed = [...(await readFile(`${shared}.ts`, 'utf8')).matchAll(/ from '(.*)'/g)];
    const isShared = new Set(listed.map(([, path = '']) => source(path)));
    build.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir, importer }) => {
      const target = resolve(resolveDir, path);
      // The entries themselves, and what is shared.
      if (importer === '' || importer === `${shared}.ts` || isShared.has(importer.slice(0, -3)))
        return undefined;
      const name = isShared.has(target) ? 'shared' : apart.get(target);
      if (!name) return undefined;
      return { path: `./${name}.${format === 'cjs' ? 'cjs' : 'js'}`, external: true };
    });
  },
};

/**
 * In CommonJS what the link loads later is required later: Jest runs CommonJS where there is no `import()`. Not so in the testing
 * kit, whose `node:http` and `ws` a bundler for pages must not look for.
 */
const lateRequire: Plugin = {
  name: 'late-require',
  setup(build) {
    if (build.initialOptions.format !== 'cjs') return;
    build.onLoad({ filter: /[\\/](?:pusher-module|client)\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replace(
        /(?<!typeof )\bimport\(('[^']+')\)/g,
        'Promise.resolve().then(() => require($1))',
      );
      if (contents === source) throw new Error(`${path} has no import() that could be replaced.`);
      return { contents, loader: 'ts' };
    });
  },
};

/** Who has the slim file has no import to put right: the sentence about a missing Pusher says what a page can do. */
const slimAdvice: Plugin = {
  name: 'slim-advice',
  setup(build) {
    build.onLoad({ filter: /[\\/]link[\\/]pusher-module\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replace(
        'The module pusher-js has no Pusher class in it. Import the class yourself and pass it as the option `Pusher`.',
        `There is no \`Pusher\` on this page. Put <script src="https://js.pusher.com/${pusherVersion}/pusher.min.js"></script> before surewire.slim.umd.js, or load surewire.umd.js alone, which has it inside.`,
      );
      if (contents === source) throw new Error(`${path} has no sentence about a missing Pusher class.`);
      return { contents, loader: 'ts' };
    });
  },
};

/** What a file for a script tag begins with: whose it is, and where the notices of what is inside are. */
function notice(name: string): string {
  const { version, license, homepage } = manifest;
  return `/*! surewire ${version} (${name}.js) | ${license} | ${homepage} | Licences of what is bundled: ${licencesFile} */`;
}

/** What a script makes of its exports: all of them under a name of our own, or one of them under its own. */
type GlobalName = 'Surewire' | 'Pusher';

/** Wraps esbuild's CommonJS output into UMD, which esbuild does not write itself: CommonJS, AMD, then the global. */
function umd(
  name: GlobalName,
  globals: Record<string, string>,
  notice: string,
): NonNullable<Options['esbuildOptions']> {
  const ids = Object.keys(globals);
  const page = 'typeof globalThis !== "undefined" ? globalThis : self';
  const list = (text: (id: string, index: number) => string): string => ids.map(text).join(', ');
  return (options) => {
    options.banner = {
      js: [
        notice,
        '(function (root, factory) {',
        `  if (typeof module === "object" && module.exports) module.exports = factory(${list((id) => `require(${JSON.stringify(id)})`)});`,
        `  else if (typeof define === "function" && define.amd) define(${JSON.stringify(ids)}, factory);`,
        `  else root.${name} = factory(${list((id) => `root.${globals[id]}`)});`,
        `})(${page}, function (${list((_, index) => `d${index}`)}) {`,
        'var module = { exports: {} }, exports = module.exports;',
        // Looked for again when it is wanted: scripts with `async` come in any order.
        `var require = function (id) { var page = ${page}; return { ${list((id, index) => `${JSON.stringify(id)}: d${index} || page.${globals[id]}`)} }[id]; };`,
      ].join('\n'),
    };
    // `import('pusher-js')` as a `require`, which the wrapper answers.
    options.supported = { 'dynamic-import': false };
    options.footer = { js: `return module.exports${name === 'Surewire' ? '' : `.${name}`};\n});` };
  };
}

/** A file for a script tag, with everything inside except what `globals` names. */
function script(
  name: string,
  global: GlobalName,
  entry: string,
  globals: Record<string, string> = {},
): Options {
  const ids = Object.keys(globals);
  return {
    name,
    entry: { [name]: entry },
    format: 'cjs',
    platform: 'browser',
    target: 'es2022',
    splitting: false,
    dts: false,
    sourcemap: true,
    minify: true,
    esbuildPlugins: [licences, ...(ids.length === 0 ? [] : [slimAdvice])],
    // `noExternal` wins over `external`, so it must not match what stays outside.
    noExternal: [ids.length === 0 ? /.*/ : new RegExp(`^(?!(?:${ids.join('|')})$)`)],
    outExtension: () => ({ js: '.js' }),
    esbuildOptions: umd(global, globals, notice(name)),
  };
}

export default defineConfig([
  {
    name: 'package',
    entry: entries,
    format: ['esm', 'cjs'],
    platform: 'neutral',
    target: 'es2022',
    splitting: false,
    esbuildPlugins: [oneCore, fewFiles, lateRequire, licences],
    // What a value does for the client is no part of what applications see of it.
    dts: { compilerOptions: { stripInternal: true } },
    sourcemap: true,
    external: outside,
    removeNodeProtocol: false,
  },
  {
    name: 'first-dial',
    entry: Object.fromEntries(
      ['first-dial', 'protocol-transport', 'shared'].map((name) => [name, `src/${name}.ts`]),
    ),
    format: ['esm', 'cjs'],
    platform: 'neutral',
    target: 'es2022',
    splitting: false,
    esbuildPlugins: [fewFiles, lateRequire, licences],
    dts: false,
    sourcemap: true,
  },
  script('surewire.umd', 'Surewire', 'src/umd/surewire.ts'),
  script('surewire.slim.umd', 'Surewire', 'src/umd/surewire.ts', { 'pusher-js': 'Pusher' }),
  script('surewire.pusher.umd', 'Pusher', 'src/umd/pusher.ts'),
]);
