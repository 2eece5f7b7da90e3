import { createTestServer } from 'surewire/testing';
import type { Backend } from './app.ts';

/** The server that comes with surewire, on a port. */
export async function startNewBackend(): Promise<Backend & { readonly url: string }> {
  const server = createTestServer();
  const { url } = await server.listen();
  return {
    url,
    get received() {
      return server.requests
        .filter(({ path, status }) => path === '/realtime/trigger' && status === 200)
        .map(({ body }) => {
          const { channel, event, data } = body as { channel: string; event: string; data: unknown };
          return { channel, type: event, payload: data };
        });
    },
    token: () => server.issueToken(),
    tell: (channel, type, payload) => void server.trigger(channel, type, payload),
    drop: () => server.drop(),
    stop: () => server.stop(),
  };
}
