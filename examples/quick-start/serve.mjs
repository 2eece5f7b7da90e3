// The demo's command line: `npm run demo`, with what follows `--`.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const help = `surewire, the demo

  npm run demo                       serves a page and a Pusher server that comes with it; Ctrl-C ends both
  npm run demo -- --port 8080        … at this port (default: 5173, or the next free one)
  npm run demo -- --host             … for other devices in your network as well, such as a phone
  npm run demo -- --terminal         tells the same story as text, in less than 20 seconds
  npm run demo -- --help             this text

What bad input looks like, with --terminal (the page takes the same in its address, as in ?key=wrong):

  --key wrong                        a key that the server does not know
  --host nowhere.invalid             a host that cannot be reached
  --auth wrong                       an authorization endpoint that answers with a page
  --secret oops                      the application's secret, which must never reach a client

A real service instead of the embedded server, by environment variables:

  VITE_PUSHER_KEY                    the public key of your application
  VITE_PUSHER_CLUSTER                its cluster, such as us2; or, for a server of your own,
  VITE_PUSHER_HOST, VITE_PUSHER_PORT, VITE_PUSHER_TLS    its host, port (default 443, without TLS 80), and "false" for no TLS
  VITE_PUSHER_AUTH_ENDPOINT          your backend's authorization endpoint, for private and presence channels
  VITE_PUSHER_PUBLISH_ENDPOINT       your backend's publish endpoint
  VITE_PUSHER_TOKEN                  a bearer token for both; leave it out if you use cookies
`;

/**
 * @returns {{ port: number | undefined, host: boolean, terminal: boolean, help: boolean, overrides: Record<string, string> }}
 */
function readArguments() {
  // With --terminal it names a host, as the page takes it in its address; without, it is a switch as Vite has it.
  const hostNames = process.argv.includes('--terminal');
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      terminal: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      key: { type: 'string' },
      host: { type: hostNames ? 'string' : 'boolean' },
      auth: { type: 'string' },
      secret: { type: 'string' },
    },
  });
  const { port, host, terminal, help, ...others } = values;
  if (port !== undefined && !(/^\d+$/.test(port) && Number(port) <= 65_535)) {
    throw new TypeError(`--port takes a number from 0 to 65535, not "${port}".`);
  }
  const overrides = { ...others, ...(typeof host === 'string' ? { host } : {}) };
  if (!terminal && Object.keys(overrides).length > 0) {
    throw new TypeError(
      `--${Object.keys(overrides)[0]} goes with --terminal; the page takes it in its address.`,
    );
  }
  return {
    port: port === undefined ? undefined : Number(port),
    host: host === true,
    terminal,
    help,
    overrides,
  };
}

/**
 * A module of the demo. Node before 22.18 reads no TypeScript; Vite, which builds the demo's page, does it for all.
 * @param {string} file
 * @returns {Promise<unknown>}
 */
async function load(file) {
  const address = new URL(file, import.meta.url);
  if (process.features.typescript) return import(address.href);
  const { runnerImport } = await import('vite');
  const settings = { configFile: /** @type {const} */ (false), logLevel: /** @type {const} */ ('error') };
  return (await runnerImport(fileURLToPath(address), settings)).module;
}

async function main() {
  const { port, host, terminal, help: wantsHelp, overrides } = readArguments();
  if (wantsHelp) {
    console.log(help);
    return;
  }
  if (terminal) {
    const { tellStory } = /** @type {typeof import('./terminal.ts')} */ (await load('terminal.ts'));
    process.exitCode = await tellStory(overrides);
    return;
  }
  console.log('Building the page …');
  const { servePage } = /** @type {typeof import('./serve-page.ts')} */ (await load('serve-page.ts'));
  const { addresses, story, close } = await servePage({ port, host });
  const [here, ...elsewhere] = addresses;
  const others = elsewhere.map((address) => `\n  from a phone    ${address}`).join('');
  console.log(`\n  surewire demo   ${here}${others}\n\n${story}\n\n  Ctrl-C stops it.\n`);
  let stopping = false;
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.on(signal, () => {
      // Who asks twice does not want to wait for anything.
      if (stopping) process.exit(130);
      stopping = true;
      void close().finally(() => process.exit(0));
    });
  }
}

main().catch((error) => {
  const { code, message } = /** @type {{ code?: string, message: string }} */ (error);
  const words =
    code === 'ERR_MODULE_NOT_FOUND' && message.includes('dist')
      ? 'surewire is not built yet: start the demo with `npm run demo`, which builds it first.'
      : message;
  console.error(`${words}\n\nnpm run demo -- --help lists the options.`);
  process.exitCode = 1;
});
