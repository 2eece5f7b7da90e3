import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Pusher from 'pusher';

/** The application's own backend: it signs with the official library whatever `Bearer <user id>` asks for. */
export class Application {
  readonly url: string;
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Resolves once it listens. Channels with `forged` in their name it signs with another secret: `stranger` does it. */
  static async start({ sdk, stranger }: { sdk: Pusher; stranger: Pusher }): Promise<Application> {
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const user = request.headers.authorization?.replace('Bearer ', '') ?? '';
      const answer = (value: object): void => {
        response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
      };
      if (request.url === '/realtime/trigger') {
        const { channel, event, data, socket_id } = JSON.parse(body) as Record<
          'channel' | 'event',
          string
        > & {
          readonly data: unknown;
          readonly socket_id?: string;
        };
        try {
          const said = await sdk.trigger(channel, event, data, socket_id === undefined ? {} : { socket_id });
          // Soketi's status is 200 also for what it refuses.
          const refused = 'error' in ((await said.json()) as object);
          if (refused) response.statusCode = 422;
          answer({ ok: !refused });
        } catch {
          response.writeHead(503).end();
        }
        return;
      }
      const fields = new URLSearchParams(body);
      const [socketId = '', channel = ''] = [fields.get('socket_id') ?? '', fields.get('channel_name') ?? ''];
      if (request.url === '/pusher/user-auth') {
        answer(sdk.authenticateUser(socketId, { id: user }));
        return;
      }
      const member = channel.startsWith('presence-')
        ? { user_id: user, user_info: { name: user.toUpperCase() } }
        : undefined;
      answer((channel.includes('forged') ? stranger : sdk).authorizeChannel(socketId, channel, member));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Application(server);
  }

  /** Nobody is answered any more. */
  end(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
