import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

/** What an example's process said, and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
  /** How long it ran, in milliseconds. */
  readonly took: number;
}

/** An example that runs on its own, as a user would start it. */
export class ExampleProcess {
  readonly #child: ChildProcess;
  readonly #started = performance.now();
  readonly #ended: Promise<Ended>;
  #output = '';
  #errors = '';

  /** Runs Node with `args` in `folder`. `environment` is added to ours, without what would point the demo elsewhere. */
  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}, folder = '.') {
    if (!existsSync('dist/index.js')) {
      throw new Error('The examples use what is built: run `npm run build:dist` first.');
    }
    const own = Object.entries(process.env).filter(([name]) => !/PUSHER_|^NODE_OPTIONS$|^VITEST/.test(name));
    this.#child = spawn(process.execPath, args, {
      cwd: folder,
      env: { ...Object.fromEntries(own), NO_COLOR: '1', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (text) => {
      this.#output += text;
    });
    this.#child.stderr?.on('data', (text) => {
      this.#errors += text;
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => {
        const took = performance.now() - this.#started;
        resolve({ code, signal, output: this.#output, errors: this.#errors, took });
      });
    });
  }

  /** Resolves when the process is over. */
  end(): Promise<Ended> {
    return this.#ended;
  }

  /** Resolves with the match once the output has one; rejects when the process ends without it. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) return match;
      const more = new Promise<undefined>((resolve) => {
        this.#child.stdout?.once('data', () => resolve(undefined));
      });
      const ended = await Promise.race([more, this.#ended]);
      if (ended !== undefined && !pattern.test(this.#output)) {
        throw new Error(
          `It ended (${ended.code}) without saying ${pattern}:\n${ended.output}\n${ended.errors}`,
        );
      }
    }
  }

  /** Asks it to stop, as Ctrl-C does. */
  interrupt(signal: NodeJS.Signals = 'SIGINT'): void {
    this.#child.kill(signal);
  }

  /** Makes sure that it is gone. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
