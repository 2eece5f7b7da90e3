import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));
const registry = 'surewireSpecModules';
const entry = '\0entry';

/** Code of another repository as one module, which is run: `modules` stand in the place of what it imports by these names. */
export async function bundled(code: string, modules: Readonly<Record<string, unknown>>): Promise<unknown> {
  Object.assign(globalThis, { [registry]: modules });
  const plugin: Plugin = {
    name: 'specs',
    resolveId: (id) => {
      if (id === entry) return id;
      return Object.hasOwn(modules, id) ? `\0module:${id}` : null;
    },
    load: (id) => {
      if (id === entry) return code;
      if (!id.startsWith('\0module:')) return null;
      const name = JSON.stringify(id.slice('\0module:'.length));
      return { code: `module.exports = globalThis.${registry}[${name}];`, moduleType: 'js' };
    },
  };
  // Inside the repository, so that packages are found.
  const outDir = mkdtempSync(join(root, 'node_modules/.specs-'));
  try {
    await build({
      root,
      configFile: false,
      logLevel: 'error',
      plugins: [plugin],
      build: {
        ssr: true,
        outDir,
        copyPublicDir: false,
        minify: false,
        rolldownOptions: { input: entry, output: { entryFileNames: 'specs.mjs' } },
      },
    });
    return await import(pathToFileURL(join(outDir, 'specs.mjs')).href);
  } finally {
    rmSync(outDir, { recursive: true });
  }
}
