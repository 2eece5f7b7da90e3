import { connect as connectTcp } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import WebSocket from 'ws';
import { ConfigurationError } from '../../src/index';
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

test('an answer never comes for a request that is too large, and the server lives', async () => {
  const answer = await fetch(listening.endpoints.publish, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.issueToken()}` },
    body: JSON.stringify({ channel: 'open', event: 'said', data: 'x'.repeat(3_000_000) }),
  });
  expect(answer.status).toBe(400);
});
