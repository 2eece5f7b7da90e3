import react from '@vitejs/plugin-react';
import { build } from 'vite';

/** The built page: its files by their path. */
export type PageFiles = ReadonlyMap<string, string | Uint8Array>;

/** Builds the page as an application is built, and keeps it in memory. */
export async function buildPage(): Promise<PageFiles> {
  const built = await build({
    root: import.meta.dirname,
    configFile: false,
    plugins: [react()],
    // Nothing of the environment becomes `import.meta.env`: there may be a secret in it, and the page would carry it.
    envPrefix: 'SUREWIRE_DEMO_',
    envDir: false,
    logLevel: 'warn',
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      chunkSizeWarningLimit: 4_000,
      // How long a slow machine builds is no fault of the page.
      rolldownOptions: { checks: { bundlerTimings: false } },
    },
  });
  const files = new Map<string, string | Uint8Array>();
  for (const result of [built].flat()) {
    if (!('output' in result)) continue;
    for (const file of result.output)
      files.set(file.fileName, file.type === 'chunk' ? file.code : file.source);
  }
  return files;
}
