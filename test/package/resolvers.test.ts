import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const surewire = join(inject('withPeers'), 'node_modules/surewire');
const require = createRequire(join(inject('withPeers'), 'package.json'));
const entries = Object.entries(manifest.exports).flatMap(([path, ways]) =>
  path === '.' || typeof ways === 'string' ? [] : [[path, ways] as const],
);

it.each(entries)('%s is found by those who do not read `exports`, and is the same file', (path, ways) => {
  const folder = join(surewire, path);
  const { main, module, types } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
    'main' | 'module' | 'types',
    string
  >;
  expect(join(folder, main)).toBe(join(surewire, ways.require.default));
  expect(join(folder, module)).toBe(join(surewire, ways.import.default));
  expect(join(folder, types)).toBe(join(surewire, ways.require.types));
  // By the path of the folder, Node too goes by `main`.
  expect(require(folder)).toBe(require(`surewire${path.slice(1)}`));
  readFileSync(join(folder, types));
  readFileSync(join(folder, module));
});
