import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Backend } from './app.ts';

interface Frame {
  type: string;
  channel?: string;
  messageId?: string;
  data?: unknown;
  payload?: unknown;
}

/** What each raw address carries. */
const streams = new Map([
  ['/ws/roblox', 'roblox-sync'],
  ['/ws/content', 'content-generation-42'],
]);

/** A server as the platform had it: raw addresses speak `{ type, data }`, `/ws/native` what the old service speaks. */
export async function startOldBackend(): Promise<Backend & { readonly url: string }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  const received: { channel: string; type: string; payload: unknown }[] = [];
  const channels = new Map<WebSocket, Set<string>>();
  server.on('connection', (socket, { url = '' }) => {
    const stream = streams.get(url);
    channels.set(socket, new Set(stream === undefined ? [] : [stream]));
    socket.on('close', () => channels.delete(socket));
    socket.on('message', (text) => {
      const {
        type,
        channel = 'roblox-sync',
        messageId,
        data,
        payload = data,
      } = JSON.parse(String(text)) as Frame;
      if (type === 'subscribe') {
        for (const name of (payload as { channels: string[] }).channels) channels.get(socket)?.add(name);
        return;
      }
      received.push({ channel, type, payload });
      if (messageId === undefined) return;
      const answer = { ok: true, receivedAt: new Date().toISOString() };
      socket.send(JSON.stringify({ type: 'ack', messageId, payload: answer }));
    });
  });
  const drop = () => {
    for (const socket of server.clients) socket.terminate();
  };
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}`,
    received,
    token: () => 'any-token',
    tell(channel, type, payload) {
      const raw = [...streams.values()].includes(channel);
      const message = {
        type,
        payload,
        channel,
        timestamp: new Date().toISOString(),
        messageId: `m-${Math.random()}`,
      };
      const text = JSON.stringify(raw ? { type, data: payload } : message);
      for (const [socket, names] of channels) if (names.has(channel)) socket.send(text);
    },
    drop,
    async stop() {
      drop();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
