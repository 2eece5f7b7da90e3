import { afterEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import {
  createManualClock,
  createTestServer,
  type TestServer,
  type TestServerOptions,
} from '../../src/testing/index';
import { signChannel, signUser } from '../../src/testing/signatures';
import { RawClient, type Socket } from './raw-client';

const credentials = { key: 'app-key', secret: 'app-secret' };
const servers: TestServer[] = [];

function serverWith(options: TestServerOptions = {}): TestServer {
  const server = createTestServer({ ids: 'sequential', ...options });
  servers.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

const inMemory = (server: TestServer): Promise<RawClient> => new RawClient(server.connect()).established();

/** A client on a real port, with its socket, because browsers cannot write ping frames. */
async function overTcp(
  server: TestServer,
): Promise<{ readonly client: RawClient; readonly socket: WebSocket }> {
  const { port } = await server.listen();
  const socket = new WebSocket(`ws://127.0.0.1:${port}/app/app-key?protocol=7`);
  // `ws` types its listeners more narrowly than a browser's socket.
  const client = await new RawClient(socket as unknown as Socket).established();
  return { client, socket };
}

const signIn = (client: RawClient, user: object): void => {
  const user_data = JSON.stringify(user);
  client.send('pusher:signin', { user_data, auth: signUser(credentials, client.socketId, user_data) });
};

const join = (client: RawClient, channel: string, user_id: string): Promise<unknown> => {
  const channel_data = JSON.stringify({ user_id });
  const auth = signChannel(credentials, client.socketId, channel, channel_data);
  return client.subscribe(channel, { auth, channel_data });
};

describe('any frame from the client is a sign of life', () => {
  test.each(['ping', 'pong'] as const)('a client that only writes %s frames is not closed', async (frame) => {
    const clock = createManualClock();
    const server = serverWith({ clock });
    const { client, socket } = await overTcp(server);
    for (let round = 0; round < 4; round += 1) {
      await clock.advance(140_000);
      socket[frame]();
      await expect.poll(() => server.connections[0]?.lastHeardAt).toBe(clock.now());
    }
    expect(client.events).not.toContain('pusher:ping');
    expect(server.connections).toHaveLength(1);
  });

  test('a ping frame is answered with what was in it, and not by a half-open connection', async () => {
    const server = serverWith();
    const { socket } = await overTcp(server);
    const answers: string[] = [];
    socket.on('pong', (data) => answers.push(String(data)));
    socket.ping('one');
    await expect.poll(() => answers).toEqual(['one']);
    const unmute = server.mute();
    socket.ping('two');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(answers).toEqual(['one']);
    unmute();
    await expect.poll(() => answers).toEqual(['one', 'two']);
  });

  test.each<[string, string | Uint8Array<ArrayBuffer>]>([
    ['nonsense', 'no JSON'],
    ['binary data', Uint8Array.of(1, 2)],
    ['nothing', ''],
  ])('so is a frame with %s in it', async (_what, frame) => {
    const clock = createManualClock();
    const server = serverWith({ clock });
    const client = await inMemory(server);
    await clock.advance(140_000);
    client.sendRaw(frame);
    await clock.advance(140_000);
    expect(client.events).not.toContain('pusher:ping');
  });
});

describe('a refusal leaves the connection open, and has no code that would close it', () => {
  test('a subscription with a bad signature is refused in the words of Pusher', async () => {
    const client = await inMemory(serverWith());
    client.send('pusher:subscribe', { channel: 'private-a', auth: 'app-key:00' });
    expect((await client.next('pusher:error')).data).toEqual({
      code: null,
      message: `Invalid signature: Expected HMAC SHA256 hex digest of ${client.socketId}:private-a, but got 00`,
    });
    await client.settled();
  });

  test('a signature with the key of another app is told as such', async () => {
    const client = await inMemory(serverWith());
    client.send('pusher:subscribe', { channel: 'private-a', auth: 'other:00' });
    expect((await client.next('pusher:error')).data).toEqual({
      code: null,
      message: "Invalid key in subscription auth data: 'other'",
    });
  });

  test.each<[string, object]>([
    ['a bad signature', { user_data: '{"id":"u"}', auth: 'app-key:00' }],
    ['no signature', { user_data: '{"id":"u"}' }],
    ['nothing', {}],
  ])('a sign-in with %s is refused with a pusher:error', async (_what, data) => {
    const client = await inMemory(serverWith());
    client.send('pusher:signin', data);
    expect((await client.next('pusher:error')).data).toMatchObject({ code: null });
    await client.settled();
  });

  test('with `refusals: "named"` a bad sign-in is closed with 4009, as soketi does', async () => {
    const client = await inMemory(serverWith({ apps: [{ refusals: 'named' }] }));
    client.send('pusher:signin', { user_data: '{"id":"u"}', auth: 'app-key:00' });
    expect((await client.next('pusher:error')).data).toMatchObject({ code: 4009 });
    await expect(client.closed).resolves.toBe(4009);
  });

  test('nobody is told 4000 to 4299 on a connection that stays open', async () => {
    for (const refusals of ['documented', 'named'] as const) {
      const server = serverWith({ apps: [{ refusals, clientEvents: false, limits: { watchlist: 1 } }] });
      const client = await inMemory(server);
      client.send('pusher:subscribe', { channel: 'private-a', auth: 'x' });
      client.send('pusher:subscribe', { channel: 'presence-a', auth: 'app-key:00', channel_data: '{}' });
      client.send('pusher:subscribe', { channel: 'no name' });
      client.send('pusher:subscribe', { channel: '#server-to-user-x' });
      client.send('pusher:unsubscribe', { channel: 'open' });
      client.send('client-wave', {}, 'open');
      client.sendRaw('nonsense');
      signIn(client, { id: 'u', watchlist: ['a', 'b'] });
      signIn(client, { id: 'u', watchlist: ['a', 'b'] });
      await client.settled();
      const codes = client.frames
        .filter(({ event }) => event === 'pusher:error')
        .map(({ data }) => (data as { readonly code: number | null }).code);
      expect(codes.length).toBeGreaterThan(4);
      expect(codes.filter((code) => code !== null && code >= 4000 && code < 4300)).toEqual([]);
    }
  });
});

describe('what a frame carries', () => {
  test('an empty cache is told without data', async () => {
    const client = await inMemory(serverWith());
    await client.subscribe('cache-a');
    expect((await client.next('pusher:cache_miss')).frame).toEqual({
      event: 'pusher:cache_miss',
      channel: 'cache-a',
    });
  });

  const callApi = async (server: TestServer, body: object): Promise<void> => {
    const { default: Pusher } = await import('pusher');
    const { port } = await server.listen();
    const sdk = new Pusher({
      appId: 'app-id',
      key: 'app-key',
      secret: 'app-secret',
      host: '127.0.0.1',
      port: String(port),
      useTLS: false,
    });
    const { channel, name, data } = body as { channel: string; name: string; data: unknown };
    await sdk.trigger(channel, name, data);
  };

  test("what a backend publishes through Pusher's HTTP API has no id, as at Pusher", async () => {
    const server = serverWith();
    const client = await inMemory(server);
    await client.subscribe('cache-a');
    await callApi(server, { channel: 'cache-a', name: 'said', data: { n: 1 } });
    const frame = { event: 'said', channel: 'cache-a', data: '{"n":1}' };
    expect((await client.next('said')).frame).toEqual(frame);
    const late = await inMemory(server);
    await late.subscribe('cache-a');
    expect((await late.next('said')).frame).toEqual(frame);
  });

  test.each([
    ['everything', true, true],
    ['application', true, false],
    ['nothing', false, false],
  ] as const)('`messageIds: %j`', async (messageIds, fromApplication, fromApi) => {
    const server = serverWith({ apps: [{ messageIds }] });
    const client = await inMemory(server);
    await client.subscribe('open');
    server.trigger('open', 'triggered', {});
    expect('message_id' in (await client.next('triggered')).frame).toBe(fromApplication);
    await callApi(server, { channel: 'open', name: 'said', data: {} });
    expect('message_id' in (await client.next('said')).frame).toBe(fromApi);
  });
});

describe('a member who says goodbye leaves at once', () => {
  test('and not when the TCP connection ends', async () => {
    const server = serverWith();
    const { client, socket } = await overTcp(server);
    const watcher = await inMemory(server);
    await join(watcher, 'presence-a', 'w');
    await join(client, 'presence-a', 'u');
    // A close frame, while the TCP connection stays: this client reads nothing, and so never hears the answer.
    (socket as unknown as { readonly _socket: { pause(): void } })._socket.pause();
    socket.close(1000);
    expect((await watcher.next('pusher_internal:member_removed')).data).toEqual({ user_id: 'u' });
    expect(socket.readyState).toBe(WebSocket.CLOSING);
    socket.terminate();
  });
});
