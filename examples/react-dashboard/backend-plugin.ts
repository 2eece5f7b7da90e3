import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin, PreviewServer, ViteDevServer } from 'vite';
import { DemoBackend } from '../quick-start/backend.ts';

/** Starts the demo's Pusher server and its application beside Vite, so that there is nothing else to start. */
export function demoBackend(): Plugin {
  const serve = async ({ middlewares, httpServer }: ViteDevServer | PreviewServer): Promise<void> => {
    const backend = new DemoBackend();
    const settings = await backend.start();
    httpServer?.once('close', () => void backend.stop());
    const answer = ({ url = '' }: IncomingMessage, response: ServerResponse): void => {
      const { pathname, searchParams } = new URL(url, 'http://demo');
      if (pathname === '/generate') void backend.generate('42');
      if (pathname === '/cut') backend.cut();
      if (pathname === '/restart') backend.restart();
      const token = pathname === '/token' && backend.token(searchParams.get('user') ?? 'Somebody');
      response.end(token || JSON.stringify(settings));
    };
    middlewares.use('/demo', answer);
  };
  return { name: 'demo-backend', configureServer: serve, configurePreviewServer: serve };
}
