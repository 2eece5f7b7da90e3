import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { WebSocketServer } from 'ws';
import { RealtimeClient } from '../../src/index';
import { createLegacyWebSocket } from '../../src/legacy/index';
import { createTestServer } from '../../src/testing/index';

type SocketClass = new (address: string | URL, protocols?: string | string[]) => WebSocket;

interface Platform {
  readonly Socket: SocketClass;
  /** An address that can be opened, without its path. */
  readonly origin: string;
  /** What was sent, out of what came back: only a `LegacySocket` puts it into a frame. */
  said(event: MessageEvent): string;
  stop(): Promise<void> | void;
}

/** What the stories need of a platform. */
export interface Given {
  /** The class of that platform. */
  readonly Socket: SocketClass;
  /** An address that can be opened, without its path. */
  readonly origin: string;
  /** A socket that is closed after the test. */
  dial(address?: string, protocols?: string | string[]): WebSocket;
  /** One that is open. */
  open(): Promise<WebSocket>;
  /** What was sent, out of what came back. */
  said(event: MessageEvent): string;
}

/** Node's own, on a server that echoes: the reference. */
async function native(): Promise<Platform> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (data, binary) => socket.send(data, { binary }));
  });
  await once(server, 'listening');
  return {
    Socket: globalThis.WebSocket,
    origin: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    said: ({ data }) => String(data),
    stop: () => {
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
}

/** Ours, on a Pusher server in memory: what is published comes back as to everybody. */
async function lookalike(): Promise<Platform> {
  const server = createTestServer();
  const client = new RealtimeClient({ ...server.options });
  const routes = {
    '/ws/native': 'test-channel',
    '/': 'test-channel',
    '/ws/native/{id}': 'test-channel-{id}',
  };
  return {
    Socket: createLegacyWebSocket(client, routes, { onError: () => {} }) as SocketClass,
    origin: 'ws://127.0.0.1:8000',
    said: ({ data: frame }) => {
      const { data } = JSON.parse(frame) as { readonly data: unknown };
      return typeof data === 'string' ? data : JSON.stringify(data);
    },
    stop: async () => {
      client.destroy();
      await server.stop();
    },
  };
}

/**
 * Tells the same stories of Node's `WebSocket` and of ours: what is green twice looks alike. The names in brackets are those of the
 * Web Platform Tests that check it, without their endings and below `websockets/` or `websockets/interfaces/WebSocket/`; where none
 * does, the standard is named. Left out is what needs a wire: cookies, headers, blocked ports, mixed content, the server's own
 * closing handshake, binary messages, and the page that goes to sleep. Where Node leaves the standards, `socket.test.ts` has the story.
 */
export function onBothPlatforms(stories: (given: Given) => void): void {
  describe.each([
    ['the WebSocket of Node', native],
    ['LegacySocket', lookalike],
  ])('%s', (_name, begin) => {
    let platform: Platform;
    const dialled: WebSocket[] = [];

    beforeAll(async () => {
      platform = await begin();
    });
    afterEach(() => {
      for (const socket of dialled.splice(0)) {
        socket.onerror = null;
        socket.close();
      }
    });
    afterAll(() => platform.stop());

    function dial(address = `${platform.origin}/ws/native`, protocols?: string | string[]): WebSocket {
      const socket =
        protocols === undefined ? new platform.Socket(address) : new platform.Socket(address, protocols);
      dialled.push(socket);
      return socket;
    }

    stories({
      get Socket() {
        return platform.Socket;
      },
      get origin() {
        return platform.origin;
      },
      dial,
      open: async () => {
        const socket = dial();
        await next(socket, 'open');
        return socket;
      },
      said: (event) => platform.said(event),
    });
  });
}

/** The next event of that type. */
export function next<Type extends keyof WebSocketEventMap>(
  socket: WebSocket,
  type: Type,
): Promise<WebSocketEventMap[Type]> {
  return new Promise((resolve) => socket.addEventListener(type, resolve as EventListener, { once: true }));
}

/** The exception's name, or undefined when nothing is thrown. */
export function thrownBy(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as Error).name;
  }
}
