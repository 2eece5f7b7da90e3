import type { IncomingMessage, ServerResponse } from 'node:http';
import { createTestServer, type TestServer } from 'surewire/testing';
import type { Plugin, PreviewServer, ViteDevServer } from 'vite';

/** A server as Reverb would be, whose application knows people by the name that they give. */
export function createReverb(): TestServer {
  return createTestServer({
    requireToken: false,
    authorize: ({ parameters: { user } }) => ({ userId: String(user), userInfo: { name: String(user) } }),
  });
}

/** Answers beside Vite what Laravel would: where the server is, `/broadcasting/auth`, and an order that ships. */
export function laravelBackend(reverb: TestServer = createReverb()): Plugin {
  const serve = async ({ middlewares, httpServer }: ViteDevServer | PreviewServer): Promise<void> => {
    const { options } = await reverb.listen();
    httpServer?.once('close', () => void reverb.stop());
    middlewares.use('/reverb', (_request: IncomingMessage, response: ServerResponse) => {
      const { key, host, port } = options;
      response.end(JSON.stringify({ key, host, port }));
    });
    middlewares.use('/broadcasting/auth', async (request: IncomingMessage, response: ServerResponse) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const answer = await reverb.fetch('/pusher/auth', { method: 'POST', body: new URLSearchParams(body) });
      response.statusCode = answer.status;
      response.end(await answer.text());
    });
    middlewares.use('/ship', (_request: IncomingMessage, response: ServerResponse) => {
      reverb.trigger('orders', 'App\\Events\\OrderShipped', { id: Date.now() });
      response.end();
    });
    middlewares.use('/cut', (_request: IncomingMessage, response: ServerResponse) => {
      reverb.drop();
      response.end();
    });
  };
  return { name: 'laravel-backend', configureServer: serve, configurePreviewServer: serve };
}
