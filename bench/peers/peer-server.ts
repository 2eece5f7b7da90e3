import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Orders } from '../child';
import { channelName, type Flood, payload } from './flood';
import type { Wire } from './wire';
import { type WireName, wires } from './wires';

/** More than that waiting in a socket, in bytes, and we wait, too. */
const enough = 1_000_000;

/** A server that speaks one wire to many connections, signs what it is asked to sign, and counts. */
export class PeerServer {
  readonly #create: () => Wire;
  readonly #flood: Flood | undefined;
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #server = createServer((request, response) => this.#answer(request, response));
  #authorizations = 0;
  #published = 0;
  #told: { readonly count: number; readonly tell: () => void } | undefined;

  constructor({ wire, flood }: { readonly wire: WireName; readonly flood?: Flood }) {
    this.#create = wires[wire];
    this.#flood = flood;
  }

  readonly orders = {
    open: (): Promise<number> => this.#open(),
    /** How many requests for authorization there were so far. */
    authorizations: (): number => this.#authorizations,
    /** Resolves when so many messages were published altogether. */
    published: (count: number): Promise<void> =>
      new Promise((tell) => {
        this.#told = { count, tell };
        this.#tell();
      }),
    /** Ends every connection without a word. */
    drop: (): void => {
      for (const socket of this.#sockets.clients) socket.terminate();
    },
  } satisfies Orders;

  async #open(): Promise<number> {
    this.#server.on('upgrade', (request, socket, head) => {
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#carry(webSocket));
    });
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  #carry(socket: WebSocket): void {
    const wire = this.#create();
    let subscribed = 0;
    for (const frame of wire.greet()) socket.send(frame);
    socket.on('error', () => {});
    socket.on('message', (frame: Buffer, isBinary) => {
      const heard = wire.hear(frame, isBinary);
      for (const answer of heard.answers) socket.send(answer);
      subscribed += heard.subscribed;
      this.#published += heard.published;
      this.#tell();
      if (heard.subscribed > 0 && subscribed === this.#flood?.channels) pour(socket, wire, this.#flood);
    });
  }

  #tell(): void {
    if (this.#told === undefined || this.#published < this.#told.count) return;
    this.#told.tell();
    this.#told = undefined;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.#authorizations += 1;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(signed(String(Buffer.concat(chunks)))));
    });
  }
}

/** What an application answers: for one channel, or for many. Nobody checks the signature here. */
function signed(body: string): unknown {
  const auth = `app-key:${'0'.repeat(64)}`;
  if (!body.startsWith('{')) return { auth };
  const { channel_names: names } = JSON.parse(body) as { readonly channel_names?: readonly string[] };
  if (names === undefined) return { auth, token: 'token' };
  return { channels: Object.fromEntries(names.map((name) => [name, { auth }])) };
}

function pour(socket: WebSocket, wire: Wire, { channels, bytes, count }: Flood): void {
  const content = payload(bytes);
  // Made once: what the server costs is not measured, but it shares the machine.
  const frames = Array.from({ length: channels }, (_, index) => {
    const frame = wire.message(channelName(index), content);
    return typeof frame === 'string'
      ? { data: Buffer.from(frame), binary: false }
      : { data: frame, binary: true };
  });
  let sent = 0;
  const more = (): void => {
    while (sent < count && socket.bufferedAmount < enough) {
      const frame = frames[sent % channels];
      if (frame !== undefined) socket.send(frame.data, { binary: frame.binary });
      sent += 1;
    }
    if (sent < count && socket.readyState === 1) setTimeout(more, 1);
  };
  more();
}
