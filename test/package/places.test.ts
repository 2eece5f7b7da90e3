import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { installProject } from '../setup/installed-package';

const execute = promisify(execFile);
const dist = join(inject('consumer'), 'node_modules/surewire/dist');
const folder = mkdtempSync(join(tmpdir(), 'surewire-places-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('every file can be evaluated where there is nothing but the language', async () => {
  const args = ['--experimental-vm-modules', '--no-warnings', 'bare.mjs'];
  const { stdout } = await execute(process.execPath, args, { cwd: inject('consumer') });
  const files = readdirSync(dist).filter((file) => /\.c?js$/.test(file));
  expect(files.length).toBeGreaterThan(15);
  expect(JSON.parse(stdout)).toEqual(Object.fromEntries(files.map((file) => [file, 'evaluated'])));
});

describe.each([
  ['29.7.0', 'node_modules/jest/bin/jest.js'],
  ['30.5.2', 'node_modules/jest/bin/jest.js'],
])('a project with Jest %s', (version, jest) => {
  const project = join(folder, `jest-${version}`);
  const packages = [inject('tarball'), `jest@${version}`, `jest-environment-jsdom@${version}`, 'ws@8'];

  beforeAll(async () => {
    await installProject(project, packages);
    cpSync('test/package/jest', project, { recursive: true });
  }, 300_000);

  it.each(['node', 'jsdom'])('tests with the kit in the environment %s', async (environment) => {
    const args = [jest, '--ci', '--env', environment, '--json', '--silent'];
    const { stdout } = await execute(process.execPath, args, { cwd: project }).catch(
      // Jest says in its report what failed, and that is what one wants to read.
      (error: { readonly stdout: string }) => error,
    );
    const report = JSON.parse(stdout) as {
      readonly numPassedTests: number;
      readonly testResults: readonly { readonly message: string }[];
    };
    expect(report.testResults.map(({ message }) => message)).toEqual(['']);
    expect(report.numPassedTests).toBe(6);
  });
});
