import { defineConfig, type Options } from 'tsup';

/** Each public entry, and the line to add when there is one more. */
const entries: Record<string, string> = {
  index: 'src/index.ts',
  testing: 'src/testing/index.ts',
};

/** Loaded by those who have them: the platform's modules and the optional peers. */
const outside = [/^node:/, /^msw(?:\/|$)/, 'ws'];

/** Wraps esbuild's CommonJS output into UMD, which esbuild does not write itself: CommonJS, AMD, then the global. */
function umd(globals: Record<string, string>): NonNullable<Options['esbuildOptions']> {
  const ids = Object.keys(globals);
  const list = (text: (id: string, index: number) => string): string => ids.map(text).join(', ');
  return (options) => {
    options.banner = {
      js: [
        '(function (root, factory) {',
        `  if (typeof module === "object" && module.exports) module.exports = factory(${list((id) => `require(${JSON.stringify(id)})`)});`,
        `  else if (typeof define === "function" && define.amd) define(${JSON.stringify(ids)}, factory);`,
        `  else root.Surewire = factory(${list((id) => `root.${globals[id]}`)});`,
        `})(typeof globalThis !== "undefined" ? globalThis : self, function (${list((_, index) => `d${index}`)}) {`,
        'var module = { exports: {} }, exports = module.exports;',
        `var require = function (id) { return { ${list((id, index) => `${JSON.stringify(id)}: d${index}`)} }[id]; };`,
      ].join('\n'),
    };
    options.footer = { js: 'return module.exports;\n});' };
  };
}

/** A file for a script tag, with everything inside except what `globals` names. */
function script(name: string, globals: Record<string, string>): Options {
  const ids = Object.keys(globals);
  return {
    name,
    entry: { [name]: 'src/index.ts' },
    format: 'cjs',
    platform: 'browser',
    target: 'es2020',
    splitting: false,
    dts: false,
    sourcemap: true,
    minify: true,
    // `noExternal` wins over `external`, so it must not match what stays outside.
    noExternal: [ids.length === 0 ? /.*/ : new RegExp(`^(?!(?:${ids.join('|')})$)`)],
    outExtension: () => ({ js: '.js' }),
    esbuildOptions: umd(globals),
  };
}

export default defineConfig([
  {
    name: 'package',
    entry: entries,
    format: ['esm', 'cjs'],
    platform: 'neutral',
    target: 'es2022',
    // In CommonJS too: without it every entry has classes of its own, and `instanceof` fails between them.
    splitting: true,
    dts: true,
    sourcemap: true,
    external: outside,
    removeNodeProtocol: false,
  },
  script('surewire.umd', {}),
  script('surewire.slim.umd', { 'pusher-js': 'Pusher' }),
]);
