import { join } from 'node:path';
import { type Browser, chromium } from 'playwright';
import { ensureChromium } from '../../.ci/chromium.mjs';
import { PageServer } from '../../test/kills/page-server';
import { Child } from '../child';
import { contestants } from './contestants';
import { esbuild } from './esbuild';
import { able, type Figure, type Part, turns } from './turns';

const cells = [
  { bytes: 200, count: 50_000, warmUp: 15_000 },
  { bytes: 8_000, count: 5_000, warmUp: 1_500 },
] as const;

/** The packages that a page gets from outside. */
const modules: Readonly<Record<string, string>> = {
  'socket.io': 'socket.io-client',
  centrifuge: 'centrifuge',
  ably: 'ably',
  phoenix: 'phoenix',
  supabase: '@supabase/realtime-js',
};

/** What a message costs the main thread of a browser. */
export const pagePart: Part = {
  about: "CPU of Chromium's main thread for each message that comes in on one channel",
  async measure(extent) {
    const pages = await PageServer.open('bench/peers/page.ts');
    const browser = await chromium.launch({
      executablePath: ensureChromium(),
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
    try {
      const rows = [];
      for (const { bytes, count, warmUp } of cells) {
        const order = {
          bytes,
          count: Math.round(count * extent.size),
          warmUp: Math.round(warmUp * extent.size),
        };
        rows.push(
          await turns(`1 channel, ${bytes} B`, able(extent, 'page'), extent.rounds, (name) =>
            receive(browser, pages.url, name, order),
          ),
        );
      }
      return rows.flat();
    } finally {
      await browser.close();
      await pages.close();
    }
  },
};

/** A fresh page receives some messages to warm up, on a connection of its own, and then those that count. */
async function receive(
  browser: Browser,
  url: string,
  contestant: string,
  { bytes, count, warmUp }: { readonly bytes: number; readonly count: number; readonly warmUp: number },
): Promise<readonly Figure[]> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const servers: Child[] = [];
  try {
    await page.goto(url);
    await page.waitForFunction(() => 'peerBench' in window);
    const name = modules[contestant];
    if (name !== undefined) await page.addScriptTag({ content: await scriptOf(name) });
    const session = await context.newCDPSession(page);
    // CPU of the thread, not the clock's time: others use this machine as well.
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const spent = async (): Promise<{ readonly task: number; readonly script: number }> => {
      const { metrics } = await session.send('Performance.getMetrics');
      const metric = (wanted: string): number =>
        metrics.find((each) => each.name === wanted)?.value ?? Number.NaN;
      return { task: metric('TaskDuration'), script: metric('ScriptDuration') };
    };
    const flood = async (messages: number): Promise<void> => {
      const { wire } = contestants[contestant] ?? {};
      const server = new Child('server', { wire, flood: { channels: 1, bytes, count: messages } });
      servers.push(server);
      const port = await server.ask<number>('open');
      await page.evaluate((order) => window.peerBench.receive(order), { contestant, port, count: messages });
    };
    await flood(warmUp);
    const before = await spent();
    await flood(count);
    const after = await spent();
    return [
      { metric: 'main thread', unit: 'us', value: ((after.task - before.task) * 1e6) / count },
      { metric: 'script alone', unit: 'us', value: ((after.script - before.script) * 1e6) / count },
    ];
  } finally {
    await context.close();
    await Promise.all(servers.map((server) => server.end()));
  }
}

const scripts = new Map<string, string>();

/** A package as a script that puts it where the page looks for it. */
async function scriptOf(name: string): Promise<string> {
  const known = scripts.get(name);
  if (known !== undefined) return known;
  const { build } = await esbuild();
  const { outputFiles } = await build({
    stdin: {
      contents: `import * as all from '${name}'; Object.assign(window, { peerModules: { ...window.peerModules, '${name}': all } });`,
      resolveDir: join(process.cwd(), 'bench'),
      loader: 'ts',
    },
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    outfile: join(process.cwd(), 'out.js'),
    logLevel: 'error',
  });
  const script = outputFiles[0]?.text ?? '';
  scripts.set(name, script);
  return script;
}
