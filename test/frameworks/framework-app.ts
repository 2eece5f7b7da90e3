import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

type Environment = Readonly<Record<string, string>>;

const repository = fileURLToPath(new URL('../../', import.meta.url));

/** An application of somebody else's framework, in a folder with packages of its own and surewire as it would be published. */
export class FrameworkApp {
  readonly #folder: string;
  #server: ChildProcess | undefined;
  /** What the server wrote so far. */
  output = '';

  /** `name` is that of a folder beside this file. */
  constructor(name: string) {
    this.#folder = fileURLToPath(new URL(name, import.meta.url));
  }

  /** Installs what is locked, unless it is there, and the packed library. */
  install(): void {
    if (!existsSync(join(repository, 'dist/index.js'))) {
      throw new Error('There is no dist to pack: run `npm run build:dist` first.');
    }
    const lock = createHash('sha256')
      .update(readFileSync(join(this.#folder, 'package-lock.json')))
      .digest('hex');
    const stamp = join(this.#folder, 'node_modules/.complete');
    const quiet = '--no-audit --no-fund --loglevel=error --ignore-scripts';
    if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
      this.run(`npm ci --include=optional ${quiet}`);
      writeFileSync(stamp, lock);
    }
    const packed = mkdtempSync(join(tmpdir(), 'surewire-packed-'));
    try {
      this.run(
        `npm pack --ignore-scripts --pack-destination ${JSON.stringify(packed)} ${JSON.stringify(repository)}`,
      );
      const [tarball = ''] = readdirSync(packed);
      this.run(
        `npm install --no-save --no-package-lock --prefer-offline ${quiet} ${JSON.stringify(join(packed, tarball))}`,
      );
    } finally {
      rmSync(packed, { recursive: true, force: true });
    }
  }

  /** Runs a command of the application to its end, and returns what it wrote. */
  run(command: string, environment: Environment = {}): string {
    const { status, stdout, stderr } = spawnSync(command, {
      cwd: this.#folder,
      env: surroundings(environment),
      shell: true,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${command} failed\n${stdout}\n${stderr}`);
    return stdout + stderr;
  }

  /** Starts the application's server with Node and these arguments; resolves when `url` answers. */
  async start(args: readonly string[], url: string, environment: Environment): Promise<void> {
    const server = spawn(process.execPath, args, {
      cwd: this.#folder,
      env: surroundings(environment),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#server = server;
    for (const stream of [server.stdout, server.stderr]) {
      stream.on('data', (text) => {
        this.output += String(text);
      });
    }
    while (server.exitCode === null) {
      const answered = await fetch(url).then(
        () => true,
        () => false,
      );
      if (answered) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`The server ended with ${server.exitCode}:\n${this.output}`);
  }

  /** Ends the server. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined || server.exitCode !== null) return;
    const ended = new Promise((resolve) => server.once('close', resolve));
    server.kill();
    await ended;
  }
}

/** Our environment, without what tells tools that they run inside of a test. */
function surroundings(own: Environment): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(NODE_ENV|NODE_OPTIONS|TEST|VITEST.*|VITE_.*|DEV|PROD|SSR|MODE|BASE_URL)$/.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    NUXT_TELEMETRY_DISABLED: '1',
    NO_COLOR: '1',
    ...own,
  };
}
