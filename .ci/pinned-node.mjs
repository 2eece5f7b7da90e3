// `node_modules/.bin/node`, the Node that npm scripts run on, after `npm ci`. npm 10, which comes with Node 20 and 22, takes it away
// together with those of other platforms; and where the binary cannot run (glibc's with musl), the machine's own Node is the better one.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { whenStarted } from './when-started.mjs';

/** @param {string} file */
function isThere(file) {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

/**
 * Puts the pinned Node first on the path of npm scripts where it can run, and out of it where it cannot.
 * @param {string} modules the folder `node_modules`
 * @param {string} platform
 * @param {string} arch
 */
export function placePinnedNode(modules, platform = process.platform, arch = process.arch) {
  const onWindows = platform === 'win32';
  const name = `node-${onWindows ? 'win' : platform}-${arch}`;
  const binary = join(modules, name, 'bin', onWindows ? 'node.exe' : 'node');
  const bin = join(modules, '.bin');
  const [link, command] = [join(bin, 'node'), join(bin, 'node.cmd')];
  if (!existsSync(binary) || !existsSync(bin)) return;
  if (spawnSync(binary, ['--version']).status !== 0) {
    for (const file of [link, command, join(bin, 'node.ps1')]) rmSync(file, { force: true });
  } else if (onWindows) {
    if (!isThere(command)) writeFileSync(command, `@"%~dp0\\..\\${name}\\bin\\node.exe" %*\r\n`);
  } else if (!isThere(link)) symlinkSync(`../${name}/bin/node`, link);
}

whenStarted(import.meta.url, () => placePinnedNode('node_modules'));
