import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

interface Visitor {
  /** Path and query. */
  readonly address: string;
  readonly socket: WebSocket;
}

/**
 * A server as the platform had them: one WebSocket address for each stream of frames, no rooms, no acknowledgements. What one
 * visitor of an address sends, all of them get; `ping` is answered with `pong`.
 */
export class OldServer {
  /** Every frame that came in, with its address. */
  readonly received: { readonly address: string; readonly frame: unknown }[] = [];
  /** Every handshake so far. */
  readonly dials: string[] = [];
  /** Addresses that are answered with 403. */
  readonly forbidden = new Set<string>();
  /** Whether frames that come in are ignored. */
  deaf = false;
  #visitors = new Set<Visitor>();
  #server: Server | undefined;
  #port = 0;

  get origin(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  /** The addresses of all who are there. */
  get visitors(): readonly string[] {
    return Array.from(this.#visitors, ({ address }) => address).sort();
  }

  /** Opens the port; the same one again after `stop()`. */
  async start(): Promise<void> {
    const sockets = new WebSocketServer({ noServer: true, maxPayload: 50_000 });
    const server = createServer();
    server.on('upgrade', (request: IncomingMessage, stream: Socket, head: Buffer) => {
      const address = request.url ?? '';
      this.dials.push(address);
      if (this.forbidden.has(address)) {
        stream.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
        return;
      }
      sockets.handleUpgrade(request, stream, head, (socket) => this.#welcome({ address, socket }));
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Ends the process, as far as its clients can tell. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    this.drop();
    await closed;
  }

  /** Cuts every connection, or those of one address, without a close frame. */
  drop(address?: string): void {
    for (const visitor of this.#at(address)) visitor.socket.terminate();
  }

  /** Says goodbye with a code; 1005 is none. */
  close(code: number, address?: string): void {
    for (const { socket } of this.#at(address)) {
      if (code === 1005) socket.close();
      else socket.close(code, 'because');
    }
  }

  /** Sends a frame, text that is none, or bytes, to all who are at an address. */
  say(address: string, frame: object | string | Uint8Array): void {
    const plain = typeof frame === 'string' || frame instanceof Uint8Array;
    for (const { socket } of this.#at(address)) socket.send(plain ? frame : JSON.stringify(frame));
  }

  #at(address: string | undefined): Visitor[] {
    return [...this.#visitors].filter((visitor) => address === undefined || visitor.address === address);
  }

  #welcome(visitor: Visitor): void {
    const { address, socket } = visitor;
    this.#visitors.add(visitor);
    socket.on('close', () => this.#visitors.delete(visitor));
    socket.on('error', () => {});
    socket.on('message', (data) => {
      if (this.deaf) return;
      const frame = JSON.parse(String(data)) as { readonly type?: unknown };
      this.received.push({ address, frame });
      if (frame.type === 'ping') socket.send(JSON.stringify({ type: 'pong' }));
      else this.say(address, frame);
    });
  }
}
