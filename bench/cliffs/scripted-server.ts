import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

/** What a scripted server answers to a wish for a channel: frames, as they are to go out. */
export type Script = (channel: string) => readonly string[];

/** A server that says what it is told to say, so that what is measured is the client's share. */
export class ScriptedServer {
  readonly #sockets: WebSocketServer;

  private constructor(sockets: WebSocketServer, script: Script) {
    this.#sockets = sockets;
    sockets.on('connection', (socket) => {
      socket.send(frame('pusher:connection_established', { socket_id: '1.1', activity_timeout: 120 }));
      socket.on('error', () => {});
      socket.on('message', (text) => {
        const { event, data } = JSON.parse(String(text)) as { event: string; data: { channel: string } };
        if (event === 'pusher:ping') socket.send(frame('pusher:pong', {}));
        if (event === 'pusher:subscribe') for (const answer of script(data.channel)) socket.send(answer);
      });
    });
  }

  /** By default every channel is granted. */
  static async open(script: Script = (channel) => [subscribed(channel)]): Promise<ScriptedServer> {
    const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
    await new Promise((resolve) => sockets.once('listening', resolve));
    return new ScriptedServer(sockets, script);
  }

  get port(): number {
    return (this.#sockets.address() as AddressInfo).port;
  }

  /** Sends frames to everybody. */
  send(frames: readonly string[]): void {
    for (const socket of this.#sockets.clients) for (const text of frames) socket.send(text);
  }

  /** Ends every connection without a word. */
  drop(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
  }
}

/** An application that signs whatever it is asked to sign; in place of `fetch`. */
export async function signing(_address: unknown, init?: RequestInit): Promise<Response> {
  const channel = new URLSearchParams(String(init?.body)).get('channel_name') ?? '';
  const data = channel.startsWith('presence-') ? { channel_data: JSON.stringify({ user_id: 'me' }) } : {};
  return Response.json({ auth: `app-key:${'0'.repeat(64)}`, ...data });
}

/** The answer that grants a channel. */
export function subscribed(channel: string, data: object = {}): string {
  return frame('pusher_internal:subscription_succeeded', data, channel);
}

/** A presence channel's list of so many members. */
export function roster(channel: string, members: number): string {
  const ids = Array.from({ length: members }, (_, index) => memberId(index));
  const hash = Object.fromEntries(ids.map((id) => [id, { name: `Member ${id}` }]));
  return subscribed(channel, { presence: { count: members, ids, hash } });
}

/** How the members are called. */
export function memberId(index: number): string {
  return `user-${index}`;
}

/** A frame as Pusher sends it: data is text in the text. */
export function frame(event: string, data: unknown, channel?: string): string {
  return JSON.stringify({ event, channel, data: JSON.stringify(data) });
}
