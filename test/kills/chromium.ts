import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { ensureChromium } from '../../.ci/chromium.mjs';
import { awaited, patience } from './awaited';
import { DevTools } from './dev-tools';

const switches = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-breakpad',
  '--disable-extensions',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // A process that waits for a tab could not be told from that of a tab.
  '--disable-features=SpareRendererForSitePerProcess',
  '--remote-debugging-port=0',
];

/** An empty tab. */
export interface EmptyTab {
  readonly target: string;
  /** The id of its process. */
  readonly process: number;
}

/** A Chromium of our own, with a profile that outlives it, and the ids of the processes behind its tabs. */
export class Chromium {
  readonly #child: ChildProcess;
  readonly devTools: DevTools;
  #opening: Promise<unknown> = Promise.resolve();

  private constructor(child: ChildProcess, devTools: DevTools) {
    this.#child = child;
    this.devTools = devTools;
  }

  static async start(profile: string): Promise<Chromium> {
    const child = spawn(ensureChromium(), [...switches, `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const devTools = await DevTools.connect(await awaited(addressOf(child), 'Chromium starts'));
    await devTools.send('Target.setDiscoverTargets', { discover: true });
    await ownTargetsRun(devTools);
    return new Chromium(child, devTools);
  }

  /** Opens an empty tab. It keeps its process at its first navigation. */
  open(): Promise<EmptyTab> {
    // One at a time: Chromium does not say which process belongs to which tab, but the one that is new is the new tab's.
    const opening = this.#opening.then(async () => {
      const before = new Set(await this.#renderers());
      const { targetId } = await this.devTools.send('Target.createTarget', { url: 'about:blank' });
      for (const since = performance.now(); performance.now() - since < patience; ) {
        const process = (await this.#renderers()).find((id) => !before.has(id));
        if (process !== undefined) return { target: String(targetId), process };
        // It is still being started.
        await wait(5);
      }
      throw new Error(`Chromium gave a new tab no process of its own; it has ${before.size} for others.`);
    });
    this.#opening = opening.catch(() => {});
    return opening;
  }

  /** Ends everything at once, as a crash of the whole browser does. Resolves when it is gone. */
  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await awaited(Promise.all([ended, this.devTools.closed]), 'Chromium, killed, is gone');
  }

  async #renderers(): Promise<number[]> {
    const { processInfo } = await this.devTools.send('SystemInfo.getProcessInfo');
    return (processInfo as { readonly type: string; readonly id: number }[])
      .filter(({ type }) => type === 'renderer')
      .map(({ id }) => id);
  }
}

/** Resolves once the processes of what Chromium opens by itself are there: one that comes later would be taken for a new tab's. */
async function ownTargetsRun(devTools: DevTools): Promise<void> {
  const { targetInfos } = await devTools.send('Target.getTargets');
  const answers = (targetInfos as { readonly targetId: string }[]).map(async ({ targetId }) => {
    const { sessionId } = await devTools.send('Target.attachToTarget', { targetId, flatten: true });
    await devTools.send('Runtime.evaluate', { expression: 'true' }, String(sessionId));
    await devTools.send('Target.detachFromTarget', { sessionId });
  });
  await awaited(Promise.all(answers), 'what Chromium opens by itself runs');
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (text) => {
      said += text;
      const [, address] = /DevTools listening on (ws:\S+)/.exec(said) ?? [];
      if (address !== undefined) resolve(address);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Chromium ended (${code}):\n${said}`)));
  });
}
