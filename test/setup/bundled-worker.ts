import { join } from 'node:path';
import { build } from 'vite';

/** Bundles a worker of the consumer at `root` into one file, `worker.js` in `folder`, which talks to the server at `port`. */
export async function bundleWorker(root: string, entry: string, folder: string, port: number): Promise<void> {
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    define: { PORT: String(port) },
    build: {
      outDir: folder,
      emptyOutDir: false,
      target: 'es2022',
      lib: { entry: join(root, entry), formats: ['es'], fileName: () => 'worker.js' },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  });
}
