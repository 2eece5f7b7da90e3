import { describe, expect, test } from 'vitest';
import {
  createManualClock,
  createTestServer,
  type ManualClock,
  type TestServer,
} from '../../src/testing/index';
import { RawClient } from './raw-client';

function start(): { server: TestServer; clock: ManualClock } {
  const clock = createManualClock();
  return { clock, server: createTestServer({ clock }) };
}

const connect = (server: TestServer): Promise<RawClient> => new RawClient(server.connect()).established();
const trigger = (server: TestServer, signal: AbortSignal | null = null): Promise<Response> =>
  server.fetch('/realtime/trigger', {
    method: 'POST',
    headers: { authorization: `Bearer ${server.issueToken()}` },
    body: JSON.stringify({ channel: 'open', event: 'said', data: {} }),
    signal,
  });

describe('the fault script', () => {
  test('delay() makes frames late in both directions, keeps their order, and ends when undone', async () => {
    const { server, clock } = start();
    const client = await connect(server);
    await client.subscribe('open');
    const stop = server.delay(100);
    server.trigger('open', 'first', {});
    await clock.advance(50);
    stop();
    server.trigger('open', 'second', {});
    await clock.advance(49);
    expect(client.events).not.toContain('first');
    await clock.advance(1);
    expect(client.events.slice(-2)).toEqual(['first', 'second']);
    server.delay(100);
    client.send('pusher:ping', {});
    await clock.advance(199);
    expect(client.events).not.toContain('pusher:pong');
    await clock.advance(1);
    expect(client.events).toContain('pusher:pong');
  });

  test('delay() makes HTTP answers late', async () => {
    const { server, clock } = start();
    server.delay(100);
    let status = 0;
    void trigger(server).then((answer) => {
      status = answer.status;
    });
    await clock.advance(99);
    expect(status).toBe(0);
    await clock.advance(1);
    expect(status).toBe(200);
  });

  test('under mute() a new connection opens and is not greeted until it ends', async () => {
    const { server, clock } = start();
    server.mute();
    const client = new RawClient(server.connect());
    await clock.advance(10_000);
    expect(client.frames).toEqual([]);
    server.unmute();
    await clock.settle();
    expect(client.events).toEqual(['pusher:connection_established']);
  });

  test('under mute() the server does not hear that a client left', async () => {
    const { server, clock } = start();
    const client = await connect(server);
    const stop = server.mute();
    client.close();
    await client.closed;
    expect(server.connections).toHaveLength(1);
    stop();
    await clock.settle();
    expect(server.connections).toEqual([]);
  });

  test('drop() also ends what is muted', async () => {
    const { server } = start();
    const client = await connect(server);
    server.mute();
    server.drop();
    await expect(client.closed).resolves.toBe(1006);
    expect(server.connections).toEqual([]);
  });

  test('close(code) closes everybody with the code', async () => {
    const { server } = start();
    const clients = [await connect(server), await connect(server)];
    server.close(4200, 'Please reconnect');
    expect(await Promise.all(clients.map(({ closed }) => closed))).toEqual([4200, 4200]);
  });

  test('refuse() ends at its time', async () => {
    const { server, clock } = start();
    server.refuse(4100, { until: clock.now() + 1_000 });
    await expect(new RawClient(server.connect()).closed).resolves.toBe(4100);
    await clock.advance(1_000);
    await connect(server);
  });

  test('restart() takes the server away, its HTTP API with it; the application answers 503 meanwhile', async () => {
    const { server, clock } = start();
    const client = await connect(server);
    server.restart({ downFor: 5_000 });
    await expect(client.closed).resolves.toBe(1006);
    await expect(new RawClient(server.connect()).closed).resolves.toBe(1006);
    await expect(server.fetch('/apps/app-id/channels')).rejects.toThrow(TypeError);
    expect((await trigger(server)).status).toBe(503);
    await clock.advance(5_000);
    await connect(server);
    expect((await trigger(server)).status).toBe(200);
  });

  test('restart() forgets cached events and keeps the history', async () => {
    const { server } = start();
    server.trigger('cache-a', 'state', {});
    server.restart();
    const client = await connect(server);
    await client.subscribe('cache-a');
    await client.next('pusher:cache_miss');
    const headers = { authorization: `Bearer ${server.issueToken()}` };
    const answer = await server.fetch('/realtime/history?channel=cache-a', { headers });
    expect((await answer.json()).messages).toHaveLength(1);
  });

  test('scripts of one endpoint are used up in order, and others are not touched', async () => {
    const { server } = start();
    server.rejectAuth(401);
    server.rejectTrigger(503, 2, { body: '<html>bad gateway</html>' });
    server.rejectTrigger(429, 1, { retryAfter: 'Sun, 06 Nov 1994 08:49:37 GMT' });
    const answers = [
      await trigger(server),
      await trigger(server),
      await trigger(server),
      await trigger(server),
    ];
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 429, 200]);
    expect(await answers[0]?.text()).toBe('<html>bad gateway</html>');
    expect(answers[2]?.headers.get('retry-after')).toBe('Sun, 06 Nov 1994 08:49:37 GMT');
  });

  test('what is left of a script can be taken back', async () => {
    const { server } = start();
    const stop = server.rejectTrigger(500, 5);
    await trigger(server);
    stop();
    expect((await trigger(server)).status).toBe(200);
  });

  test('hangTrigger() never answers; the caller can give up, or the stop breaks the connection', async () => {
    const { server, clock } = start();
    const stop = server.hangTrigger(2);
    const caller = new AbortController();
    const given = trigger(server, caller.signal);
    const broken = trigger(server);
    await clock.advance(3_600_000);
    caller.abort();
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });
    stop();
    await expect(broken).rejects.toThrow(TypeError);
    expect(server.requests.map(({ status }) => status)).toEqual([0, 0]);
  });

  test('a request that is aborted before it is made is not made', async () => {
    const { server } = start();
    await expect(trigger(server, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    expect(server.requests).toEqual([]);
  });
});

test('server.connections can be closed one by one, and written to by hand', async () => {
  const server = createTestServer();
  const [one, two] = [await connect(server), await connect(server)];
  server.connections[1]?.send('{"event":"by-hand"}');
  await two.next('by-hand');
  server.connections[0]?.close(4100);
  await expect(one.closed).resolves.toBe(4100);
  await two.settled();
});

test('what cannot work is said at once', () => {
  const server = createTestServer();
  expect(() => createTestServer({ apps: [] })).toThrow('at least one app');
  expect(() => server.trigger('no such name', 'said', {})).toThrow('Invalid channel name');
  expect(() => server.trigger('open', 'said', 'x'.repeat(10_241))).toThrow('larger than 10240 bytes');
  expect(() => server.trigger('open', 'said', {}, { key: 'nobody' })).toThrow('no app with the key "nobody"');
  expect(() => server.connect('nonsense')).toThrow('not a WebSocket address');
});
