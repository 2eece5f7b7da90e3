// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('.', import.meta.url));
const guide = readFileSync(new URL('../../docs/guides/recipes.md', import.meta.url), 'utf8').replaceAll(
  '\r\n',
  '\n',
);

/** Code without its imports of files beside it, which the guide's text tells about. */
function withoutNeighbours(code: string): string {
  return code.replaceAll(/^import [^;]* from '\.\/[^']*';\n/gm, '').trim();
}

test('the code of the guide is the code that the tests of the recipes run', () => {
  const files = readdirSync(folder)
    .filter((name) => /\.tsx?$/.test(name) && !name.includes('.test.'))
    .map((name) => withoutNeighbours(readFileSync(`${folder}${name}`, 'utf8').replaceAll('\r\n', '\n')));
  const snippets = Array.from(guide.matchAll(/^```tsx?(?: .*)?\n([\s\S]*?)^```$/gm), ([, code = '']) =>
    withoutNeighbours(code),
  );
  expect(snippets.length).toBeGreaterThan(8);
  expect(snippets.filter((snippet) => !files.includes(snippet))).toEqual([]);
});
