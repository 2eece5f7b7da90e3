import { describe, expect, test } from 'vitest';
import {
  createManualClock,
  createTestServer,
  type TestServer,
  type TestServerOptions,
} from '../../src/testing/index';
import { RawClient } from './raw-client';

function post(
  server: TestServer,
  path: string,
  body: BodyInit,
  headers: Record<string, string> = {},
): Promise<Response> {
  const authorization = `Bearer ${server.issueToken()}`;
  return server.fetch(path, { method: 'POST', body, headers: { authorization, ...headers } });
}

const trigger = (server: TestServer, message: unknown, headers?: Record<string, string>): Promise<Response> =>
  post(server, '/realtime/trigger', JSON.stringify(message), headers);

const authorize = (server: TestServer, channel_name: string, token: string): Promise<Response> => {
  const body = new URLSearchParams({ socket_id: '1.1', channel_name });
  return post(server, '/pusher/auth', body, { authorization: token });
};

async function listener(server: TestServer, channel = 'open'): Promise<RawClient> {
  const client = await new RawClient(server.connect()).established();
  await client.subscribe(channel);
  return client;
}

describe('the auth endpoint', () => {
  test('reads forms and JSON, at both addresses', async () => {
    const server = createTestServer();
    const fields = { socket_id: '1.1', channel_name: 'private-a' };
    const json = { 'content-type': 'application/json' };
    const answers = await Promise.all([
      post(server, '/pusher/auth', new URLSearchParams(fields)),
      post(server, '/pusher/auth', JSON.stringify(fields), json),
      post(server, '/api/v1/pusher/auth', JSON.stringify(fields), json),
    ]);
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    expect(bodies).toEqual(Array(3).fill({ auth: expect.stringMatching(/^app-key:[0-9a-f]{64}$/) }));
    expect(server.requests.map(({ body }) => body)).toEqual([fields, fields, fields]);
  });

  test('takes the scheme in any case, as FastAPI does', async () => {
    const server = createTestServer();
    const token = server.issueToken();
    for (const scheme of ['Bearer', 'bearer', 'BEARER'])
      expect((await authorize(server, 'private-a', `${scheme} ${token}`)).status).toBe(200);
    for (const wrong of ['Bearer', `Basic ${token}`, token])
      expect((await authorize(server, 'private-a', wrong)).status).toBe(401);
  });

  test('a token is good until it expires', async () => {
    const clock = createManualClock();
    const server = createTestServer({ clock });
    expect(server.issueToken()).not.toBe(server.issueToken());
    const token = `Bearer ${server.issueToken({ expiresIn: 60_000 })}`;
    expect((await authorize(server, 'private-a', token)).status).toBe(200);
    await clock.advance(60_000);
    expect((await authorize(server, 'private-a', token)).status).toBe(401);
    expect(
      (await authorize(server, 'private-a', `Bearer ${server.issueToken({ expiresIn: -1 })}`)).status,
    ).toBe(401);
  });

  test('asks the application who may have what, and as whom', async () => {
    const questions: unknown[] = [];
    const server = createTestServer({
      authorize: async (question) => {
        questions.push(question);
        if (question.channel === 'private-staff') return false;
        return { userId: 'renamed', userInfo: { role: 'teacher' } };
      },
    });
    const token = `Bearer ${server.issueToken({ userId: 'u' })}`;
    expect((await authorize(server, 'private-staff', token)).status).toBe(403);
    const { channel_data } = await (await authorize(server, 'presence-a', token)).json();
    expect(JSON.parse(channel_data)).toEqual({ user_id: 'renamed', user_info: { role: 'teacher' } });
    expect(questions[0]).toEqual({
      action: 'subscribe',
      channel: 'private-staff',
      userId: 'u',
      socketId: '1.1',
      parameters: { socket_id: '1.1', channel_name: 'private-staff' },
    });
  });

  test('works without tokens when told to', async () => {
    const server = createTestServer({ requireToken: false });
    const body = new URLSearchParams({ socket_id: '1.1', channel_name: 'presence-a' });
    const answer = await server.fetch('/pusher/auth', { method: 'POST', body });
    expect(JSON.parse((await answer.json()).channel_data)).toMatchObject({ user_id: 'guest-1.1' });
  });

  test.each([
    ['no socket_id', { channel_name: 'private-a' }],
    ['a socket_id that is none', { socket_id: '1', channel_name: 'private-a' }],
    ['no channel_name', { socket_id: '1.1' }],
    ['a channel name that cannot be', { socket_id: '1.1', channel_name: 'private a' }],
  ])('answers 400 to %s', async (_what, fields) => {
    const answer = await post(
      createTestServer(),
      '/pusher/auth',
      new URLSearchParams(Object.entries(fields)),
    );
    expect([answer.status, await answer.json()]).toEqual([400, { detail: expect.any(String) }]);
  });

  test('parameters may be in the query, as for backends whose handlers take them there', async () => {
    const seen: unknown[] = [];
    const server = createTestServer({ authorize: ({ parameters }) => seen.push(parameters) > 0 });
    const question = 'socket_id=1.1&channel_name=private-a';
    const inQuery = await post(server, `/pusher/auth?${question}&room=blue`, '');
    const inBody = await post(server, '/pusher/auth', new URLSearchParams(question));
    expect([inQuery.status, await inQuery.json()]).toEqual([200, await inBody.json()]);
    expect(seen[0]).toEqual({ socket_id: '1.1', channel_name: 'private-a', room: 'blue' });
    // What is in the body has the last word.
    const both = await post(server, '/pusher/auth?channel_name=private-b', new URLSearchParams(question));
    expect(await both.json()).toEqual(await (await post(server, `/pusher/auth?${question}`, '')).json());
    expect((await post(server, '/pusher/user-auth?socket_id=1.1', '')).status).toBe(200);
  });

  test.each<[string, (server: TestServer) => Record<string, string>, RegExp]>([
    ['nothing', () => ({}), /^Not authenticated$/],
    ['another scheme', () => ({ authorization: 'Basic x' }), /not "Bearer <token>"/],
    ['a strange token', () => ({ authorization: 'Bearer x.y.z' }), /not issued by this server/],
    [
      'a token that has expired',
      (server) => ({ authorization: `Bearer ${server.issueToken({ expiresIn: 60_000 })}` }),
      /^The token expired 40000 ms ago: it was issued for 60000 ms$/,
    ],
    [
      'a token of seconds that were milliseconds',
      (server) => ({ authorization: `Bearer ${server.issueToken({ expiresIn: 60 })}` }),
      /it was issued for 60 ms; `expiresIn` of issueToken\(\) is in milliseconds$/,
    ],
    [
      'a token that was dead on arrival',
      (server) => ({ authorization: `Bearer ${server.issueToken({ expiresIn: -1 })}` }),
      /^The token was issued expired$/,
    ],
  ])('answers 401 to %s, and says why', async (_what, headersOf, detail) => {
    const clock = createManualClock();
    const server = createTestServer({ clock });
    const headers = headersOf(server);
    await clock.advance(100_000);
    const answer = await server.fetch('/pusher/auth', { method: 'POST', headers });
    expect([answer.status, (await answer.json()).detail]).toEqual([401, expect.stringMatching(detail)]);
  });

  test('a token for 60 ms is good for 60 ms', async () => {
    const clock = createManualClock();
    await clock.advance(999);
    const server = createTestServer({ clock });
    const token = `Bearer ${server.issueToken({ expiresIn: 60 })}`;
    await clock.advance(59);
    expect((await authorize(server, 'private-a', token)).status).toBe(200);
    await clock.advance(1);
    expect((await authorize(server, 'private-a', token)).status).toBe(401);
  });

  test('signs who somebody is, for the holder of a token only', async () => {
    const server = createTestServer({ watchlist: () => ['friend'] });
    const body = (): URLSearchParams => new URLSearchParams({ socket_id: '1.1' });
    const token = `Bearer ${server.issueToken({ userId: 'u', info: { name: 'U' } })}`;
    const answer = await post(server, '/pusher/user-auth', body(), { authorization: token });
    const { user_data } = await answer.json();
    expect(JSON.parse(user_data)).toEqual({ id: 'u', user_info: { name: 'U' }, watchlist: ['friend'] });
    expect((await server.fetch('/pusher/user-auth', { method: 'POST', body: body() })).status).toBe(401);
  });
});

describe('the trigger endpoint', () => {
  test('leaves out the connection that is named, and takes texts as they are', async () => {
    const server = createTestServer();
    const [one, two] = [await listener(server), await listener(server)];
    await trigger(server, { channel: 'open', event: 'said', data: 'text', socket_id: one.socketId });
    expect((await two.next('said')).frame['data']).toBe('text');
    await one.settled();
    expect(one.events).not.toContain('said');
  });

  test.each<[TestServerOptions['triggerAnswer'], unknown]>([
    ['result', { ok: true, result: { channels: { open: {} }, event_id: 'message-1' } }],
    [
      'status',
      expect.objectContaining({ status: 'success', data: expect.objectContaining({ triggered: true }) }),
    ],
    ['success', { success: true, event_id: 'message-1' }],
    [({ eventId }) => ({ status: 202, body: { accepted: eventId } }), { accepted: 'message-1' }],
  ])('says "accepted" in the shape %s', async (shape, body) => {
    const server = createTestServer({
      ids: 'sequential',
      ...(shape === undefined ? {} : { triggerAnswer: shape }),
    });
    const answer = await trigger(server, { channel: 'open', event: 'said', data: {} });
    expect(await answer.json()).toEqual(body);
  });

  test('publishes a batch in its order, each message once, and answers each', async () => {
    const server = createTestServer({
      authorize: ({ action, channel }) => action === 'subscribe' || channel === 'open',
    });
    const client = await listener(server);
    const batch = [
      { id: 'a', channel: 'open', event: 'said', data: 1 },
      { id: 'b', channel: 'closed', event: 'said', data: 2 },
      { id: 'c', channel: 'open', event: 'pusher:said', data: 3 },
      { id: '__proto__', channel: 'open', event: 'said', data: 4 },
    ];
    const answers = [await trigger(server, { batch }), await trigger(server, { batch })];
    const [first, again] = await Promise.all(answers.map((answer) => answer.text()));
    expect(again).toBe(first);
    const { results } = JSON.parse(first ?? '') as { readonly results: Readonly<Record<string, object>> };
    expect(Object.keys(results)).toEqual(['a', 'b', 'c', '__proto__']);
    expect(results).toMatchObject({
      a: { ok: true },
      b: { status: 403, error: 'No access to closed' },
      c: { status: 422 },
    });
    await client.settled();
    expect(client.events.filter((event) => event === 'said')).toHaveLength(2);
  });

  test.each<[string, unknown, number]>([
    [
      'more than ten',
      Array.from({ length: 11 }, (_, n) => ({ id: `${n}`, channel: 'open', event: 'said', data: n })),
      413,
    ],
    ['a message without an id', [{ channel: 'open', event: 'said', data: 1 }], 422],
    ['no messages', [null, 7, 'said'], 422],
  ])('refuses a batch of %s', async (_, batch, status) => {
    const server = createTestServer();
    const client = await listener(server);
    expect((await trigger(server, { batch })).status).toBe(status);
    await client.settled();
    expect(client.events).not.toContain('said');
  });

  test('tells how many were on the channel', async () => {
    const server = createTestServer({ apps: [{ subscriptionCount: true }] });
    await listener(server);
    const answers = ['open', 'presence-a', 'private-a'].map(async (channel) => {
      const answer = await trigger(server, { channel, event: 'said', data: {} });
      return (await answer.json()).result.channels;
    });
    expect(await Promise.all(answers)).toEqual([
      { open: { subscription_count: 1 } },
      { 'presence-a': { user_count: 0 } },
      { 'private-a': { subscription_count: 0 } },
    ]);
  });

  test('says "accepted" with nothing at all', async () => {
    const answer = await trigger(createTestServer({ triggerAnswer: 'empty' }), {
      channel: 'open',
      event: 'said',
      data: {},
    });
    expect([answer.status, await answer.text()]).toEqual([204, '']);
  });

  test.each([
    [400, 'not json'],
    [400, '[]'],
    [422, '{}'],
    [422, '{"channel":"not a name","event":"said","data":1}'],
    [422, '{"channel":"open","event":"pusher:said","data":1}'],
    [422, '{"channel":"open","event":7,"data":1}'],
    [413, JSON.stringify({ channel: 'open', event: 'said', data: 'x'.repeat(10_241) })],
  ])('answers %i to %s', async (status, body) => {
    expect((await post(createTestServer(), '/realtime/trigger', body)).status).toBe(status);
  });

  test('a message without data is a message whose data is null', async () => {
    const server = createTestServer();
    const client = await listener(server);
    expect((await trigger(server, { channel: 'open', event: 'said' })).status).toBe(200);
    expect((await client.next('said')).frame['data']).toBe('null');
  });

  test('the same message twice at once, as a client sends it when the first answer is late, is published once', async () => {
    const server = createTestServer({
      authorize: () => new Promise((resolve) => setTimeout(resolve, 5, true)),
    });
    const { frames } = await listener(server);
    const message = { channel: 'open', event: 'said', data: 1, id: 'm-1' };
    const answers = await Promise.all(
      [1, 2, 3].map(() => trigger(server, message, { 'idempotency-key': 'm-1' })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(frames.filter(({ event }) => event === 'said')).toHaveLength(1);
  });

  test('an empty id is none', async () => {
    const server = createTestServer({ ids: 'sequential' });
    const answer = await trigger(
      server,
      { channel: 'open', event: 'said', data: 1, id: '' },
      { 'idempotency-key': '' },
    );
    expect(await answer.json()).toMatchObject({ result: { event_id: 'message-1' } });
  });

  test('an idempotency key belongs to its user, and a refusal does not use it up', async () => {
    let allowed = false;
    const server = createTestServer({ authorize: () => allowed });
    const client = await listener(server);
    const message = { channel: 'open', event: 'said', data: {} };
    const key = { 'idempotency-key': 'k' };
    expect((await trigger(server, message, key)).status).toBe(403);
    allowed = true;
    expect((await trigger(server, message, key)).status).toBe(200);
    const replayed = await trigger(server, message, key);
    expect(replayed.headers.get('idempotent-replayed')).toBe('true');
    const other = `Bearer ${server.issueToken({ userId: 'other' })}`;
    await trigger(server, message, { ...key, authorization: other });
    await client.settled();
    expect(client.events.filter((event) => event === 'said')).toHaveLength(2);
  });

  test('announces what the application wants announced', async () => {
    const server = createTestServer({ headers: { deprecation: 'true', sunset: '2025-06-01' } });
    const answer = await trigger(server, { channel: 'open', event: 'said', data: {} });
    expect(answer.headers.get('deprecation')).toBe('true');
  });
});

describe('the history endpoint', () => {
  const history = async (server: TestServer, query: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${server.issueToken()}` };
    return (await server.fetch(`/realtime/history?${query}`, { headers })).json();
  };

  test('gives what came after an id, and says when it cannot be sure', async () => {
    const server = createTestServer({ ids: 'sequential', apps: [{ limits: { history: 3 } }] });
    for (let n = 1; n <= 4; n += 1) server.trigger('open', 'said', { n });
    const message = (n: number): unknown =>
      expect.objectContaining({ id: `message-${n}`, event: 'said', data: { n } });
    expect(await history(server, 'channel=open&after=message-3')).toEqual({
      channel: 'open',
      messages: [message(4)],
      complete: true,
    });
    expect(await history(server, 'channel=open&after=message-1')).toEqual({
      channel: 'open',
      messages: [message(2), message(3), message(4)],
      complete: false,
    });
    expect(await history(server, 'channel=open&after=message-2&limit=1')).toEqual({
      channel: 'open',
      messages: [message(3)],
      complete: false,
    });
  });

  describe('for somebody who was there and heard nothing', () => {
    const past = async (keep = 1_000): Promise<TestServer> => {
      const clock = createManualClock(1_000_000);
      const server = createTestServer({ clock, ids: 'sequential', apps: [{ limits: { history: keep } }] });
      for (let n = 1; n <= 4; n += 1) {
        server.trigger('open', 'said', { n });
        await clock.advance(1_000);
      }
      return server;
    };
    const ids = async (server: TestServer, query: string): Promise<unknown> => {
      const { messages, complete } = (await history(server, `channel=open&${query}`)) as {
        readonly messages: readonly { readonly id: string }[];
        readonly complete: boolean;
      };
      return [messages.map(({ id }) => id), complete];
    };

    test('gives what was published since then, and not the whole past', async () => {
      const server = await past();
      expect(await ids(server, 'since=1002000')).toEqual([['message-3', 'message-4'], true]);
      expect(await ids(server, 'since=1003001')).toEqual([[], true]);
      expect(await ids(server, '')).toEqual([['message-1', 'message-2', 'message-3', 'message-4'], true]);
      // An id says more than a time.
      expect(await ids(server, 'since=1000000&after=message-3')).toEqual([['message-4'], true]);
      // A value that says nothing is no value.
      expect(await ids(server, 'since=1003000&after=&limit=')).toEqual([['message-4'], true]);
      expect(await ids(server, 'since=&after=message-3')).toEqual([['message-4'], true]);
    });

    test('says when it does not reach back so far', async () => {
      const server = await past(2);
      expect(await ids(server, 'since=1001500')).toEqual([['message-3', 'message-4'], true]);
      expect(await ids(server, 'since=1001000')).toEqual([['message-3', 'message-4'], false]);
      // Whoever names a message that is not known may have missed anything.
      expect(await ids(server, 'since=1003000&after=message-1')).toEqual([['message-4'], false]);
    });

    test.each(['since=soon', 'since=NaN', 'limit=0', 'limit=x'])('refuses %s with 400', async (query) => {
      const server = createTestServer();
      const headers = { authorization: `Bearer ${server.issueToken()}` };
      const answer = await server.fetch(`/realtime/history?channel=open&${query}`, { headers });
      expect(answer.status).toBe(400);
    });
  });

  test('is for those who may hear the channel', async () => {
    const server = createTestServer({ authorize: () => false });
    const headers = { authorization: `Bearer ${server.issueToken()}` };
    expect((await server.fetch('/realtime/history?channel=open', { headers })).status).toBe(403);
    expect((await server.fetch('/realtime/history?channel=open')).status).toBe(401);
  });
});

test('what is recorded of a request says that a token was there, and not which', async () => {
  const server = createTestServer();
  const token = server.issueToken();
  await post(server, '/realtime/trigger', '{"channel":"open"}', {
    authorization: `Bearer ${token}`,
    cookie: 'session=1',
  });
  expect(server.requests[0]).toMatchObject({
    method: 'POST',
    path: '/realtime/trigger',
    authorized: true,
    status: 422,
  });
  expect(JSON.stringify(server.requests)).not.toContain(token);
});
