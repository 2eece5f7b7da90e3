import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder outside the repository, in which `npm install surewire.tgz` and nothing else was run. */
    readonly consumer: string;
  }
}

function npm(cwd: string, ...args: string[]): void {
  // A shell, because npm is a script on Windows.
  const command = ['npm', ...args.map((arg) => JSON.stringify(arg))].join(' ');
  const { status, stdout, stderr } = spawnSync(command, { cwd, shell: true, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} failed\n${stdout}\n${stderr}`);
}

/** Packs what would be published and installs it in an empty project, once for all tests of the package. */
export default function setup(project: TestProject): () => void {
  if (!existsSync('dist/index.js'))
    throw new Error('There is no dist to pack: run `npm run build:dist` first.');
  const consumer = mkdtempSync(join(tmpdir(), 'surewire-consumer-'));
  npm(process.cwd(), 'pack', '--ignore-scripts', '--pack-destination', consumer);
  const tarball = readdirSync(consumer).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack left no tarball');
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ name: 'consumer', private: true }));
  npm(consumer, 'install', '--prefer-offline', '--no-audit', '--no-fund', `./${tarball}`);
  cpSync('test/package/consumer', consumer, { recursive: true });
  project.provide('consumer', consumer);
  return () => rmSync(consumer, { recursive: true, force: true });
}
