import { connect as connectTcp } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import WebSocket from 'ws';
import { ConfigurationError, RealtimeClient, type UntypedChannels } from '../../src/index';
import { createTestServer, type ListeningServer, type TestServer } from '../../src/testing/index';
import { RawClient } from './raw-client';

let server: TestServer;
let listening: ListeningServer;

beforeEach(async () => {
  server = createTestServer();
  listening = await server.listen();
});
afterEach(() => server.stop());

const address = (): string => `ws://127.0.0.1:${listening.port}/app/app-key?protocol=7`;

/** Writes bytes to the port, hangs up once something was answered, and reads until the server closes. */
function exchange(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTcp(listening.port, '127.0.0.1', () => socket.write(bytes));
    let read = '';
    socket.on('data', (chunk) => {
      read += String(chunk);
      socket.end();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(read));
  });
}

test('a page on another port may call the endpoints', async () => {
  const origin = 'http://localhost:5173';
  const preflight = await fetch(listening.endpoints.publish, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,idempotency-key,x-csrf-token',
    },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
  expect(preflight.headers.get('access-control-allow-headers')).toContain('x-csrf-token');
  const answer = await fetch(listening.endpoints.auth, { method: 'POST', headers: { origin } });
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([401, origin]);
  expect(server.requests).toHaveLength(1);
});

test('closeMidFrame() cuts a frame in half', async () => {
  const socket = new WebSocket(address());
  const messages: string[] = [];
  socket.on('message', (data) => messages.push(String(data)));
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('message', resolve));
  server.closeMidFrame();
  await expect(new Promise((resolve) => socket.on('close', resolve))).resolves.toBe(1006);
  expect(messages).toHaveLength(1);
});

test('a port that is taken is said to be', async () => {
  await expect(createTestServer().listen({ port: listening.port })).rejects.toThrow(ConfigurationError);
});

test('closing frees the port, the connections, and lets the server listen again', async () => {
  const client = await new RawClient(new WebSocket(address()) as never).established();
  await listening.close();
  await expect(client.closed).resolves.toBe(1006);
  await expect(fetch(listening.url)).rejects.toThrow();
  const again = await server.listen({ port: listening.port });
  expect(again.port).toBe(listening.port);
});

test.each([
  'nonsense\r\n\r\n',
  'GET //[ HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n',
  'TRACE / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
  'POST /pusher/auth HTTP/1.1\r\nhost: [::\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}',
  'GET http://[ HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
  'GET //// HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
])('survives the request %j', async (bytes) => {
  await exchange(bytes);
  await new RawClient(new WebSocket(address()) as never).established();
});

test('survives frames that break the rules of WebSockets, and messages of a megabyte', async () => {
  const upgrade = [
    'GET /app/app-key?protocol=7 HTTP/1.1',
    'host: x',
    'connection: upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
    '\r\n',
  ].join('\r\n');
  expect(await exchange(`${upgrade}\x77\x01\x02unmasked`)).toContain('101 Switching Protocols');
  const socket = new WebSocket(address());
  const client = await new RawClient(socket as never).established();
  socket.on('error', () => {});
  socket.send('x'.repeat(2_000_000));
  await expect(client.closed).resolves.toBe(1009);
  await new RawClient(new WebSocket(address()) as never).established();
});

/** Some containers have no IPv6. */
const hosts = Object.values(networkInterfaces()).some((each) =>
  each?.some(({ address }) => address === '::1'),
)
  ? ['::1', '::', '0.0.0.0', 'localhost']
  : ['0.0.0.0', 'localhost'];

test.each(hosts)(
  'the address that listen() gives for the host %s is one that clients reach',
  async (host) => {
    const other = createTestServer();
    const { url, options } = await other.listen({ host });
    const client = new RealtimeClient<UntypedChannels>(options);
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
    await client.channel('private-room').ready();
    await client.publish('private-room', 'progress', 1);
    client.destroy();
    await other.stop();
  },
);

/** What somebody gets who asks in one go and waits for the end of the connection. */
const answerTo = async (...lines: string[]): Promise<string> => exchange(`${lines.join('\r\n')}\r\n\r\n`);

test('who offers HTTP/2 along with a request, as Java and curl do, is answered over HTTP/1.1', async () => {
  const body = JSON.stringify({ channel: 'news', event: 'progress', data: 'häß' });
  const answer = await exchange(
    [
      'POST /realtime/trigger HTTP/1.1',
      'Host: localhost',
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
      `Authorization: Bearer ${server.issueToken()}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
  expect(answer).toContain('HTTP/1.1 200 OK');
  expect(server.requests.map(({ path, status }) => [path, status])).toEqual([['/realtime/trigger', 200]]);
});

test('a request that names the whole address, as through a proxy, is answered', async () => {
  const { port } = listening;
  const head = ['Host: localhost', 'Connection: close'];
  expect(
    await answerTo(`GET http://127.0.0.1:${port}/realtime/history?channel=a HTTP/1.1`, ...head),
  ).toContain('HTTP/1.1 401');
  expect(
    await answerTo(
      `GET http://127.0.0.1:${port}/app/app-key?protocol=7 HTTP/1.1`,
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13',
    ),
  ).toContain('HTTP/1.1 101');
  expect(server.requests.map(({ path }) => path)).toEqual(['/realtime/history']);
});

test.each(['/realtime/trigger', '/pusher/auth', '/apps/app-id/events'])(
  'a body of two megabytes for %s is refused as too large, and not read as what is left of it',
  async (path) => {
    const body = new URLSearchParams({
      channel: 'news',
      channel_name: 'private-news',
      socket_id: '1.1',
      event: 'progress',
      data: 'x'.repeat(2_000_000),
    });
    const headers = { authorization: `Bearer ${server.issueToken()}`, origin: 'http://localhost:5173' };
    const answer = await fetch(listening.url + path, { method: 'POST', headers, body });
    expect(answer.status).toBe(413);
    expect(answer.headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
    expect(await answer.text()).toContain('1048576 bytes');
    expect(server.requests).toMatchObject([{ path, status: 413 }]);
  },
);
