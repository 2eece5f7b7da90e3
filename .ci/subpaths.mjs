// Writes a small folder for each entry of the package, for those whose resolvers do not read `exports`: TypeScript with
// `moduleResolution: node`, Metro before 0.82, Jest 27, webpack 4. Made by the build, and not in git.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** @type {{ name: string, exports: Record<string, { import: { default: string }, require: { types: string, default: string } }> }} */
const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entries = Object.entries(exports).filter(([path]) => path !== '.' && !path.endsWith('.json'));

for (const [path] of entries) rmSync(join(root, path), { recursive: true, force: true });
for (const [path, { import: module, require: main }] of entries) {
  const folder = join(root, path);
  const up = (/** @type {string} */ file) => posix.relative(posix.normalize(path), posix.normalize(file));
  const manifest = {
    name: posix.join(name, path),
    private: true,
    sideEffects: false,
    main: up(main.default),
    module: up(module.default),
    types: up(main.types),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}
