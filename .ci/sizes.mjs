// What an application downloads, per set of imports: gzip of an esbuild bundle of the built package for es2022, without pusher-js.
// Prints the table and holds it. Five more checks keep it honest: each value grows the bundle (or it had been in it before), the
// listening bundle has no source file that is not on the list, the list has none that is not in the bundle, what is loaded at the first
// dial is not loaded before, and three bundlers agree.
// The README names some of the figures; `npm run size -- --readme` writes them there.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';
import { rollup } from 'rollup';
import webpack from 'webpack';

/** @type {{ sets: { name: string, from: string, imports: string, limit: number, goal?: number, without?: string[] }[], files: { path: string, limit: number }[], values: string[], listening: string[] }} */
const table = JSON.parse(readFileSync(new URL('./sizes.json', import.meta.url), 'utf8'));
const target = 'es2022';
const outside = ['pusher-js', 'react', 'vue', 'redux', 'msw', 'ws'];
/** A source file with fewer bytes of the bundle than this is not worth a line. */
const worthALine = 100;
/** Two bundlers differ by their wrappers; by more than this share they shake differently. */
const tolerance = 0.05;
/** kB: a bundle differs by some bytes from one machine to the next, and so may the last digit of a figure. */
const rounding = 0.15;

/** @type {string[]} */
const faults = [];
let readme = readFileSync('README.md', 'utf8');

/** Holds the README to a figure that it names. @param {string} name @param {number} size kB */
function compareWithReadme(name, size) {
  const measured = `| ${name} | ${size.toFixed(1)} kB |`;
  const known = readme.split('\n').find((line) => line.startsWith(`| ${name} | `));
  if (known === undefined) return;
  const named = Number(/([\d.]+) kB \|$/.exec(known)?.[1]);
  if (Math.abs(named - size) <= rounding) return;
  if (process.argv.includes('--readme')) readme = readme.replace(known, measured);
  else faults.push(`README.md has "${known}" where "${measured}" is measured: npm run size -- --readme.`);
}

/** @param {Uint8Array | string} code @returns {number} kB */
const gzipped = (code) => gzipSync(code, { level: 9 }).length / 1000;

/** @param {string} imports @param {string} from @returns {string} */
const page = (imports, from) =>
  imports === '*'
    ? `import * as all from '${from}';\nglobalThis.kept = all;`
    : `import { ${imports} } from '${from}';\nglobalThis.kept = [${imports}];`;

/** Leaves files of the package out: the core that the application has anyway, or what is loaded later. @param {string[]} files */
const leavingOut = (files) => ({
  name: 'leaving-out',
  /** @param {import('esbuild').PluginBuild} b */
  setup(b) {
    b.onResolve({ filter: /^\.\// }, ({ path }) =>
      files.includes(path) ? { path, external: true } : undefined,
    );
  },
});

/** @param {string} code @param {string[]} without @param {import('esbuild').BuildOptions} more */
async function bundle(code, without = [], more = {}) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    format: 'esm',
    target,
    write: false,
    metafile: true,
    external: outside,
    plugins: [leavingOut(without)],
    ...more,
  });
  return { code: outputFiles[0].contents, metafile };
}

/** Where bundlers are compared, on our own code: what it imports stays outside. @param {string} code */
async function rolled(code) {
  const made = await rollup({
    input: 'page',
    external: (id) => id !== 'page' && !/^[./]/.test(id),
    plugins: [
      {
        name: 'page',
        resolveId: (id) =>
          id === 'page'
            ? id
            : id.startsWith('./')
              ? join(process.cwd(), id.startsWith('./dist/') ? id : `dist/${id}`)
              : null,
        load: (id) => (id === 'page' ? code : null),
      },
    ],
  });
  const { output } = await made.generate({ format: 'es', inlineDynamicImports: true });
  return minified(output[0].code);
}

/** The files that a page loads with itself, where it is split where we load late. @param {string} code */
async function loadedAtOnce(code) {
  const made = await rollup({
    input: 'page',
    external: (id) => id !== 'page' && !/^[./]/.test(id),
    // As the package says of itself.
    treeshake: { moduleSideEffects: false },
    plugins: [
      {
        name: 'page',
        resolveId: (id) => (id === 'page' ? id : null),
        load: (id) => (id === 'page' ? code.replaceAll('./dist/', `${process.cwd()}/dist/`) : null),
      },
    ],
  });
  const { output } = await made.generate({ format: 'es' });
  const [main] = output;
  const found = [main, ...output.filter(({ fileName }) => main.imports.includes(fileName))];
  return found.flatMap((chunk) => ('moduleIds' in chunk ? chunk.moduleIds : []));
}

/** @param {string} code */
async function packed(code) {
  const folder = mkdtempSync(join(tmpdir(), 'surewire-sizes-'));
  writeFileSync(join(folder, 'page.mjs'), code.replaceAll('./dist/', `${process.cwd()}/dist/`));
  await new Promise((resolve, reject) => {
    webpack(
      {
        mode: 'production',
        entry: join(folder, 'page.mjs'),
        output: {
          path: folder,
          filename: 'out.js',
          module: true,
          chunkFormat: 'module',
          library: { type: 'module' },
        },
        experiments: { outputModule: true },
        externalsType: 'module',
        externals: [
          ({ request }, done) => (/^[./]/.test(request) ? done() : done(null, `module ${request}`)),
        ],
        plugins: [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })],
      },
      (error, stats) =>
        error || stats?.hasErrors() ? reject(error ?? new Error(stats?.toString())) : resolve(undefined),
    );
  });
  return readFileSync(join(folder, 'out.js'), 'utf8');
}

/** @param {string} code */
async function minified(code) {
  return (await transform(code, { minify: true, format: 'esm', target })).code;
}

console.log(`${'an application that'.padEnd(64)}     kB  at most   goal`);
const core = './dist/index.js';
for (const {
  name,
  from,
  imports,
  limit,
  goal,
  without = from === core ? [] : ['./index.js'],
} of table.sets) {
  const { code } = await bundle(page(imports, from), without);
  const size = gzipped(code);
  const missed = goal !== undefined && size > goal ? '  (goal missed)' : '';
  console.log(
    `${name.padEnd(64)} ${size.toFixed(2).padStart(6)} ${limit.toFixed(1).padStart(8)} ${(goal?.toFixed(1) ?? '').padStart(6)}${missed}`,
  );
  compareWithReadme(name, size);
  if (size > limit) faults.push(`"${name}" has ${size.toFixed(2)} kB, ${limit} at most.`);
}
for (const { path, limit } of table.files) {
  const size = gzipped(readFileSync(path));
  console.log(`${path.padEnd(64)} ${size.toFixed(2).padStart(6)} ${limit.toFixed(1).padStart(8)}`);
  if (size > limit) faults.push(`${path} has ${size.toFixed(2)} kB, ${limit} at most.`);
}

const [listening] = table.sets;
const base = gzipped((await bundle(page(listening.imports, listening.from))).code);
for (const value of table.values) {
  const grown = gzipped((await bundle(page(`${listening.imports}, ${value}`, listening.from))).code);
  if (grown - base < 0.02)
    faults.push(`\`${value}\` adds nothing to a page that listens: it is in there before it is imported.`);
}

const { metafile } = await bundle(page(listening.imports, './src/index.ts'));
const inside = Object.entries(Object.values(metafile.outputs)[0].inputs)
  .filter(([path, { bytesInOutput }]) => path.startsWith('src/') && bytesInOutput >= worthALine)
  .map(([path]) => path);
for (const path of inside)
  if (!table.listening.includes(path))
    faults.push(`${path} is in the bundle of a page that listens, and not on the list in .ci/sizes.json.`);
for (const path of table.listening)
  if (!inside.includes(path))
    faults.push(`${path} is on the list in .ci/sizes.json, and not in the bundle of a page that listens.`);

const code = page(listening.imports, listening.from);
const own = {
  esbuild: gzipped((await bundle(code, [], { packages: 'external' })).code),
  Rollup: gzipped(await rolled(code)),
  webpack: gzipped(await packed(code)),
};
console.log(
  `\nour own code in a page that listens: ${Object.entries(own)
    .map(([name, size]) => `${name} ${size.toFixed(2)} kB`)
    .join(', ')}`,
);
for (const [name, size] of Object.entries(own)) {
  if (Math.abs(size - own.esbuild) / own.esbuild > tolerance)
    faults.push(`${name} and esbuild differ by more than 5 %.`);
}

if ((await loadedAtOnce(code)).some((path) => path.endsWith('/first-dial.js')))
  faults.push(
    'The code of the first dial is loaded with the page: something imports it other than by `import()`.',
  );

if (process.argv.includes('--readme')) writeFileSync('README.md', readme);
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
