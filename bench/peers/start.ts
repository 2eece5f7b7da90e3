import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { surewireImports } from '../surewire-imports';
import { otherImports } from './bytes';
import { esbuild } from './esbuild';
import { type Part, turns } from './turns';

/** What a fresh process takes to have a client. */
export const startPart: Part = {
  about: 'importing a library and making a client, in a fresh Node process',
  async measure({ taking, rounds }) {
    const root = process.cwd();
    const folder = join(root, 'bench', 'node_modules', '.cache', `start-${process.pid}`);
    mkdirSync(folder, { recursive: true });
    try {
      const listening = Object.entries(surewireImports).slice(0, 1);
      const scripts = new Map<string, string>();
      for (const [name, code] of [...Object.entries(otherImports), ...listening]) {
        const contestant = name.split(',')[0] ?? name;
        if (!taking.includes(contestant)) continue;
        const file = join(folder, `${contestant.replaceAll('.', '-')}.mjs`);
        writeFileSync(file, await compiled(code, root));
        scripts.set(contestant, file);
      }
      return await turns('an empty process', [...scripts.keys()], rounds * 3, async (name) => {
        const [cpu = 0, took = 0] = await start(scripts.get(name) ?? '');
        return [
          { metric: 'CPU', unit: 'ms', value: cpu },
          { metric: 'time', unit: 'ms', value: took },
        ];
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** surewire as its own build makes it: one module, its dependencies left outside. Others are imported as they were published. */
async function compiled(code: string, root: string): Promise<string> {
  const { build } = await esbuild();
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: join(root, 'bench'), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    outfile: join(root, 'out.js'),
    alias: { surewire: join(root, 'src/index.ts') },
    external: ['pusher-js', 'eventemitter3', 'jwt-decode', 'idb-keyval', 'ws', 'msw', ...foreign],
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}

const foreign = [
  'laravel-echo',
  'socket.io-client',
  'centrifuge',
  'ably',
  'phoenix',
  '@supabase/realtime-js',
] as const;

/** CPU and time in milliseconds, from before the import until the client is there. */
function start(file: string): Promise<readonly number[]> {
  const code = `
const from = performance.now();
const cpu = process.cpuUsage();
await import(${JSON.stringify(file)});
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify([(user + system) / 1000, performance.now() - from]));
process.exit(0);`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (text) => {
      said += text;
    });
    child.on('close', (status) => {
      if (status === 0) resolve(JSON.parse(said) as number[]);
      else reject(new Error(`${file} ended with ${status}`));
    });
  });
}
