import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { build } from 'vite';
import { DemoBackend } from './backend.ts';
import { type DemoSettings, secretIn, serviceIn, whereIs } from './settings.ts';

/** A page that is being served. */
export interface ServedPage {
  readonly address: string;
  /** What it talks to, in lines for the terminal. */
  readonly story: string;
  /** Closes every port. */
  close(): Promise<void>;
}

type Files = ReadonlyMap<string, string | Uint8Array>;

/** Serves the page, and with it the embedded server unless the environment names a real one. */
export async function servePage(port: number | undefined): Promise<ServedPage> {
  const service = serviceIn(process.env);
  const backend = service === undefined ? new DemoBackend() : undefined;
  const secret = secretIn(process.env);
  const target = service ?? (await backend?.start());
  if (target === undefined) throw new Error('There is neither a service nor a backend.');
  const token = service === undefined ? undefined : process.env['VITE_PUSHER_TOKEN'];
  const settings: DemoSettings = {
    ...target,
    ...(token ? { owner: createHash('sha256').update(token).digest('hex').slice(0, 16) } : {}),
    ...(secret === undefined ? {} : { secret }),
  };
  try {
    const files = await bundlePage();
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://demo');
      if (!meansUs(request)) answer(response, undefined);
      else if (!url.pathname.startsWith('/demo/')) answerFile(files, url.pathname, response);
      else answer(response, reply({ settings, backend, request, url }));
    });
    const address = `http://127.0.0.1:${await listen(server, port)}/`;
    const close = async (): Promise<void> => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.all([closed, backend?.stop()]);
    };
    return { address, story: tell(settings), close };
  } catch (error) {
    await backend?.stop();
    throw error;
  }
}

function tell(settings: DemoSettings): string {
  const { mode, secret } = settings;
  const lines = [`  ${mode === 'embedded' ? 'embedded server' : 'real service   '}  ${whereIs(settings)}`];
  if (secret !== undefined)
    lines.push(`  ${secret} is in the environment: the client refuses to start with it.`);
  return lines.join('\n');
}

/** Builds the page as an application is built, and keeps it in memory. */
async function bundlePage(): Promise<Files> {
  const built = await build({
    root: import.meta.dirname,
    configFile: false,
    // Nothing of the environment becomes `import.meta.env`: there may be a secret in it, and the page would carry it.
    envPrefix: 'SUREWIRE_DEMO_',
    envDir: false,
    logLevel: 'warn',
    build: { write: false, minify: false, target: 'es2022' },
  });
  const files = new Map<string, string | Uint8Array>();
  for (const result of [built].flat()) {
    if (!('output' in result)) continue;
    for (const file of result.output)
      files.set(file.fileName, file.type === 'chunk' ? file.code : file.source);
  }
  return files;
}

/** Resolves with the port: the one that is wanted, or 5173 or the next free one. */
async function listen(server: Server, wanted: number | undefined): Promise<number> {
  for (let port = wanted ?? 5173; ; port += 1) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', () => {
          server.off('error', reject);
          resolve();
        });
      });
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    } catch (error) {
      const isTaken = (error as { readonly code?: string }).code === 'EADDRINUSE';
      if (!isTaken) throw error;
      if (wanted !== undefined) throw new Error(`Port ${wanted} is already in use.`, { cause: error });
    }
  }
}

/** What the page asks its backend for, beside the authorization and publish endpoints of the Pusher application. */
function reply(question: {
  readonly settings: DemoSettings;
  readonly backend: DemoBackend | undefined;
  readonly request: IncomingMessage;
  readonly url: URL;
}): string | undefined {
  const { settings, backend, request, url } = question;
  const { pathname, searchParams } = url;
  if (pathname === '/demo/settings') return JSON.stringify(settings);
  // A login page instead of a signature: what misconfigured proxies do.
  if (pathname === '/demo/wrong-auth') return '<!doctype html><title>Please log in</title>';
  // Other pages in the same browser get no token and push no buttons.
  const { host, origin } = request.headers;
  if (request.method !== 'POST' || origin !== `http://${host}`) return undefined;
  if (pathname === '/demo/token') {
    return backend?.token(searchParams.get('user') ?? 'Somebody') ?? process.env['VITE_PUSHER_TOKEN'] ?? '';
  }
  const done = backend !== undefined && command(backend, pathname, searchParams);
  return done ? JSON.stringify(backend.faults) : undefined;
}

/** Does what a button says; false when there is no such button. */
function command(backend: DemoBackend, path: string, parameters: URLSearchParams): boolean {
  const on = parameters.get('on') === 'true';
  switch (path) {
    case '/demo/faults':
      return true;
    case '/demo/generate':
      void backend.generate(parameters.get('id') ?? '42');
      return true;
    case '/demo/cut':
      backend.cut();
      return true;
    case '/demo/restart':
      backend.restart();
      return true;
    case '/demo/mute':
      backend.mute(on);
      return true;
    case '/demo/refuse':
      backend.refuse(on);
      return true;
    case '/demo/refuse-publishing':
      backend.refusePublishing(on);
      return true;
    case '/demo/expire':
      backend.expireToken();
      return true;
    default:
      return false;
  }
}

/** Only our own names: a name of somebody else's that points to this machine would make their page ours. */
function meansUs({ headers: { host } }: IncomingMessage): boolean {
  return /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(host ?? '');
}

const types: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript', css: 'text/css' };

function answerFile(files: Files, path: string, response: ServerResponse): void {
  const name = path === '/' ? 'index.html' : path.slice(1);
  answer(response, files.get(name), types[name.split('.').at(-1) ?? '']);
}

/** Nothing to say is a 404. */
function answer(response: ServerResponse, body: string | Uint8Array | undefined, type = 'text/plain'): void {
  const status = body === undefined ? 404 : 200;
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' });
  response.end(body ?? 'Not found');
}
