import { type WebSocket, WebSocketServer } from 'ws';

/** What a flood looks like; the app key carries it. */
export interface Flood {
  /** Messages go round on so many channels. */
  readonly channels: number;
  /** The size of a payload as JSON, in bytes, roughly. */
  readonly bytes: number;
  /** How many messages come. */
  readonly count: number;
}

/** More than that waiting in a socket and we wait, too. */
const enough = 1_000_000;

/** The app key that asks for a flood. */
export function keyOf({ channels, bytes, count }: Flood): string {
  return `${channels}-${bytes}-${count}`;
}

/** The names of a flood's channels. */
export function channelNames(channels: number): string[] {
  return Array.from({ length: channels }, (_, index) => `content-generation-${index}`);
}

/**
 * The least that a Pusher client takes for a server: greets, confirms public channels, and floods once all are there.
 * Returns the port.
 */
export async function serveFlood(): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  server.on('connection', (socket, request) => {
    const [channels = 1, bytes = 200, count = 1] = (/app\/([\d-]+)/.exec(request.url ?? '')?.[1] ?? '')
      .split('-')
      .map(Number);
    greet(socket, { channels, bytes, count });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function greet(socket: WebSocket, flood: Flood): void {
  let subscribed = 0;
  socket.send(frame('pusher:connection_established', { socket_id: '1.1', activity_timeout: 120 }));
  socket.on('error', () => {});
  socket.on('message', (text) => {
    const { event, data } = JSON.parse(String(text));
    if (event === 'pusher:ping') socket.send(frame('pusher:pong', {}));
    if (event !== 'pusher:subscribe') return;
    socket.send(frame('pusher_internal:subscription_succeeded', {}, data.channel));
    subscribed += 1;
    if (subscribed === flood.channels) pour(socket, flood);
  });
}

function pour(socket: WebSocket, { channels, bytes, count }: Flood): void {
  const content = payload(bytes);
  // Buffers made once: what the server costs is not measured, but it shares the machine.
  const frames = channelNames(channels).map((channel) => Buffer.from(frame('progress', content, channel)));
  let sent = 0;
  const more = (): void => {
    while (sent < count && socket.bufferedAmount < enough) {
      socket.send(frames[sent % channels] ?? '', { binary: false });
      sent += 1;
    }
    if (sent < count && socket.readyState === 1) setTimeout(more, 1);
  };
  more();
}

function frame(event: string, data: unknown, channel?: string): string {
  // Data is text in the text, as Pusher sends it.
  return JSON.stringify({ event, channel, data: JSON.stringify(data) });
}

/** Content as a dashboard gets it: some texts, numbers and a list. */
function payload(bytes: number): unknown {
  const steps: unknown[] = [];
  const content = { status: 'running', progress: 42.5, contentId: '0a1b2c3d', message: '', steps };
  const size = (): number => JSON.stringify(content).length;
  while (size() < bytes - 60) steps.push({ id: steps.length, name: 'terrain', done: true, took: 12.75 });
  content.message = 'x'.repeat(Math.max(0, bytes - size()));
  return content;
}
