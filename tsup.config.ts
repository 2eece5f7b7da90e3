import { defineConfig, type Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

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

/** What a script makes of its exports: all of them under a name of our own, or one of them under its own. */
type GlobalName = 'Surewire' | 'Pusher';

/** Wraps esbuild's CommonJS output into UMD, which esbuild does not write itself: CommonJS, AMD, then the global. */
function umd(name: GlobalName, globals: Record<string, string>): NonNullable<Options['esbuildOptions']> {
  const ids = Object.keys(globals);
  const list = (text: (id: string, index: number) => string): string => ids.map(text).join(', ');
  return (options) => {
    options.banner = {
      js: [
        '(function (root, factory) {',
        `  if (typeof module === "object" && module.exports) module.exports = factory(${list((id) => `require(${JSON.stringify(id)})`)});`,
        `  else if (typeof define === "function" && define.amd) define(${JSON.stringify(ids)}, factory);`,
        `  else root.${name} = factory(${list((id) => `root.${globals[id]}`)});`,
        `})(typeof globalThis !== "undefined" ? globalThis : self, function (${list((_, index) => `d${index}`)}) {`,
        'var module = { exports: {} }, exports = module.exports;',
        `var require = function (id) { return { ${list((id, index) => `${JSON.stringify(id)}: d${index}`)} }[id]; };`,
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
    // `noExternal` wins over `external`, so it must not match what stays outside.
    noExternal: [ids.length === 0 ? /.*/ : new RegExp(`^(?!(?:${ids.join('|')})$)`)],
    outExtension: () => ({ js: '.js' }),
    esbuildOptions: umd(global, globals),
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
    esbuildPlugins: [oneCore],
    dts: true,
    sourcemap: true,
    external: outside,
    removeNodeProtocol: false,
  },
  script('surewire.umd', 'Surewire', 'src/umd/surewire.ts'),
  script('surewire.slim.umd', 'Surewire', 'src/umd/surewire.ts', { 'pusher-js': 'Pusher' }),
  script('surewire.pusher.umd', 'Pusher', 'src/umd/pusher.ts'),
]);
