// Compiles the code blocks that run in their page: each behind a `<div class="live">` of a guide.
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { build, transform } from 'esbuild';

const landing = 'docs/site/index.md';

/** The code blocks of a document that run. @param {string} text @returns {string[]} */
export function examplesIn(text) {
  return [...text.matchAll(/<div class="live"[^>]*><\/div>\s*```ts\n([\s\S]*?)^```$/gm)].map(
    ([, code = '']) => code,
  );
}

/** TypeScript with imports, as the source of a function that gets its modules. @param {string} code */
async function asFunction(code) {
  const { code: script } = await transform(code, { loader: 'ts', target: 'es2022', format: 'esm' });
  const body = script.replaceAll(
    /^import \{([^}]*)\} from ("[^"]+");$/gm,
    (_, names, module) => `const {${names.replaceAll(' as ', ': ')}} = modules[${module}];`,
  );
  return `async (modules, console) => {\n${body}\n}`;
}

/** The name of a document's page, as its address has it. @param {string} path @returns {string} */
export function pageOf(path) {
  if (path === landing) return 'index';
  const title = /^title: (.*)$/m.exec(readFileSync(path, 'utf8'))?.[1] ?? basename(path, '.md');
  return title.replaceAll(/[^\w.-]/g, '_');
}

/** Writes `live/live.js` into the site. @param {string} site @param {readonly string[]} guides */
export async function bundleExamples(site, guides) {
  const pages = await Promise.all(
    [landing, ...guides].map(async (path) => {
      const functions = await Promise.all(examplesIn(readFileSync(path, 'utf8')).map(asFunction));
      return `${JSON.stringify(pageOf(path))}: [${functions.join(',\n')}]`;
    }),
  );
  await build({
    stdin: {
      contents: `import { mount } from './docs/site/live';\nconst pages = {\n${pages.join(',\n')}\n};\nexport const mountPage = (page) => mount(pages[page] ?? []);`,
      resolveDir: resolve('.'),
    },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    // Nothing of these is loaded where the server is in memory.
    external: ['pusher-js', 'msw', 'msw/*', 'ws', 'node:*'],
    outfile: `${site}/live/live.js`,
  });
}
