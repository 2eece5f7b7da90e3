import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/index';
import { createTestServer, type TestServer } from '../../src/testing/index';
import { RawClient } from './raw-client';

let server: TestServer | undefined;
afterEach(() => server?.stop());

const upgrade = (path: string, extra = ''): string =>
  [
    `GET ${path} HTTP/1.1`,
    'host: x',
    'connection: upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
    `${extra}\r\n`,
  ].join('\r\n');

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const text = fc.string({ maxLength: 60, unit: 'binary' });

/** A masked frame with any bits in its head, as long as it says or not. */
const frame = fc
  .record({ first: fc.nat(255), length: fc.nat(127), body: bytes, masked: fc.boolean() })
  .map(({ first, length, body, masked }) =>
    Buffer.concat([Buffer.of(first, (masked ? 0x80 : 0) | length), body]),
  );

/** A close frame with any code and any reason, well-formed otherwise. */
const goodbye = fc
  .record({ code: fc.nat(0xffff), reason: fc.uint8Array({ maxLength: 123 }) })
  .map(({ code, reason }) =>
    Buffer.concat([
      Buffer.of(0x88, 0x80 | (2 + reason.length), 0, 0, 0, 0, code >> 8, code & 0xff),
      Buffer.from(reason),
    ]),
  );

const conversation = fc.oneof(
  bytes.map((garbage) => [garbage]),
  fc
    .record({
      method: fc.constantFrom('GET', 'POST', 'PUT', 'TRACE', 'CONNECT', 'OPTIONS', 'HEAD', 'PATCH', 'X'),
      path: fc.oneof(
        fc.constantFrom(
          '/',
          '//',
          '/app/',
          '/pusher/auth',
          '/realtime/trigger',
          '*',
          'http://[',
          '/%',
          '/apps/app-id/events',
        ),
        text,
      ),
      header: fc.oneof(
        fc.constantFrom(
          'transfer-encoding: chunked\r\n\r\nzz\r\n',
          'content-length: -1',
          'content-length: 5\r\n\r\nab',
          'expect: 100-continue',
          'host: [::',
          'origin: \u0001',
          'authorization: Bearer',
        ),
        text,
      ),
    })
    .map(({ method, path, header }) => [
      Buffer.from(`${method} ${path} HTTP/1.1\r\nhost: x\r\n${header}\r\n\r\n`, 'latin1'),
    ]),
  fc
    .record({
      path: fc.constantFrom(
        '/app/app-key?protocol=7',
        '/app/%',
        '/app/app-key',
        '//',
        '/app/__proto__?protocol=7',
      ),
      extra: fc.constantFrom(
        '',
        'sec-websocket-extensions: permessage-deflate; x=\r\n',
        'sec-websocket-protocol: a,,\r\n',
      ),
      frames: fc.array(fc.oneof(frame, goodbye, bytes), { maxLength: 6 }),
    })
    .map(({ path, extra, frames }) => [Buffer.from(upgrade(path, extra)), ...frames]),
);

/** Writes to the port piece by piece and hangs up, politely or not. */
async function say(port: number, pieces: readonly Buffer[], politely: boolean): Promise<void> {
  const socket: Socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'connect');
  for (const piece of pieces) {
    if (!socket.destroyed) await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
  }
  if (politely) socket.end();
  else socket.resetAndDestroy();
  await new Promise<void>((resolve) => {
    if (socket.destroyed) resolve();
    socket.on('close', () => resolve());
    setTimeout(() => socket.destroy(), 100).unref();
  });
}

test('whatever comes in on the port, the process lives and serves the next one', {
  timeout: 180_000,
}, async () => {
  const thrown: unknown[] = [];
  const note = (error: unknown): void => void thrown.push(error);
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
  server = createTestServer();
  const listening = await server.listen();
  try {
    await fc.assert(
      fc.asyncProperty(conversation, fc.boolean(), async (pieces, politely) => {
        await say(listening.port, pieces, politely);
        expect(thrown).toEqual([]);
      }),
      { numRuns: 400 },
    );
    const answer = await fetch(`${listening.url}/nowhere`);
    expect(answer.status).toBe(404);
    await new RawClient(
      new WebSocket(`ws://127.0.0.1:${listening.port}/app/app-key?protocol=7`),
    ).established();
    await expect.poll(() => server?.connections.length).toBe(1);
  } finally {
    process.off('uncaughtException', note);
    process.off('unhandledRejection', note);
  }
});

test('a fault script with any code throws where it is written, or does what it says', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.integer({ min: 900, max: 5_100 }), fc.double(), fc.anything()),
      fc.oneof(fc.string({ maxLength: 200, unit: 'binary' }), fc.anything()),
      async (code, reason) => {
        const host = createTestServer();
        const client = await new RawClient(host.connect()).established();
        const attempt = (call: () => void): boolean => {
          try {
            call();
            return true;
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigurationError);
            return false;
          }
        };
        // The casts are the point: tests in JavaScript have no types.
        attempt(() => void host.refuse(code as number, { times: 1 }));
        if (attempt(() => host.close(code as number, reason as string)))
          expect(await client.closed).toBe(code ?? 4200);
        else expect(host.connections).toHaveLength(1);
        await host.stop();
      },
    ),
    { numRuns: 500 },
  );
});

test('over real sockets too, a code that cannot be sent harms nobody who is connected or dials', async () => {
  const thrown: unknown[] = [];
  const note = (error: unknown): void => void thrown.push(error);
  process.on('uncaughtException', note);
  const host = createTestServer();
  server = host;
  const { port } = await host.listen();
  const dial = (): WebSocket => new WebSocket(`ws://127.0.0.1:${port}/app/app-key?protocol=7`);
  try {
    for (const code of [1006, 1005, 5000, 0, Number.NaN]) {
      expect(() => host.refuse(code)).toThrow(ConfigurationError);
      await new RawClient(dial()).established();
      expect(() => host.close(code)).toThrow(ConfigurationError);
    }
    expect(host.connections).toHaveLength(5);
    for (const code of [1000, 1013, 3000, 4999]) {
      host.refuse(code, { times: 1 });
      await expect(new RawClient(dial()).closed).resolves.toBe(code);
    }
    expect(thrown).toEqual([]);
  } finally {
    process.off('uncaughtException', note);
  }
});
