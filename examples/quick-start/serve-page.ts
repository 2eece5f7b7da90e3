import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { networkInterfaces } from 'node:os';
import { DemoBackend } from './backend.ts';
import { obey } from './commands.ts';
import { buildPage, type PageFiles } from './page-files.ts';
import { type DemoSettings, secretIn, seenFrom, serviceIn, whereIs } from './settings.ts';

/** Where the page is to be served. */
export interface ServingOptions {
  /** The port; left out, 5173 or the next free one. */
  readonly port?: number | undefined;
  /** Whether other devices in the same network may open it. */
  readonly host: boolean;
}

/** A page that is being served. */
export interface ServedPage {
  /** Where it is, for this machine first. */
  readonly addresses: readonly string[];
  /** What it talks to, in lines for the terminal. */
  readonly story: string;
  /** Closes every port. */
  close(): Promise<void>;
}

/** What a question to the page's server is answered from. */
interface Desk {
  readonly settings: DemoSettings;
  readonly backend: DemoBackend | undefined;
  readonly files: PageFiles;
  /** The names of this machine under which the page may be asked for. */
  readonly names: readonly string[];
}

interface Answer {
  readonly body: string | Uint8Array;
  readonly type?: string | undefined;
}

/** Serves the page, and with it the embedded server unless the environment names a real one. */
export async function servePage({ port, host }: ServingOptions): Promise<ServedPage> {
  const service = serviceIn(process.env);
  const backend = service === undefined ? new DemoBackend() : undefined;
  const everywhere = host ? '0.0.0.0' : '127.0.0.1';
  const target = service ?? (await backend?.start(everywhere));
  if (target === undefined) throw new Error('There is neither a service nor a backend.');
  const secret = secretIn(process.env);
  const token = service === undefined ? undefined : process.env['VITE_PUSHER_TOKEN'];
  const settings: DemoSettings = {
    ...target,
    ...(token ? { owner: createHash('sha256').update(token).digest('hex').slice(0, 16) } : {}),
    ...(secret === undefined ? {} : { secret }),
  };
  const names = ['127.0.0.1', 'localhost', ...(host ? ownAddresses() : [])];
  try {
    const desk: Desk = { settings, backend, files: await buildPage(), names };
    const server = createServer((request, response) => {
      reply(desk, request, response).catch(() => response.destroy());
    });
    const opened = await listen(server, everywhere, port);
    const addresses = names.filter((name) => name !== 'localhost').map((name) => `http://${name}:${opened}/`);
    const close = async (): Promise<void> => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.all([closed, backend?.stop()]);
    };
    return { addresses, story: tell(settings), close };
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

/** The addresses that other devices in the same network know this machine by. */
function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
}

/** Resolves with the port: the one that is wanted, or 5173 or the next free one. */
async function listen(server: Server, host: string, wanted: number | undefined): Promise<number> {
  for (let port = wanted ?? 5173; ; port += 1) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
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

async function reply(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://demo');
  const host = nameIn(request);
  // Only our own names: a name of somebody else's that points to this machine would make their page ours.
  if (!desk.names.includes(host)) send(response, undefined);
  else if (url.pathname === '/websocket-demo') redirect(response, `/${url.search}`);
  else if (url.pathname.startsWith('/demo/')) send(response, await answer(desk, request, url));
  else send(response, file(desk.files, url.pathname));
}

/** What the page asks its backend for, beside the authorization and publish endpoints of the Pusher application. */
async function answer(desk: Desk, request: IncomingMessage, url: URL): Promise<Answer | undefined> {
  const { settings, backend } = desk;
  const { pathname, searchParams } = url;
  if (pathname === '/demo/settings') {
    const name = nameIn(request);
    const isFar = settings.mode === 'embedded' && name !== 'localhost' && name !== '127.0.0.1';
    return { body: JSON.stringify(isFar ? seenFrom(settings, name) : settings) };
  }
  // A login page instead of a signature: what misconfigured proxies do.
  if (pathname === '/demo/wrong-auth') return { body: '<!doctype html><title>Please log in</title>' };
  // Other pages in the same browser get no token and push no buttons.
  const { host, origin } = request.headers;
  if (request.method !== 'POST' || origin !== `http://${host}`) return undefined;
  if (pathname === '/demo/token') {
    const user = searchParams.get('user') ?? 'Somebody';
    return { body: backend?.token(user) ?? process.env['VITE_PUSHER_TOKEN'] ?? '' };
  }
  if (backend === undefined) return undefined;
  const done = await obey(backend, pathname.slice('/demo/'.length), searchParams);
  return done === undefined ? undefined : { body: JSON.stringify(done) };
}

/** The name that the browser asked, without its port. */
function nameIn({ headers: { host } }: IncomingMessage): string {
  return (host ?? '').replace(/:\d+$/, '');
}

const types: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript', css: 'text/css' };

function file(files: PageFiles, path: string): Answer | undefined {
  const name = path === '/' ? 'index.html' : path.slice(1);
  const body = files.get(name);
  return body === undefined ? undefined : { body, type: types[name.split('.').at(-1) ?? ''] };
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location, 'cache-control': 'no-store' });
  response.end();
}

/** Nothing to say is a 404. */
function send(response: ServerResponse, answer: Answer | undefined): void {
  const { body = 'Not found', type = 'text/plain' } = answer ?? {};
  const headers = { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' };
  response.writeHead(answer === undefined ? 404 : 200, headers);
  response.end(body);
}
