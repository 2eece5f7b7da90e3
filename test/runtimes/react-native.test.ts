// React Native's bundler and its engine, without a device: `platform.js` says what stands in for the rest of it.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { installProject } from '../setup/installed-package';

const execute = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'surewire-react-native-'));
const systems: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'linux64-bin',
  darwin: 'osx-bin',
  win32: 'win64-bin',
};
const system = systems[process.platform] ?? '';
const [engine, compiler] = [
  join(folder, 'node_modules/hermes-engine-cli', system, 'hermes'),
  join(folder, 'node_modules/hermes-compiler/hermesc', system, 'hermesc'),
];

beforeAll(async () => {
  await installProject(folder, [
    inject('tarball'),
    'abort-controller@3.0.0',
    'metro@0.84.6',
    'metro-config@0.84.6',
    '@react-native/babel-preset@0.88.1',
    '@react-native/metro-babel-transformer@0.88.1',
    // The oldest engine that still runs outside of a device, and the compiler of today's.
    'hermes-engine-cli@0.12.0',
    'hermes-compiler@260318099.0.8',
  ]);
  cpSync('test/runtimes/react-native', folder, { recursive: true });
  await execute(process.execPath, ['build.js'], { cwd: folder });
}, 600_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('bundled by Metro, a client in Hermes listens and publishes, before a cut and after it, over both links', async () => {
  const { stdout } = await execute(engine, ['-w', '-Xmicrotask-queue', '-O', 'bundle.js'], {
    cwd: folder,
    timeout: 60_000,
  });
  const well = {
    levels: ['accepted', 'accepted'],
    heard: ['before', 'after'],
    errors: [],
    state: 'connected',
    reconnects: 1,
  };
  expect(JSON.parse(stdout)).toEqual([well, well]);
});

it("is bytecode for today's Hermes", async () => {
  await execute(compiler, ['-w', '-O', '-emit-binary', '-out', 'bundle.hbc', 'bundle.js'], { cwd: folder });
  expect(existsSync(join(folder, 'bundle.hbc'))).toBe(true);
});
