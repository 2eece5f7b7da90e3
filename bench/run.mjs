// Bundles a measurement with the sources as they are now, and runs it: `npm run bench -- peers --help`.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const measurements = ['inbound', 'peers', 'cliffs', 'fleet', 'faults', 'outbox', 'guide'];
/** These compare with packages that the project itself does not have. */
const foreign = ['peers'];

const [first = 'inbound', ...others] = process.argv.slice(2);
const [name, values] = first.startsWith('--') ? ['inbound', [first, ...others]] : [first, others];
if (!measurements.includes(name)) {
  console.error(`There is no "${name}": ${measurements.join(', ')}.`);
  process.exit(2);
}
const own = join(root, 'bench', 'node_modules');
if (foreign.includes(name) && !existsSync(own)) {
  console.error('Installing the packages that surewire is compared with, once.');
  const command = ['ci', '--prefix', join(root, 'bench'), '--no-audit', '--no-fund', '--loglevel=error'];
  if (spawnSync('npm', command, { stdio: ['ignore', 2, 2] }).status !== 0) {
    console.error(
      'They could not be installed: run `npm ci --prefix bench` to see why, and then the command again.',
    );
    process.exit(2);
  }
}
// Inside node_modules, so that what is not bundled is found; one folder a run, so that runs do not meet.
const place = existsSync(own) ? own : join(root, 'node_modules');
const folder = join(place, '.cache', `surewire-bench-${process.pid}`);

await build({
  root,
  configFile: false,
  logLevel: 'warn',
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

const measurement = spawn(process.execPath, ['--expose-gc', join(folder, 'measure.mjs'), ...values], {
  cwd: root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => measurement.kill(signal));
measurement.on('exit', (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
