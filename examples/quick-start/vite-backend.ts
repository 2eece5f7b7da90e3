import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin, PreviewServer, ViteDevServer } from 'vite';
import { DemoBackend } from './backend.ts';
import { obey } from './commands.ts';

/** A plugin of Vite that runs the demo's Pusher server and its application beside a page, so that there is nothing else to start. */
export function demoBackend(): Plugin {
  const serve = async ({ middlewares, httpServer }: ViteDevServer | PreviewServer): Promise<void> => {
    const backend = new DemoBackend();
    const settings = await backend.start();
    httpServer?.once('close', () => void backend.stop());
    const answer = async ({ url = '' }: IncomingMessage, response: ServerResponse): Promise<void> => {
      const { pathname, searchParams } = new URL(url, 'http://demo');
      if (pathname === '/settings') response.end(JSON.stringify(settings));
      else if (pathname === '/token') response.end(backend.token(searchParams.get('user') ?? 'Somebody'));
      else response.end(JSON.stringify(await obey(backend, pathname.slice(1), searchParams)) ?? '');
    };
    middlewares.use('/demo', (request, response) => {
      answer(request, response).catch(() => response.destroy());
    });
  };
  return { name: 'demo-backend', configureServer: serve, configurePreviewServer: serve };
}
