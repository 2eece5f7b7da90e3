import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { soketiNode, soketiProgram } from '../../.ci/soketi.mjs';
import { freePorts } from '../setup/free-ports';

/** One app in soketi's configuration; the rest of its settings are soketi's own defaults. */
export interface SoketiApp {
  readonly id: string;
  readonly key: string;
  readonly secret: string;
  readonly enabled?: boolean;
  readonly enableClientMessages?: boolean;
  readonly enableUserAuthentication?: boolean;
  readonly maxConnections?: number;
  readonly maxClientEventsPerSecond?: number;
}

/** A soketi as its users run it: a process of its own, on a port that stays the same when it is killed and started again. */
export class Soketi {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly #folder: string;
  #child: ChildProcess | undefined;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
  }

  /**
   * Resolves once it takes connections. `signInWithin` is how many milliseconds users have to sign in where an app asks that of them;
   * soketi's own 30 s, unless somebody waits for what happens then.
   */
  static async start(apps: readonly SoketiApp[], { signInWithin = 30_000 } = {}): Promise<Soketi> {
    const [main, metrics, cluster] = (await freePorts(3)) as [number, number, number];
    const folder = mkdtempSync(join(tmpdir(), 'surewire-soketi-'));
    const soketi = new Soketi(main, folder);
    const settings = {
      host: soketi.host,
      port: main,
      'metrics.host': soketi.host,
      'metrics.port': metrics,
      // It looks for others of its kind, by broadcasts, whether it is to join them or not.
      'cluster.port': cluster,
      'cluster.hostname': soketi.host,
      'cluster.unicast': [soketi.host],
      'appManager.array.apps': apps,
      userAuthenticationTimeout: signInWithin,
      shutdownGracePeriod: 1_000,
    };
    writeFileSync(join(folder, 'soketi.json'), JSON.stringify(settings));
    await soketi.restart();
    return soketi;
  }

  /** Starts it again after `kill()`. */
  async restart(): Promise<void> {
    const own = Object.entries(process.env).filter(([name]) => !/^SOKETI_|^NODE_OPTIONS$/.test(name));
    // It ends with us, however we end: our end of its input closes then.
    const endWithParent = 'data:text/javascript,process.stdin.resume().on("end",()=>process.exit()).unref()';
    const child = spawn(
      soketiNode,
      ['--import', endWithParent, soketiProgram, 'start', `--config=${join(this.#folder, 'soketi.json')}`],
      // In its own folder: it reads `.env` where it is started.
      { cwd: this.#folder, env: Object.fromEntries(own), stdio: ['pipe', 'pipe', 'pipe'] },
    );
    this.#child = child;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (text) => {
          said += text;
          if (said.includes('Server is up and running')) resolve();
        });
      }
      child.on('error', reject);
      child.on('exit', (code, signal) => reject(new Error(`soketi ended (${code ?? signal}):\n${said}`)));
    });
  }

  /** Gone at once, as in a crash: no close frames, nothing said. Resolves when the process is over. */
  kill(): Promise<void> {
    return this.#signal('SIGKILL');
  }

  /** As a deployment does it: connections are closed with 4200, new ones too, for a second. Resolves when the process is over. */
  close(): Promise<void> {
    return this.#signal('SIGTERM');
  }

  /** Ends it, and leaves nothing on the disk. */
  async end(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #signal(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
}
