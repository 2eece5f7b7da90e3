import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'vite';
import { afterAll, beforeAll, describe } from 'vitest';
import Pusher, { type Options } from '../../src/pusher/index';
import { installJasmine } from './jasmine';
import type { SpecServer } from './spec-server';

/** The two files of specs that need nothing of pusher-js but its public face. */
const files = ['core/pusher_spec/index.js', 'core/cluster_config_spec.js'];
const configurations = [
  { transport: 'ws', forceTLS: true },
  { transport: 'ws', forceTLS: false },
];

/** What pusher-js has for applications that name no endpoint; the specs change it. */
const defaults = { VERSION: '', authTransport: '', authEndpoint: '' };
let server: SpecServer | undefined;

function running(): SpecServer {
  if (server === undefined) throw new Error('No server runs');
  return server;
}

/** The class under test, which finds the server whatever cluster is asked for. */
class PusherUnderTest extends Pusher {
  constructor(_key: string, options: Options) {
    const { key, host, port, tlsPort } = running();
    super(key, {
      authEndpoint: defaults.authEndpoint,
      ...options,
      wsHost: host,
      wsPort: port,
      wssPort: tlsPort,
    });
  }
}

let names = 0;

/** What the specs import of pusher-js's own sources and helpers, in our words. */
const modules: Record<string, unknown> = {
  testenv: 'node',
  pusher_integration: PusherUnderTest,
  integration: {
    API_URL: 'application',
    API_EU_URL: 'application',
    describe: (name: string, body: () => void) => describe(name, body),
    getRandomName: (prefix: string) => {
      names += 1;
      return `${prefix}_${Date.now()}_${names}`;
    },
    sendAPIMessage: ({ channel, event, data }: { channel: string; event: string; data: unknown }) =>
      void running().trigger(channel, event, data),
  },
  runtime: { default: { Transports: { ws: { isSupported: () => true } }, getLocalStorage: () => ({}) } },
  'core/defaults': { default: defaults },
  'core/util': { default: {} },
  'core/utils/timers': {},
  'core/utils/collections': {
    objectApply: (object: object, apply: (value: unknown, name: string) => void) => {
      for (const [name, value] of Object.entries(object)) apply(value, name);
    },
  },
  'dom/dependencies': {},
  'dom/dependency_loader': {},
};

const registry = 'surewireSpecModules';

/** The specs as one module, with `modules` in the place of what they import by these names. */
async function bundle(checkout: string): Promise<(configurations: object[]) => void> {
  const folder = join(checkout, 'spec/javascripts/integration');
  const missing = files.find((file) => !existsSync(join(folder, file)));
  if (missing !== undefined)
    throw new Error(`There is no ${missing} in ${folder}: is that a checkout of pusher-js 8?`);
  const entry = '\0specs';
  const plugin: Plugin = {
    name: 'specs',
    resolveId: (id) => (id === entry || id in modules ? (id === entry ? id : `\0module:${id}`) : null),
    load: (id) => {
      if (id === entry)
        return `${files.map((file, n) => `import spec${n} from ${JSON.stringify(join(folder, file))};`).join('\n')}
          export default (configurations) => { ${files.map((_, n) => `spec${n}(configurations);`).join(' ')} };`;
      if (!id.startsWith('\0module:')) return null;
      return {
        code: `module.exports = globalThis.${registry}[${JSON.stringify(id.slice(8))}];`,
        moduleType: 'js',
      };
    },
  };
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const outDir = mkdtempSync(join(root, 'node_modules/.specs-'));
  try {
    await build({
      root,
      configFile: false,
      logLevel: 'error',
      plugins: [plugin],
      build: {
        ssr: true,
        outDir,
        copyPublicDir: false,
        minify: false,
        rolldownOptions: { input: entry, output: { entryFileNames: 'specs.mjs' } },
      },
    });
    const made = (await import(pathToFileURL(join(outDir, 'specs.mjs')).href)) as {
      readonly default: (configurations: object[]) => void;
    };
    return made.default;
  } finally {
    rmSync(outDir, { recursive: true });
  }
}

/** Runs pusher-js's integration specs through surewire/pusher on a server. The checkout is named by SPECS_PATH. */
export async function runPusherSpecs(name: string, start: () => Promise<SpecServer>): Promise<void> {
  const path = process.env['SPECS_PATH'];
  if (path === undefined) throw new Error('Name a checkout of pusher-js: npm run test:pusher-specs -- PATH');
  // The certificate is one that nobody trusts.
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  installJasmine();
  Object.assign(globalThis, { [registry]: modules });
  const specs = await bundle(resolve(path));
  describe(name, () => {
    beforeAll(async () => {
      server = await start();
      (modules['integration'] as { API_URL: string }).API_URL = server.application;
      (modules['integration'] as { API_EU_URL: string }).API_EU_URL = server.application;
    });
    afterAll(() => {
      for (const instance of Pusher.instances) instance.disconnect();
      server?.end();
    });
    specs(configurations);
  });
}
