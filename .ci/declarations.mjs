// Makes the declarations in dist compile for people who have less than we do, without skipLibCheck.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** @type {{ peerDependencies: Record<string, string> }} */
const { peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const peers = Object.keys(peerDependencies).join('|');
const peerImports = new RegExp(`^import .* from '(?:${peers})(?:/[^']*)?';$`, 'gm');

for (const name of readdirSync('dist').filter((file) => /\.d\.c?ts$/.test(file))) {
  const path = `dist/${name}`;
  const text = readFileSync(path, 'utf8');
  // Without the peer its types are `any`, with it they are there; nobody gets an error.
  let marked = text.replace(peerImports, '// @ts-ignore: an optional peer, which may be missing\n$&');
  // Newer than the `lib` of most applications, and part of every TypeScript since 5.2.
  if (text.includes('Symbol.dispose')) marked = `/// <reference lib="esnext.disposable" />\n${marked}`;
  if (marked !== text) writeFileSync(path, marked);
}
