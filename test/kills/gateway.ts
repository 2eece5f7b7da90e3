import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestServer } from '../../src/testing/index';

/** A request to publish, as it came in. */
export interface Passage {
  /** Which tab sent it, as a header says. */
  readonly tab: string;
  /** The token it came with. */
  readonly token: string;
  readonly id: string;
  readonly channel: string;
  readonly data: unknown;
  /** In milliseconds since 1970. */
  readonly at: number;
}

const cors = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*, authorization',
  'access-control-max-age': '600',
};

/** The endpoint for publishing, in front of a test server's own: sees who publishes what with which token, and can make them wait. */
export class Gateway {
  readonly passages: Passage[] = [];
  readonly #http: Server;
  readonly #server: TestServer;
  /** How long each answer takes, in milliseconds. */
  slowness = 0;
  /** Whether answers wait until this is false again; their connections break when their pages are gone. */
  shut = false;
  /** How many requests wait for their answer. */
  waiting = 0;

  private constructor(server: TestServer) {
    this.#server = server;
    this.#http = createServer((request, response) => {
      this.waiting += 1;
      response.once('close', () => {
        this.waiting -= 1;
      });
      void this.#answer(request, response);
    });
  }

  static async open(server: TestServer): Promise<Gateway> {
    const gateway = new Gateway(server);
    await new Promise<void>((resolve) => gateway.#http.listen(0, '127.0.0.1', resolve));
    return gateway;
  }

  /** Its address: one for all tabs, for only tabs of the same endpoint send for each other. */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/publish`;
  }

  /** What came in on these channels, oldest first. */
  on(channel: string): readonly Passage[] {
    return this.passages.filter((passage) => passage.channel === channel);
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'OPTIONS') {
      response.writeHead(204, cors).end();
      return;
    }
    const body = await textOf(request);
    const { id, channel, data } = JSON.parse(body) as Pick<Passage, 'id' | 'channel' | 'data'>;
    const authorization = request.headers.authorization ?? '';
    const tab = String(request.headers['x-tab']);
    this.passages.push({ tab, token: authorization.slice(7), id, channel, data, at: Date.now() });
    const before = performance.now();
    while (this.shut || performance.now() - before < this.slowness) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (response.destroyed) return;
    }
    const answer = await this.#server.fetch('/realtime/trigger', {
      method: 'POST',
      headers: {
        authorization,
        'content-type': request.headers['content-type'] ?? 'application/json',
        'idempotency-key': String(request.headers['idempotency-key']),
      },
      body,
    });
    response.writeHead(answer.status, { ...cors, 'content-type': 'application/json' });
    response.end(await answer.text());
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
