// Bundles a measurement with the sources as they are now, and runs it: `node bench/run.mjs faults --help`.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const [name = '', ...values] = process.argv.slice(2);
// Inside node_modules, so that what is not bundled is found; one folder a run, so that runs do not meet.
const folder = join(root, 'node_modules', '.cache', `surewire-bench-${process.pid}`);

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

const measurement = spawn(process.execPath, [join(folder, 'measure.mjs'), ...values], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => measurement.kill(signal));
measurement.on('exit', (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
