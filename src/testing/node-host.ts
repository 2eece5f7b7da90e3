import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { ConfigurationError, neededObject, neededText } from '../index';
import { lacksImport } from './dynamic-import';
import type { HttpCall } from './http-exchange';
import type { HttpSurface } from './http-surface';
import type { NetworkFaults } from './network-faults';
import type { ProtocolServer } from './protocol-server';
import { isWhole, show } from './script-rules';
import { utf8Text } from './utf8';

/** Where a test server is to listen. */
export interface ListenOptions {
  /** The port; 0 takes a free one. Default 0. */
  readonly port?: number;
  /** The address. Default `'127.0.0.1'`. */
  readonly host?: string;
}

/** What the host serves. */
export interface NodeHostSurroundings {
  readonly protocol: ProtocolServer;
  readonly http: HttpSurface;
  readonly faults: NetworkFaults;
}

/** An open port. */
export interface OpenPort {
  /** By which clients on this machine reach it. */
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** A frame that announces 125 bytes of text and brings five. */
const halfFrame = Uint8Array.of(0x81, 125, 0x7b, 0x22, 0x65, 0x76, 0x65);
const largestMessage = 1_048_576;

/** Serves a test server on real HTTP and real WebSockets, on Node. Needs the package `ws`. */
export async function openPort(
  surroundings: NodeHostSurroundings,
  options: ListenOptions,
): Promise<OpenPort> {
  const { protocol, http, faults } = surroundings;
  const { host = '127.0.0.1', port = 0 } = neededObject(options, 'listen({ port, host })');
  neededText(host, 'listen({ host })');
  if (!isWhole(port) || port < 0 || port > 65_535)
    throw new ConfigurationError(
      `\`port\` of listen() must be an integer from 0 to 65535; got ${show(port)}.`,
    );
  const { createServer, WebSocketServer, WebSocket } = await loadNode();
  const sockets = new Set<Duplex>();
  const server = createServer((request, response) => {
    answer(http, request, response).catch(() => response.destroy());
  });
  const upgrades = new WebSocketServer({
    noServer: true,
    maxPayload: largestMessage,
    // A half-open connection answers nothing, so the pongs go the way of all frames.
    autoPong: false,
    WebSocket: withGoodbye(WebSocket),
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (!/\bwebsocket\b/i.test(request.headers.upgrade ?? '')) {
      socket.unshift(withoutUpgrade(request, head));
      server.emit('connection', socket);
      return;
    }
    if (faults.refusesTcp()) {
      socket.destroy();
      return;
    }
    upgrades.handleUpgrade(request, socket, head, (webSocket) => {
      carry(protocol, request, webSocket, socket);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new ConfigurationError(`The test server cannot listen on ${host}:${port}.`, { cause })),
    );
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    host: reachable(host),
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A host as addresses have it. What listens everywhere is not everywhere an address to connect to. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * A request that offers another protocol, as Java's and curl's do with HTTP/2, once more and without the offer: we may ignore it (RFC 9110,
 * section 7.8), but Node has given up reading by then.
 */
function withoutUpgrade({ method, url, rawHeaders }: IncomingMessage, head: Uint8Array): Buffer {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    if (!/^(upgrade|connection|http2-settings)$/i.test(name)) lines.push(`${name}: ${value}`);
  }
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]);
}

type NodeParts = Pick<typeof import('node:http'), 'createServer'> &
  Pick<typeof import('ws'), 'WebSocketServer' | 'WebSocket'>;

async function loadNode(): Promise<NodeParts> {
  try {
    return (await importNode()) ?? requireNode();
  } catch (cause) {
    throw new ConfigurationError(
      '`listen()` works on Node and needs the package `ws`: npm install --save-dev ws. In a browser use the memory host or `handlers()`.',
      { cause },
    );
  }
}

/** `undefined` where there is no `import()`, as in Jest. */
async function importNode(): Promise<NodeParts | undefined> {
  try {
    // Each awaited by itself: that is how esbuild recognises imports that may fail, for a page that has neither.
    const { createServer } = await import(/* @vite-ignore */ /* webpackIgnore: true */ 'node:http');
    const { WebSocketServer, WebSocket } = await import(/* @vite-ignore */ /* webpackIgnore: true */ 'ws');
    return { createServer, WebSocketServer, WebSocket };
  } catch (cause) {
    if (lacksImport(cause)) return undefined;
    throw cause;
  }
}

/**
 * By `require`, from the project's folder, and by the path of the file: with jsdom Jest would find the `ws` for browsers, which
 * only throws. Asked for at run time, because a `require` that a bundler can see is resolved for pages that have no Node.
 */
function requireNode(): NodeParts {
  const { createRequire } = process.getBuiltinModule('node:module');
  const { createServer } = process.getBuiltinModule('node:http');
  const load = createRequire(`${process.cwd()}/package.json`);
  const file = load.resolve('ws/package.json').replace(/package\.json$/, 'index.js');
  const { WebSocketServer, WebSocket }: typeof import('ws') = load(file);
  return { createServer, WebSocketServer, WebSocket };
}

/** A socket that tells of the client's close frame, which `ws` answers by calling `close` on itself. */
interface Goodbye {
  onGoodbye: () => void;
}

/** The client has left once it says so; `ws` tells only when TCP ends, which may be half a minute later. */
function withGoodbye(Base: typeof WebSocket): typeof WebSocket {
  return class extends Base implements Goodbye {
    onGoodbye: () => void = () => {};

    override close(code?: number, reason?: string | Buffer): void {
      super.close(code, reason);
      this.onGoodbye();
    }
  };
}

function carry(
  protocol: ProtocolServer,
  request: IncomingMessage,
  webSocket: WebSocket & Partial<Goodbye>,
  stream: Duplex,
): void {
  const session = protocol.accept({
    path: targetOf(request),
    secure: request.headers['x-forwarded-proto'] === 'https',
    send: (frame) => webSocket.send(frame),
    close: (code, reason) => {
      webSocket.onGoodbye = () => {};
      webSocket.close(code, reason);
    },
    drop: (midFrame) => {
      if (midFrame) stream.write(halfFrame, () => stream.destroy());
      else stream.destroy();
    },
  });
  webSocket.on('message', (data, isBinary) => session.receive(isBinary ? undefined : String(data)));
  webSocket.on('ping', (data) => session.control(() => webSocket.pong(data)));
  webSocket.on('pong', () => session.control());
  webSocket.onGoodbye = () => session.closed();
  webSocket.on('close', () => session.closed());
  // A frame that breaks WebSocket's own rules ends the connection; `ws` does that, and `close` follows.
  webSocket.on('error', () => {});
}

async function answer(http: HttpSurface, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.on('close', () => gone.abort());
  const call = await readCall(incoming, gone.signal);
  if (call === undefined) {
    outgoing.writeHead(400).end();
    return;
  }
  const reply = await http.respond(call);
  if (reply === undefined) {
    incoming.socket.destroy();
    return;
  }
  outgoing.writeHead(reply.status, reply.headers);
  outgoing.end(reply.text);
}

/** The path and the query that a request is about. Who asks through a proxy writes the whole address (RFC 9112, section 3.2.2). */
function targetOf({ url = '/' }: IncomingMessage): string {
  return url.replace(/^[a-z]+:\/\/[^/?]*/i, '');
}

/** Reads a request; `undefined` when its address is none. */
async function readCall(incoming: IncomingMessage, signal: AbortSignal): Promise<HttpCall | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    // Kept reading, so that the sender gets an answer rather than a broken pipe.
    if (size <= largestMessage) chunks.push(chunk);
  }
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const whole = size <= largestMessage;
  try {
    // Concatenated, not resolved: a path that begins with two slashes would become a host.
    const url = new URL(`http://localhost${targetOf(incoming)}`);
    return {
      method: incoming.method ?? 'GET',
      url,
      headers,
      body: whole ? textOf(chunks) : '',
      ...(whole ? {} : { mostBytes: largestMessage }),
      signal,
    };
  } catch {
    return undefined;
  }
}

function textOf(chunks: readonly Uint8Array[]): string {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let length = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, length);
    length += chunk.length;
  }
  // Bytes that are no UTF-8 are no JSON and no form either.
  return utf8Text(bytes) ?? '';
}
