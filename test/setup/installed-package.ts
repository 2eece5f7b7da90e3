import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder outside the repository, in which `npm install surewire.tgz` and nothing else was run. */
    readonly consumer: string;
    /** The same with the oldest peers that the manifest allows, and the types of React's. */
    readonly withPeers: string;
    /** What would be published. */
    readonly tarball: string;
    /** A folder with the compilers of `olderCompilers`, by their names there. */
    readonly compilers: string;
  }
}

/** The oldest that the ranges of our peers take; Redux 4.2 because 4.0 and 4.1 differ in nothing that we use. */
const oldest = [
  'react@18.0.0',
  'react-dom@18.0.0',
  '@types/react@18.3.27',
  '@types/react-dom@18.3.7',
  'vue@3.3.0',
  'redux@4.2.1',
];

/** The oldest TypeScript that the types are for, and the last 5, which many applications begin with; newer ones are ours. */
const olderCompilers = ['typescript-5.4@npm:typescript@5.4.5', 'typescript-5.9@npm:typescript@5.9.3'];

async function npm(cwd: string, ...args: string[]): Promise<void> {
  // A shell, because npm is a script on Windows.
  const command = ['npm', ...args.map((arg) => JSON.stringify(arg))].join(' ');
  const child = spawn(command, { cwd, shell: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      output += String(text);
    });
  }
  const status = await new Promise((resolve) => child.on('close', resolve));
  if (status !== 0) throw new Error(`${command} failed\n${output}`);
}

/** Makes an empty project at `path` and installs `packages` in it. */
export async function installProject(path: string, packages: readonly string[]): Promise<void> {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'package.json'), JSON.stringify({ name: basename(path), private: true }));
  await npm(path, 'install', '--prefer-offline', '--no-audit', '--no-fund', ...packages);
}

/** Packs what would be published and installs it in two empty projects, once for all tests of the package. */
export default async function setup(project: TestProject): Promise<() => void> {
  if (!existsSync('dist/index.js'))
    throw new Error('There is no dist to pack: run `npm run build:dist` first.');
  const folder = mkdtempSync(join(tmpdir(), 'surewire-consumer-'));
  await npm(process.cwd(), 'pack', '--ignore-scripts', '--pack-destination', folder);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack left no tarball');
  const install = async (name: string, packages: readonly string[]): Promise<string> => {
    const path = join(folder, name);
    await installProject(path, packages);
    return path;
  };
  const consume = async (name: string, packages: readonly string[]): Promise<string> => {
    const path = await install(name, [join(folder, tarball), ...packages]);
    cpSync('test/package/consumer', path, { recursive: true });
    return path;
  };
  const [consumer, withPeers, compilers] = await Promise.all([
    consume('consumer', []),
    consume('with-peers', oldest),
    install('compilers', olderCompilers),
  ]);
  project.provide('consumer', consumer);
  project.provide('withPeers', withPeers);
  project.provide('tarball', join(folder, tarball));
  project.provide('compilers', compilers);
  return () => rmSync(folder, { recursive: true, force: true });
}
