// @vitest-environment node
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('.', import.meta.url));
const guide = readFileSync(new URL('../../docs/guides/recipes.md', import.meta.url), 'utf8').replaceAll(
  '\r\n',
  '\n',
);

/** The files of an application that is built with somebody else's framework. */
const ofFramework = /^(?:app\/|nuxt\.config)/;

/** Code without its imports of files beside it, which the guide's text tells about. */
function withoutNeighbours(code: string): string {
  return code.replaceAll(/^import [^;]* from '\.\/[^']*';\n/gm, '').trim();
}

function read(path: string): string {
  return readFileSync(`${folder}${path}`, 'utf8').replaceAll('\r\n', '\n');
}

test('the code of the guide is the code that the tests of the recipes run', () => {
  const files = readdirSync(folder)
    .filter((name) => /\.tsx?$/.test(name) && !name.includes('.test.'))
    .map((name) => withoutNeighbours(read(name)));
  const blocks = Array.from(guide.matchAll(/^```tsx?(?: (\S+\.tsx?))?\n([\s\S]*?)^```$/gm));
  const snippets = blocks
    .filter(([, name = '']) => !ofFramework.test(name))
    .map(([, , code = '']) => withoutNeighbours(code));
  expect(snippets.length).toBeGreaterThan(8);
  expect(snippets.filter((snippet) => !files.includes(snippet))).toEqual([]);
});

test('the code for frameworks that render on a server is in the applications that are built with them', () => {
  const blocks = Array.from(guide.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm));
  const snippets = blocks.filter(([, name = '']) => ofFramework.test(name));
  const applications = ['next', 'nuxt'];
  const names = snippets.map(([, name = '']) => name);
  expect(names).toEqual([
    'app/realtime.tsx',
    'app/layout.tsx',
    'app/generation.tsx',
    'app/plugins/realtime.ts',
    'nuxt.config.ts',
    'app/app.vue',
  ]);
  const others = snippets.filter(([, name = '', code = '']) => {
    const paths = applications.map((application) => `../frameworks/${application}/${name}`);
    // Of the configuration the guide shows what is about surewire.
    const lines = code.split('\n');
    const texts = paths
      .filter((path) => existsSync(`${folder}${path}`))
      .map((path) => read(path).split('\n'));
    return !texts.some((text) => lines.every((line) => text.includes(line)));
  });
  expect(others).toEqual([]);
});

test('the code of the guide about grey bubbles is the code that is run', () => {
  const text = readFileSync(new URL('../../docs/guides/grey-bubbles.md', import.meta.url), 'utf8');
  const snippets = Array.from(text.replaceAll('\r\n', '\n').matchAll(/^```tsx? (\S+)\n([\s\S]*?)^```$/gm));
  const names = snippets.map(([, name = '']) => name);
  expect(names).toEqual(['chat.ts', 'grey-bubbles-react.tsx', 'grey-bubbles-vue.ts']);
  for (const [, name = '', code = ''] of snippets) expect(read(name)).toBe(code);
});
