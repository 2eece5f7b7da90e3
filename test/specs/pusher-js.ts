import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import Pusher, { type Options } from '../../src/pusher/index';
import { bundled } from './bundled';
import { installJasmine } from './jasmine';
import { leftOut, tell } from './left-out';
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

/** The specs as one function of the configurations. */
async function specsOf(checkout: string): Promise<(configurations: object[]) => void> {
  const folder = join(checkout, 'spec/javascripts/integration');
  const missing = files.find((file) => !existsSync(join(folder, file)));
  if (missing !== undefined)
    throw new Error(`There is no ${missing} in ${folder}: is that a checkout of pusher-js 8?`);
  const unknown = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('_spec.js'))
    .filter((file) => !files.includes(file) && !leftOut.some((each) => each.file === file));
  if (unknown.length > 0) throw new Error(`Neither run nor listed in left-out.ts: ${unknown.join(', ')}`);
  const imports = files.map((file, n) => `import spec${n} from ${JSON.stringify(join(folder, file))};`);
  const calls = files.map((_, n) => `spec${n}(configurations);`);
  const made = (await bundled(
    `${imports.join('\n')} export default (configurations) => { ${calls.join(' ')} };`,
    modules,
  )) as { readonly default: (configurations: object[]) => void };
  return made.default;
}

/** Runs pusher-js's integration specs through surewire/pusher on a server. The checkout is named by SPECS_PATH. */
export async function runPusherSpecs(name: string, start: () => Promise<SpecServer>): Promise<void> {
  const path = process.env['SPECS_PATH'];
  if (path === undefined) throw new Error('Name a checkout of pusher-js: npm run test:pusher-specs -- PATH');
  // The certificate is one that nobody trusts.
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  installJasmine();
  const specs = await specsOf(resolve(path));
  tell(leftOut);
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
