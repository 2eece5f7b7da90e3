// Runs the specs of another repository through surewire/pusher, from a checkout that somebody names.
import { spawnSync } from 'node:child_process';

const [name = '', path] = process.argv.slice(2);
if (path === undefined) {
  console.error(`Name a checkout: npm run test:${name}-specs -- PATH`);
  process.exit(2);
}
const specs = `test/specs/${name === 'pusher' ? 'pusher-js' : name}.`;
// A shell, because what npm installs is a script on Windows.
const { status } = spawnSync(`vitest run --project specs ${specs}`, {
  stdio: 'inherit',
  shell: true,
  env: { ...process.env, SPECS_PATH: path },
});
process.exitCode = status ?? 1;
