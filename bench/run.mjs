// Bundles a measurement with the sources as they are now, and runs it: `npm run bench -- peers --help`.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
/** What can be run; without a name it is what needs nothing but the project's own packages. */
const measurements = ['inbound', 'peers', 'cliffs', 'fleet', 'faults', 'outbox', 'guide'];
const own = 'raw again;surewire;surewire, same socket;bare;bare, same socket';

const [first = 'inbound', ...others] = process.argv.slice(2);
const [asked, values] = first.startsWith('--') ? ['inbound', [first, ...others]] : [first, others];
if (!measurements.includes(asked)) {
  console.error(`There is no "${asked}": ${measurements.join(', ')}.`);
  process.exit(2);
}
const [name, parameters] =
  asked === 'inbound'
    ? ['peers', ['--part', 'inbound,heap', '--contestants', own, ...values]]
    : [asked, values];
// Where the benchmark's own packages are found, and the project's behind them, but not among them: they may be installed meanwhile. One
// folder a run, so that runs do not meet.
const folder = join(root, 'bench', '.cache', `run-${process.pid}`);

// What installs things is a program as well: inside the bundle it would believe that it was started.
/** @type {import('vite').Plugin} */
const installers = {
  name: 'installers-stay-outside',
  enforce: 'pre',
  resolveId(source, importer) {
    if (importer === undefined || !/\/\.ci\/[\w-]+\.mjs$/.test(source)) return undefined;
    return { id: pathToFileURL(resolve(dirname(importer), source)).href, external: 'absolute' };
  },
};

await build({
  root,
  configFile: false,
  logLevel: 'warn',
  plugins: [installers],
  build: {
    ssr: join(root, 'bench', `${name}.ts`),
    outDir: folder,
    emptyOutDir: false,
    copyPublicDir: false,
    target: 'es2022',
    minify: false,
    rolldownOptions: { output: { entryFileNames: 'measure.mjs' } },
  },
});

const measurement = spawn(process.execPath, ['--expose-gc', join(folder, 'measure.mjs'), ...parameters], {
  cwd: root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => measurement.kill(signal));
measurement.on('exit', (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
