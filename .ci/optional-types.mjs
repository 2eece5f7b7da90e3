// Declarations that name the types of an optional peer would not compile for those who do not have it. With this line
// above the import they do; who has the peer gets its types.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** @type {{ peerDependencies: Record<string, string> }} */
const { peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const peers = Object.keys(peerDependencies).join('|');
const imports = new RegExp(`^import .* from '(?:${peers})(?:/[^']*)?';$`, 'gm');

for (const name of readdirSync('dist').filter((file) => /\.d\.c?ts$/.test(file))) {
  const path = `dist/${name}`;
  const text = readFileSync(path, 'utf8');
  const marked = text.replace(imports, '// @ts-ignore: an optional peer, which may be missing\n$&');
  if (marked !== text) writeFileSync(path, marked);
}
