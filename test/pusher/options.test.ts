// pusher-js's options, each as an application would notice it, over a real port.
import { afterEach, expect, test, vi } from 'vitest';
import Pusher, { type Options } from '../../src/pusher/index';
import { authOf, face, port } from './face';

const channelName = 'private-plugin-7';

/** A pusher that is subscribed to a private channel, or why not. */
async function subscribed(pusher: Awaited<ReturnType<Awaited<ReturnType<typeof port>>['connect']>>) {
  const channel = pusher.subscribe(channelName);
  const refusals: { status?: number; error: string }[] = [];
  channel.bind('pusher:subscription_error', (refusal: { error: string }) => refusals.push(refusal));
  await expect.poll(() => channel.subscribed || refusals.length > 0).toBe(true);
  return { subscribed: channel.subscribed, refusals, channel };
}

const asked = ({ server }: Awaited<ReturnType<typeof port>>) =>
  server.requests.filter(({ path }) => path.endsWith('/auth'));

afterEach(() => {
  vi.unstubAllGlobals();
});

test.each<[string, (endpoint: string, authorization: string) => Partial<Options>]>([
  [
    'authEndpoint and auth',
    (authEndpoint, Authorization) => ({
      authEndpoint,
      auth: { headers: { Authorization }, params: { tenant: 7 } },
    }),
  ],
  [
    'channelAuthorization',
    (endpoint, Authorization) => ({
      channelAuthorization: {
        transport: 'ajax',
        endpoint,
        headers: { Authorization },
        params: { tenant: 7 },
      },
    }),
  ],
  [
    'channelAuthorization over the older options',
    (endpoint, Authorization) => ({
      authEndpoint: '/nowhere',
      auth: { headers: { Authorization: 'Bearer old' } },
      channelAuthorization: {
        transport: 'ajax',
        endpoint,
        headers: { Authorization },
        params: { tenant: 7 },
      },
    }),
  ],
  [
    'headersProvider and paramsProvider',
    (endpoint, Authorization) => ({
      channelAuthorization: {
        transport: 'ajax',
        endpoint,
        headersProvider: () => ({ Authorization }),
        paramsProvider: () => ({ tenant: 7 }),
      },
    }),
  ],
])('channels are authorized with %s', async (_, options) => {
  const parameters: unknown[] = [];
  const place = await port({ authorize: (request) => parameters.push(request.parameters) > 0 });
  const { endpoints } = place.listening;
  const pusher = place.connect({
    auth: {},
    ...options(endpoints.auth, `Bearer ${place.server.issueToken()}`),
  });
  expect((await subscribed(pusher)).subscribed).toBe(true);
  expect(parameters).toEqual([
    { socket_id: pusher.connection.socket_id, channel_name: channelName, tenant: '7' },
  ]);
});

test('headers that are put into the options later are sent', async () => {
  const place = await port();
  const auth = { headers: {} as Record<string, string> };
  const pusher = place.connect({ auth });
  auth.headers['Authorization'] = `Bearer ${place.server.issueToken()}`;
  expect((await subscribed(pusher)).subscribed).toBe(true);
});

test('a customHandler authorizes in the place of an endpoint', async () => {
  const place = await port();
  const calls: unknown[] = [];
  const pusher = place.connect({
    channelAuthorization: {
      customHandler: ({ socketId, channelName: name }, callback) => {
        calls.push([socketId, name]);
        void sign(place, socketId, name).then((answer) => callback(null, answer));
      },
    },
  });
  expect((await subscribed(pusher)).subscribed).toBe(true);
  expect(calls).toEqual([[pusher.connection.socket_id, channelName]]);
});

test('an async customHandler that throws is told, and ends no process', async () => {
  const place = await port();
  const pusher = place.connect({
    channelAuthorization: { customHandler: () => Promise.reject(new Error('no session')) as never },
  });
  const told = await new Promise((resolve) =>
    pusher.subscribe(channelName).bind('pusher:subscription_error', resolve),
  );
  expect(told).toMatchObject({ type: 'AuthError', status: 503 });
});

test('options that are null are left out, as those of templates are', () => {
  const nothing = { cluster: 'eu', userAuthentication: null, channelAuthorization: null } as never;
  const pusher = new Pusher('key', nothing);
  pusher.disconnect();
  expect(pusher.connection.state).toBe('disconnected');
});

test('an old authorizer sees the channel and the options, and authorizes', async () => {
  const place = await port();
  const seen: unknown[] = [];
  const auth = { headers: { 'X-Mine': '1' } };
  const pusher = place.connect({
    authEndpoint: '/mine',
    auth,
    authorizer: (channel, options) => ({
      authorize: (socketId, callback) => {
        seen.push(channel, options);
        void sign(place, socketId, channel.name).then((answer) => callback(null, answer));
      },
    }),
  });
  const { channel } = await subscribed(pusher);
  expect(channel.subscribed).toBe(true);
  expect(seen).toEqual([channel, { authTransport: 'ajax', authEndpoint: '/mine', auth }]);
});

test.each<[string, unknown, number]>([
  ['with a status', Object.assign(new Error('no'), { status: 403 }), 403],
  ['of an HTTP library', Object.assign(new Error('no'), { response: { status: 422 } }), 422],
])('a handler’s error %s is a refusal', async (_, error, status) => {
  const place = await port();
  const pusher = place.connect({
    channelAuthorization: { customHandler: (_params, callback) => callback(error as Error, null) },
  });
  const { refusals } = await subscribed(pusher);
  expect(refusals).toMatchObject([{ status, error: expect.stringContaining('no') }]);
});

test.each<[string, () => void]>([
  ['calls back with an error that names no status', () => {}],
  [
    'throws',
    () => {
      throw new Error('of mine');
    },
  ],
])('a handler that %s is asked again', async (_, first) => {
  const place = await port();
  let calls = 0;
  const pusher = place.connect({
    channelAuthorization: {
      customHandler: ({ socketId, channelName: name }, callback) => {
        calls += 1;
        if (calls > 1) void sign(place, socketId, name).then((answer) => callback(null, answer));
        else {
          first();
          callback(new Error('the network was away'), null);
        }
      },
    },
  });
  const channel = pusher.subscribe(channelName);
  await expect.poll(() => channel.subscribed).toBe(true);
  expect(calls).toBe(2);
});

/** Signs as the application does, for handlers of our own. */
async function sign({ server, listening }: Awaited<ReturnType<typeof port>>, socketId: string, name: string) {
  const answer = await fetch(listening.endpoints.auth, {
    method: 'POST',
    headers: authOf(server, listening).auth.headers,
    body: new URLSearchParams({ socket_id: socketId, channel_name: name }),
  });
  return (await answer.json()) as { auth: string };
}

test('after a 419 the headers are asked for anew, once, and the channel is subscribed', async () => {
  const place = await port();
  place.server.rejectAuth(419);
  let tokens = 0;
  const pusher = place.connect({
    channelAuthorization: {
      transport: 'ajax',
      endpoint: place.listening.endpoints.auth,
      headersProvider: () => {
        tokens += 1;
        return { Authorization: `Bearer ${place.server.issueToken()}`, 'X-CSRF-TOKEN': `token ${tokens}` };
      },
    },
  });
  expect(await subscribed(pusher)).toMatchObject({ subscribed: true, refusals: [] });
  expect([tokens, asked(place).length]).toEqual([2, 2]);
});

test('after a 419 the CSRF token of the page is sent as it is now', async () => {
  const place = await port();
  place.server.rejectAuth(419);
  const content = 'the token of now';
  const find = (selector: string) => (selector === 'meta[name="csrf-token"]' ? { content } : null);
  vi.stubGlobal('document', Object.assign(new EventTarget(), { querySelector: find }));
  const sent: unknown[] = [];
  const platform = globalThis.fetch;
  vi.stubGlobal('fetch', (address: string, init: RequestInit) => {
    sent.push(new Headers(init.headers).get('x-csrf-token'));
    return platform(address, init);
  });
  const headers = {
    ...authOf(place.server, place.listening).auth.headers,
    'X-CSRF-TOKEN': 'the token of then',
  };
  expect((await subscribed(place.connect({ auth: { headers } }))).subscribed).toBe(true);
  expect(sent).toEqual(['the token of then', content]);
});

test('several channels after one expired CSRF token all get the page’s token as it is now', async () => {
  const place = await port();
  place.server.rejectAuth(419, 3);
  vi.stubGlobal('document', Object.assign(new EventTarget(), { querySelector: () => ({ content: 'now' }) }));
  const sent: unknown[] = [];
  const platform = globalThis.fetch;
  vi.stubGlobal('fetch', (address: string, init: RequestInit) => {
    sent.push(new Headers(init.headers).get('x-csrf-token'));
    return platform(address, init);
  });
  const headers = { ...authOf(place.server, place.listening).auth.headers, 'X-CSRF-TOKEN': 'then' };
  const pusher = place.connect({ auth: { headers } });
  const channels = ['private-a', 'private-b', 'private-c'].map((name) => pusher.subscribe(name));
  await expect.poll(() => channels.map(({ subscribed }) => subscribed)).toEqual([true, true, true]);
  expect(sent).toEqual(['then', 'then', 'then', 'now', 'now', 'now']);
});

test('handlers answer where the platform has no Response.json, such as in Safari 16', async () => {
  vi.stubGlobal(
    'Response',
    new Proxy(Response, { get: (target, name) => (name === 'json' ? undefined : Reflect.get(target, name)) }),
  );
  const place = await port();
  const pusher = place.connect({
    channelAuthorization: {
      customHandler: ({ socketId, channelName: name }, callback) =>
        void sign(place, socketId, name).then((answer) => callback(null, answer)),
    },
  });
  expect((await subscribed(pusher)).subscribed).toBe(true);
});

test('a 419 to the fresh headers, too, is a refusal', async () => {
  const place = await port();
  place.server.rejectAuth(419, 2);
  expect((await subscribed(place.connect())).refusals).toMatchObject([{ status: 419 }]);
  expect(asked(place)).toHaveLength(2);
});

test('what has no effect is told, once for all instances', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const place = await port();
  const options = { pongTimeout: 1, activityTimeout: 1_000, authTransport: 'jsonp' } as const;
  for (let n = 0; n < 2; n += 1) {
    place.connect({ ...options, enabledTransports: ['xhr_polling'] });
  }
  expect(warn.mock.calls.map(([text]) => /`(\w+)/.exec(String(text))?.[1])).toEqual([
    'jsonp',
    'enabledTransports',
    'activityTimeout',
    'pongTimeout',
  ]);
  warn.mockClear();
  place.connect({ enabledTransports: ['ws', 'wss'], disableStats: true });
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
});

test('a pusher without a key, and one without a place, say what is missing', () => {
  const connect = (key: string, options: Partial<Options>) => () =>
    new (Pusher as never as new (...all: unknown[]) => unknown)(key, options);
  expect(connect('', { cluster: 'us2' })).toThrow(/key/);
  expect(connect('app-key', {})).toThrow(/cluster/);
});

test('logToConsole and log show what happens, without payloads', async () => {
  const lines: string[] = [];
  const place = await port();
  Pusher.log = (line: string) => lines.push(line);
  try {
    const channel = place.connect().subscribe('news');
    await expect.poll(() => channel.subscribed).toBe(true);
    place.server.trigger('news', 'said', { secret: 'of mine' });
    let heard = false;
    channel.bind('said', () => {
      heard = true;
    });
    await expect.poll(() => heard || lines.length > 2).toBe(true);
  } finally {
    Object.assign(Pusher, { log: undefined });
  }
  expect(lines.join('\n')).toContain('"news" is subscribed');
  expect(lines.join('\n')).not.toContain('of mine');
});

test('instances are listed, and ready connects those that are not connected', async () => {
  const place = await port();
  const pusher = place.connect();
  const { pusher: ofClient, client } = face();
  expect(Pusher.instances).toContain(pusher);
  expect(Pusher.instances).not.toContain(ofClient);
  pusher.disconnect();
  Pusher.ready();
  expect([pusher.connection.state, client.status.get().state]).toEqual(['connecting', 'idle']);
  for (const each of Pusher.instances) each.disconnect();
});
