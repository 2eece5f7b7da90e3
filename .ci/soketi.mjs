// Puts soketi in place, a Pusher-protocol server that we did not write, for the tests against it. It brings its own Node:
// its WebSockets are a native module that is built for Node up to 20.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../test/interop/soketi/', import.meta.url));
const stamp = `${folder}node_modules/.complete`;

/** The Node that soketi runs on. */
export const soketiNode = `${folder}node_modules/.bin/node`;

/** soketi itself. */
export const soketiProgram = `${folder}node_modules/@soketi/soketi/bin/server.js`;

/**
 * Why soketi cannot run on this machine, in one sentence; undefined where it can.
 * @returns {string | undefined}
 */
export function withoutSoketi() {
  const { platform, arch, report } = process;
  report.excludeNetwork = true; // or it asks for the names of all peers
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (report.getReport());
  const musl = platform === 'linux' && header.glibcVersionRuntime === undefined;
  if (platform === 'linux' && (arch === 'x64' || arch === 'arm64') && !musl) return undefined;
  return `soketi is left out on ${platform} ${arch}${musl ? ' with musl' : ''}: the Node 20 that its WebSockets need is installed for Linux with glibc on x64 and arm64 only.`;
}

/** What the lock file says now; another one means to install anew. */
function locked() {
  return createHash('sha256')
    .update(readFileSync(`${folder}package-lock.json`))
    .digest('hex');
}

/** Installs soketi unless it is there. Throws one sentence when that cannot be done. */
export function ensureSoketi() {
  const reason = withoutSoketi();
  if (reason !== undefined) throw new Error(reason);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === locked()) return;
  console.error('Installing soketi for the tests against it, once.');
  const command = ['ci', '--prefix', JSON.stringify(folder), '--no-audit', '--no-fund', '--loglevel=error'];
  // Its own optional dependencies are the Node it runs on, whatever the outer npm was told to leave out.
  const { status } = spawnSync(['npm', ...command, '--include=optional'].join(' '), {
    stdio: ['ignore', 2, 2],
    shell: true,
  });
  const { stdout } = spawnSync(soketiNode, ['--version'], { encoding: 'utf8' });
  if (status !== 0 || !stdout?.startsWith('v20.')) {
    throw new Error(
      'The tests against soketi need it installed, and that failed here: run `npm ci --prefix test/interop/soketi` to see why, and then the command again.',
    );
  }
  writeFileSync(stamp, locked());
}
