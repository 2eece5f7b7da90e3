import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type InlineConfig, type Plugin, preview } from 'vite';
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

/** Serves the page, and with it the embedded server unless the environment names a real one. */
export async function servePage(port: number | undefined): Promise<ServedPage> {
  const service = serviceIn(process.env);
  const backend = service === undefined ? new DemoBackend() : undefined;
  const secret = secretIn(process.env);
  const target = service ?? (await backend?.start());
  if (target === undefined) throw new Error('There is neither a service nor a backend.');
  const settings: DemoSettings = { ...target, ...(secret === undefined ? {} : { secret }) };
  const outDir = await mkdtemp(join(tmpdir(), 'surewire-demo-'));
  const ends: (() => unknown)[] = [() => rm(outDir, { recursive: true, force: true }), () => backend?.stop()];
  const close = async (): Promise<void> => {
    await Promise.all(ends.map((end) => end()));
  };
  try {
    const common: InlineConfig = {
      root: import.meta.dirname,
      configFile: false,
      // Nothing of the environment becomes `import.meta.env`: there may be a secret in it, and the page would carry it.
      envPrefix: 'SUREWIRE_DEMO_',
      envDir: false,
      logLevel: 'warn',
    };
    await build({ ...common, build: { outDir, emptyOutDir: true, minify: false, target: 'es2022' } });
    const server = await preview({
      ...common,
      build: { outDir },
      preview: {
        host: '127.0.0.1',
        cors: false,
        ...(port === undefined ? { port: 5173 } : { port, strictPort: true }),
      },
      plugins: [backendRoutes(settings, backend)],
    });
    ends.push(() => server.close());
    return { address: server.resolvedUrls?.local[0] ?? '', story: tell(settings), close };
  } catch (error) {
    await close();
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

/** What the page asks its backend for, beside the authorization and publish endpoints of the Pusher application. */
function backendRoutes(settings: DemoSettings, backend: DemoBackend | undefined): Plugin {
  return {
    name: 'demo-backend',
    configurePreviewServer({ middlewares }) {
      middlewares.use('/demo', (request, response) => {
        const { pathname, searchParams } = new URL(request.url ?? '/', 'http://demo');
        if (pathname === '/settings') return answer(response, settings);
        // A login page instead of a signature: what misconfigured proxies do.
        if (pathname === '/wrong-auth')
          return answer(response, '<!doctype html><title>Please log in</title>');
        if (request.method !== 'POST' || !fromOwnPage(request)) return answer(response, 'Not found', 404);
        if (pathname === '/token') {
          const name = searchParams.get('user') ?? 'Somebody';
          return answer(response, backend?.token(name) ?? process.env['VITE_PUSHER_TOKEN'] ?? '');
        }
        const done = backend !== undefined && command(backend, pathname, searchParams);
        answer(response, done ? backend.faults : 'Not found', done ? 200 : 404);
      });
    },
  };
}

/** Does what a button says; false when there is no such button. */
function command(backend: DemoBackend, path: string, parameters: URLSearchParams): boolean {
  const on = parameters.get('on') === 'true';
  switch (path) {
    case '/faults':
      return true;
    case '/generate':
      void backend.generate(parameters.get('id') ?? '42');
      return true;
    case '/cut':
      backend.cut();
      return true;
    case '/restart':
      backend.restart();
      return true;
    case '/mute':
      backend.mute(on);
      return true;
    case '/refuse':
      backend.refuse(on);
      return true;
    case '/expire':
      backend.expireToken();
      return true;
    default:
      return false;
  }
}

/** Other pages in the same browser shall not push our buttons. */
function fromOwnPage({ headers }: IncomingMessage): boolean {
  return headers.origin === `http://${headers.host}`;
}

function answer(response: ServerResponse, body: unknown, status = 200): void {
  const isText = typeof body === 'string';
  response.writeHead(status, {
    'content-type': isText ? 'text/plain' : 'application/json',
    'cache-control': 'no-store',
  });
  response.end(isText ? body : JSON.stringify(body));
}
