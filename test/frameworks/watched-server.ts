import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createTestServer, type TestServer } from '../../src/testing/index';

/** A test server behind a port that counts whoever connects. */
export interface WatchedServer {
  readonly server: TestServer;
  readonly port: number;
  /** How many connections there were so far, of any kind. */
  readonly visits: number;
  close(): Promise<void>;
}

/** Listens on a free port. */
export async function watchServer(): Promise<WatchedServer> {
  const server = createTestServer();
  const { port: inner } = await server.listen();
  const sockets = new Set<Socket>();
  let visits = 0;
  const door = createServer((socket) => {
    visits += 1;
    const through = connect(inner, '127.0.0.1');
    for (const each of [socket, through]) {
      sockets.add(each);
      each.on('error', () => {});
      each.on('close', () => {
        socket.destroy();
        through.destroy();
      });
    }
    socket.pipe(through).pipe(socket);
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  return {
    server,
    port: (door.address() as AddressInfo).port,
    get visits() {
      return visits;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => door.close(resolve));
      await server.stop();
    },
  };
}
