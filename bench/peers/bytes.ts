import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Row } from '../results';
import { surewireImports } from '../surewire-imports';
import { type EsbuildResult, esbuild } from './esbuild';
import type { Part } from './turns';

/** What applications import of the others, as their guides begin. */
export const otherImports: Readonly<Record<string, string>> = {
  raw: `import Pusher from 'pusher-js'; export const client = new Pusher('app-key', { cluster: 'us2' });`,
  'laravel-echo': `import Echo from 'laravel-echo'; import Pusher from 'pusher-js';
export const client = new Echo({ broadcaster: 'pusher', Pusher, key: 'app-key', cluster: 'us2' });`,
  'socket.io': `import { io } from 'socket.io-client'; export const client = io('https://example.org', { autoConnect: false });`,
  centrifuge: `import { Centrifuge } from 'centrifuge'; export const client = new Centrifuge('wss://example.org');`,
  ably: `import { Realtime } from 'ably'; export const client = new Realtime({ key: 'a.b:c', autoConnect: false });`,
  phoenix: `import { Socket } from 'phoenix'; export const client = new Socket('wss://example.org', { transport: globalThis.WebSocket });`,
  supabase: `import { RealtimeClient } from '@supabase/realtime-js';
export const client = new RealtimeClient('wss://example.org', { params: { apikey: 'key' } });`,
};

/** The size of what a browser downloads. */
export const bytesPart: Part = {
  about: 'gzip of a bundle (es2022, minified) for each set of imports, pusher-js included where it is used',
  async measure({ taking }) {
    const rows: Row[] = [];
    const sets = { ...otherImports, ...surewireImports };
    for (const [contestant, code] of Object.entries(sets)) {
      if (!taking.some((name) => contestant === name || contestant.startsWith(`${name},`))) continue;
      const row = { case: 'an application', contestant, unit: 'B' };
      const { all, first } = sizes(await bundle(code));
      rows.push({ ...row, metric: 'gzip', samples: [all] });
      rows.push({ ...row, metric: 'gzip before the first connect', samples: [first] });
    }
    return rows;
  },
};

async function bundle(code: string): Promise<EsbuildResult> {
  const root = process.cwd();
  const { build } = await esbuild();
  return build({
    stdin: { contents: code, resolveDir: join(root, 'bench'), loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    outdir: join(root, 'out'),
    metafile: true,
    alias: { surewire: join(root, 'src/index.ts') },
    logLevel: 'error',
  });
}

/** Everything, and what of it is loaded before anybody asks for more by `import()`. */
function sizes({ outputFiles, metafile }: EsbuildResult): { readonly all: number; readonly first: number } {
  const outputs = new Map(
    Object.entries(metafile?.outputs ?? {}).map(([path, about]) => [basename(path), about]),
  );
  const wanted = [...outputs].filter(([, { entryPoint }]) => entryPoint === '<stdin>').map(([name]) => name);
  // Grows while it is walked: what is imported imports more.
  const first = new Set(wanted);
  for (const name of first) {
    for (const { path, kind } of outputs.get(name)?.imports ?? []) {
      if (kind === 'import-statement') first.add(basename(path));
    }
  }
  const size = (files: EsbuildResult['outputFiles']): number =>
    files.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
  return { all: size(outputFiles), first: size(outputFiles.filter(({ path }) => first.has(basename(path)))) };
}
