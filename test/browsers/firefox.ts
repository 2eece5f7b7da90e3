import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bidi } from './bidi';
import { descendants } from './descendants';
import { end, firstWords } from './first-words';
import type { LiveBrowser, LivePage } from './live-browser';

const preferences = {
  'app.update.disabledForTesting': true,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'browser.tabs.crashReporting.sendReport': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  // A process that waits for a tab could not be told from that of a tab.
  'dom.ipc.processPrelaunch.enabled': false,
};

interface Evaluated {
  readonly result?: { readonly value?: string };
  readonly exceptionDetails?: { readonly text: string };
}

/** Firefox as it is installed, without a window. */
export async function startFirefox(executable: string, { inPrivate = false } = {}): Promise<LiveBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'surewire-firefox-'));
  const set = Object.entries({ ...preferences, 'browser.privatebrowsing.autostart': inPrivate });
  await writeFile(
    join(profile, 'user.js'),
    set.map((each) => `user_pref(${each.map((one) => JSON.stringify(one)).join(', ')});\n`).join(''),
  );
  const child = spawn(
    executable,
    ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0', 'about:blank'],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, MOZ_CRASHREPORTER_DISABLE: '1' } },
  );
  const address = await firstWords(child, child.stderr, /WebDriver BiDi listening on (ws:\/\/\S+)/);
  const bidi = await Bidi.connect(`${address}/session`);
  const { capabilities } = await bidi.send<{ capabilities: { browserVersion: string } }>('session.new', {
    capabilities: {},
  });
  return {
    name: `Firefox ${capabilities.browserVersion}`,
    open: () => openPage(bidi, () => descendants(child.pid, '-contentproc')),
    close: async () => {
      await bidi.send('browser.close').catch(() => {});
      bidi.close();
      await end(child);
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

async function openPage(bidi: Bidi, processes: () => readonly number[]): Promise<LivePage> {
  const { context } = await bidi.send<{ context: string }>('browsingContext.create', { type: 'tab' });
  let own: number | undefined;
  return {
    goTo: async (url) => {
      const before = processes();
      await bidi.send('browsingContext.navigate', { context, url, wait: 'complete' });
      own ??= processes().find((id) => !before.includes(id));
    },
    reload: () => bidi.send('browsingContext.reload', { context, wait: 'complete' }),
    back: () => bidi.send('browsingContext.traverseHistory', { context, delta: -1 }),
    evaluate: async <T>(expression: string) => {
      const { result, exceptionDetails } = await bidi.send<Evaluated>('script.evaluate', {
        expression: `Promise.resolve(${expression}).then((value) => JSON.stringify(value))`,
        target: { context },
        awaitPromise: true,
      });
      if (exceptionDetails !== undefined) throw new Error(`In the page: ${exceptionDetails.text}`);
      return (result?.value === undefined ? undefined : JSON.parse(result.value)) as T;
    },
    vanish: async () => {
      if (own === undefined) throw new Error('This page has no process of its own.');
      process.kill(own, 'SIGKILL');
    },
    close: () => bidi.send('browsingContext.close', { context }),
  };
}
