import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { md5Hex } from '../../src/testing/cryptography';
import { createTestServer, type TestServer } from '../../src/testing/index';
import { signChannel, signRequest } from '../../src/testing/signatures';
import { RawClient, type Socket } from '../testing/raw-client';

/** A server behind one of its hosts. */
export interface OpenHost {
  /** Opens a WebSocket; `path` begins with a slash. */
  connect(path: string): Socket;
  /** A fetch that reaches the server. */
  readonly fetch: typeof fetch;
  /** What the server's HTTP addresses begin with. */
  readonly url: string;
  close(): Promise<void>;
}

/** Puts a server behind a host. */
export type HostOpener = (server: TestServer) => Promise<OpenHost>;

const credentials = { key: 'app-key', secret: 'app-secret' };
const path = '/app/app-key?protocol=7&client=js&version=8.6.0&flash=false';

/** What a test server promises, whichever way one reaches it. */
export function describeServerHost(name: string, open: HostOpener): void {
  describe(`the test server ${name}`, () => {
    let server: TestServer;
    let host: OpenHost;

    beforeEach(async () => {
      server = createTestServer({ ids: 'sequential' });
      host = await open(server);
    });
    afterEach(async () => {
      await server.stop();
      await host.close();
    });

    const connect = (): Promise<RawClient> => new RawClient(host.connect(path)).established();
    const auth = ({ socketId }: RawClient, channel: string, channelData?: string): { auth: string } => ({
      auth: signChannel(credentials, socketId, channel, channelData),
    });
    const join = (client: RawClient, channel: string, member: object): Promise<unknown> => {
      const channel_data = JSON.stringify(member);
      return client.subscribe(channel, { ...auth(client, channel, channel_data), channel_data });
    };
    const post = (endpoint: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
      host.fetch(host.url + endpoint, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${server.issueToken()}`,
          ...headers,
        },
        body: JSON.stringify(body),
      });
    const callApi = (method: string, endpoint: string, body?: unknown): Promise<Response> => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const url = new URL(`/apps/app-id${endpoint}`, host.url);
      url.searchParams.set('auth_key', credentials.key);
      url.searchParams.set('auth_timestamp', String(Math.floor(Date.now() / 1000)));
      url.searchParams.set('auth_version', '1.0');
      if (text !== '') url.searchParams.set('body_md5', md5Hex(text));
      const signature = signRequest(credentials.secret, method, url.pathname, url.searchParams);
      url.searchParams.set('auth_signature', signature);
      return host.fetch(url, text === '' ? { method } : { method, body: text });
    };

    test('greets a client with its socket id and the idle limit', async () => {
      const client = await connect();
      expect(client.frames[0]?.data).toEqual({ socket_id: '1.1', activity_timeout: 120 });
      expect(server.connections.map(({ socketId }) => socketId)).toEqual(['1.1']);
    });

    test.each([
      [4001, '/app/other-key?protocol=7'],
      [4005, '/somewhere?protocol=7'],
      [4006, '/app/app-key?protocol=seven'],
      [4006, '/app/app-key?protocol=7&version=latest'],
      [4007, '/app/app-key?protocol=8'],
      [4008, '/app/app-key'],
    ])('closes with %i when dialled at %s', async (code, wrong) => {
      const client = new RawClient(host.connect(wrong));
      await expect(client.closed).resolves.toBe(code);
      expect(client.frames).toEqual([]);
    });

    test('delivers a triggered event to subscribers, in order, with its id', async () => {
      const client = await connect();
      await client.subscribe('open');
      server.trigger('open', 'first', { n: 1 });
      server.trigger('open', 'second', 'plain text', { id: 'mine' });
      expect((await client.next('first')).frame).toEqual({
        event: 'first',
        channel: 'open',
        data: '{"n":1}',
        message_id: 'message-1',
      });
      expect((await client.next('second')).frame).toMatchObject({ data: 'plain text', message_id: 'mine' });
    });

    test('unsubscribing ends the delivery', async () => {
      const client = await connect();
      await client.subscribe('open');
      client.send('pusher:unsubscribe', { channel: 'open' });
      await client.settled();
      server.trigger('open', 'late', {});
      await client.settled();
      expect(client.events).not.toContain('late');
      expect(server.channels).toEqual([]);
    });

    test('takes a private channel only with the signature of this socket', async () => {
      const [one, two] = [await connect(), await connect()];
      await one.subscribe('private-a', auth(one, 'private-a'));
      two.send('pusher:subscribe', { channel: 'private-a', ...auth(one, 'private-a') });
      expect((await two.next('pusher:error')).data).toMatchObject({ code: null });
      await two.settled();
    });

    test('a user with two connections joins and leaves a presence channel once', async () => {
      const [watcher, tab, otherTab] = [await connect(), await connect(), await connect()];
      await join(watcher, 'presence-a', { user_id: 'w' });
      await join(tab, 'presence-a', { user_id: 'u', user_info: { name: 'U' } });
      const joined = await join(otherTab, 'presence-a', { user_id: 'u' });
      expect(joined).toMatchObject({
        data: { presence: { ids: ['w', 'u'], hash: { w: null, u: { name: 'U' } }, count: 2 } },
      });
      expect((await watcher.next('pusher_internal:member_added')).data).toEqual({
        user_id: 'u',
        user_info: { name: 'U' },
      });
      tab.close();
      await tab.closed;
      otherTab.close();
      expect((await watcher.next('pusher_internal:member_removed')).data).toEqual({ user_id: 'u' });
      const changes = watcher.events.filter((event) => event.includes('member_'));
      expect(changes).toEqual(['pusher_internal:member_added', 'pusher_internal:member_removed']);
    });

    test('client events go to the others, with the user on presence channels, and never to the sender', async () => {
      const [one, two] = [await connect(), await connect()];
      await join(one, 'presence-a', { user_id: 'one' });
      await join(two, 'presence-a', { user_id: 'two' });
      one.send('client-wave', { hand: 'left' }, 'presence-a');
      const { frame } = await two.next('client-wave');
      expect(frame).toEqual({
        event: 'client-wave',
        channel: 'presence-a',
        data: '{"hand":"left"}',
        user_id: 'one',
      });
      await one.settled();
      expect(one.events).not.toContain('client-wave');
    });

    test('refuses client events on public channels with 4301', async () => {
      const client = await connect();
      await client.subscribe('open');
      client.send('client-wave', {}, 'open');
      expect((await client.next('pusher:error')).data).toMatchObject({ code: 4301 });
    });

    test('a cache channel tells latecomers its last event, or that there is none', async () => {
      const [early, late] = [await connect(), await connect()];
      await early.subscribe('cache-a');
      await early.next('pusher:cache_miss');
      server.trigger('cache-a', 'state', { n: 1 });
      await early.next('state');
      await late.subscribe('cache-a');
      expect((await late.next('state')).data).toEqual({ n: 1 });
    });

    test('survives frames that are binary, oversized or no frames at all', async () => {
      const client = await connect();
      for (const frame of ['', '{', 'null', '[]', '{"event":7}', `"${'x'.repeat(100_000)}"`]) {
        client.sendRaw(frame);
        expect((await client.next('pusher:error')).data).toMatchObject({ code: 4300 });
      }
      client.sendRaw(Uint8Array.of(1, 2, 3));
      expect((await client.next('pusher:error')).data).toMatchObject({ code: 4300 });
      await client.settled();
    });

    test('serves the signed HTTP API', async () => {
      const client = await connect();
      await client.subscribe('open');
      const event = { name: 'from-backend', channel: 'open', data: '{"n":1}' };
      const answer = await callApi('POST', '/events', event);
      expect([answer.status, await answer.json()]).toEqual([200, {}]);
      expect((await client.next('from-backend')).data).toEqual({ n: 1 });
      const channels = await callApi('GET', '/channels?filter_by_prefix=op');
      expect(await channels.json()).toEqual({ channels: { open: {} } });
      const unsigned = await host.fetch(`${host.url}/apps/app-id/channels?auth_key=app-key`);
      expect(unsigned.status).toBe(401);
    });

    test('signs subscriptions for those who have a token', async () => {
      const client = await connect();
      const question = { socket_id: client.socketId, channel_name: 'presence-a' };
      const answer = await post('/pusher/auth', question);
      const proof = await answer.json();
      expect(proof).toEqual({
        auth: signChannel(credentials, client.socketId, 'presence-a', proof.channel_data),
        channel_data: JSON.stringify({ user_id: 'user-1', user_info: { name: 'user-1' } }),
      });
      await client.subscribe('presence-a', proof);
      const refused = await post('/pusher/auth', question, { authorization: 'Bearer nonsense' });
      expect(refused.status).toBe(401);
      expect(server.requests.map(({ status, authorized }) => [status, authorized])).toEqual([
        [200, true],
        [401, true],
      ]);
    });

    test('publishes once for each idempotency key, and gives the same answer again', async () => {
      const client = await connect();
      await client.subscribe('open');
      const message = { channel: 'open', event: 'said', data: { n: 1 }, id: 'm-1' };
      const first = await post('/realtime/trigger', message, { 'idempotency-key': 'm-1' });
      const again = await post('/realtime/trigger', message, { 'idempotency-key': 'm-1' });
      expect(await again.json()).toEqual(await first.json());
      await client.settled();
      expect(client.frames.filter(({ event }) => event === 'said')).toHaveLength(1);
      expect(client.frames.at(-2)?.frame['message_id']).toBe('m-1');
    });

    test('drop() cuts connections without a close frame', async () => {
      const client = await connect();
      server.drop();
      await expect(client.closed).resolves.toBe(1006);
      expect(server.connections).toEqual([]);
      await connect();
    });

    test('refuse(code) closes new connections with the code, as often as asked', async () => {
      server.refuse(4100, { times: 1 });
      await expect(new RawClient(host.connect(path)).closed).resolves.toBe(4100);
      await connect();
    });

    test("refuse('tcp') lets nobody in until it is taken back", async () => {
      const stop = server.refuse('tcp');
      await expect(new RawClient(host.connect(path)).closed).resolves.toBe(1006);
      stop();
      await connect();
    });

    test('mute() holds everything back, and what was said meanwhile arrives after it', async () => {
      const client = await connect();
      await client.subscribe('open');
      const stop = server.mute();
      server.trigger('open', 'held', {});
      const received = client.frames.length;
      client.send('pusher:ping', {});
      const arrived = await Promise.race([
        client.next('held').then(() => true),
        new Promise((resolve) => setTimeout(() => resolve(false), 50)),
      ]);
      expect([arrived, client.frames.length]).toEqual([false, received]);
      stop();
      await client.settled();
      expect(client.events).toContain('held');
    });

    test('restart() forgets who was there', async () => {
      const client = await connect();
      await client.subscribe('open');
      server.restart();
      await expect(client.closed).resolves.toBe(1006);
      expect([server.connections, server.channels]).toEqual([[], []]);
      await connect();
    });

    test('rejectAuth answers with the status, so many times, and says when to come back', async () => {
      server.rejectAuth(503, 1, { retryAfter: 7 });
      const question = { socket_id: '1.1', channel_name: 'private-a' };
      const refused = await post('/pusher/auth', question);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '7']);
      expect((await post('/pusher/auth', question)).status).toBe(200);
    });

    test("rejectTrigger('network') breaks the connection; with afterWork the message was published", async () => {
      const client = await connect();
      await client.subscribe('open');
      server.rejectTrigger('network', 1, { afterWork: true });
      const message = { channel: 'open', event: 'said', data: {} };
      await expect(post('/realtime/trigger', message)).rejects.toThrow();
      await client.next('said');
    });
  });
}
