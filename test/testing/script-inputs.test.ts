import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/index';
import { createTestServer, type TestServer, type TestServerOptions } from '../../src/testing/index';
import { RawClient } from './raw-client';

/** What a test in JavaScript, or with a cast, may hand over. */
// biome-ignore lint/suspicious/noExplicitAny: it is about what the types forbid
type Anything = any;

const notCodes: readonly Anything[] = [
  1006,
  1005,
  1004,
  1015,
  1016,
  2999,
  5000,
  0,
  -1,
  1000.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '4200',
  null,
  {},
];
const notCounts: readonly Anything[] = [0, -1, 1.5, Number.NaN, '1', null];
const notLengths: readonly Anything[] = [-1, Number.NaN, Number.POSITIVE_INFINITY, '5', null];
const notStatuses: readonly Anything[] = [0, 100, 101, 199, 600, 200.5, Number.NaN, '403', 'tcp', null];

const calls: [string, (server: TestServer) => void][] = [
  ...notCodes.flatMap((code): [string, (server: TestServer) => void][] => [
    [`close(${String(code)})`, (server) => server.close(code)],
    [`refuse(${String(code)})`, (server) => void server.refuse(code)],
    [`connections[0].close(${String(code)})`, (server) => server.connections[0]?.close(code)],
  ]),
  ['close() with a reason of 124 bytes', (server) => server.close(4200, 'ü'.repeat(62))],
  ['close() with a reason that is no text', (server) => server.close(4200, 7 as Anything)],
  [
    'connections[0].close() with a long reason',
    (server) => server.connections[0]?.close(4200, 'x'.repeat(200)),
  ],
  [
    'connections[0].send() of something that is no text',
    (server) => server.connections[0]?.send({} as Anything),
  ],
  ...notCounts.flatMap((times): [string, (server: TestServer) => void][] => [
    [`refuse(4200, { times: ${String(times)} })`, (server) => void server.refuse(4200, { times })],
    [`rejectAuth(503, ${String(times)})`, (server) => void server.rejectAuth(503, times)],
    [`rejectTrigger(503, ${String(times)})`, (server) => void server.rejectTrigger(503, times)],
    [`rejectHistory(503, ${String(times)})`, (server) => void server.rejectHistory(503, times)],
    [`hangAuth(${String(times)})`, (server) => void server.hangAuth(times)],
    [`hangTrigger(${String(times)})`, (server) => void server.hangTrigger(times)],
  ]),
  ...notLengths.flatMap((ms): [string, (server: TestServer) => void][] => [
    [`delay(${String(ms)})`, (server) => void server.delay(ms)],
    [`restart({ downFor: ${String(ms)} })`, (server) => server.restart({ downFor: ms })],
  ]),
  ['refuse(4200, { until: NaN })', (server) => void server.refuse(4200, { until: Number.NaN })],
  ...notStatuses.map((status): [string, (server: TestServer) => void] => [
    `rejectAuth(${String(status)})`,
    (server) => void server.rejectAuth(status),
  ]),
  [
    'rejectAuth() with a header that cannot be one',
    (server) => void server.rejectAuth(503, 1, { retryAfter: 'a\nb' }),
  ],
  ['issueToken({ expiresIn: NaN })', (server) => void server.issueToken({ expiresIn: Number.NaN })],
  ['issueToken({ expiresIn: "1h" })', (server) => void server.issueToken({ expiresIn: '1h' as Anything })],
  ['issueToken({ userId: 7 })', (server) => void server.issueToken({ userId: 7 as Anything })],
  ['trigger() without a channel', (server) => void server.trigger(undefined as Anything, 'said', {})],
  ['trigger() without an event', (server) => void server.trigger('open', undefined as Anything, {})],
  ['trigger() of a cycle', (server) => void server.trigger('open', 'said', cycle())],
  ['trigger() of a BigInt', (server) => void server.trigger('open', 'said', 1n)],
  ['trigger() with the key of no app', (server) => void server.trigger('open', 'said', {}, { key: 'none' })],
  ['connect() to something that is no address', (server) => void server.connect('nowhere')],
];

function cycle(): unknown {
  const value: Record<string, unknown> = {};
  value['self'] = value;
  return value;
}

describe('a script that cannot be carried out is refused where it is written', () => {
  test.each(calls)('%s', async (_what, call) => {
    const server = createTestServer();
    await new RawClient(server.connect()).established();
    expect(() => call(server)).toThrow(ConfigurationError);
    expect(server.connections).toHaveLength(1);
  });

  test('1006 comes with the advice that it is what `drop()` makes clients see', () => {
    expect(() => createTestServer().close(1006)).toThrow(/drop\(\)/);
    expect(() => createTestServer().refuse(1006)).toThrow(/refuse\('tcp'\)/);
  });

  test.each([1000, 1001, 1011, 1012, 3000, 4000, 4999])(
    'close(%i) is a code that can be sent',
    async (code) => {
      const server = createTestServer();
      const client = await new RawClient(server.connect()).established();
      server.close(code, 'ü'.repeat(61));
      await expect(client.closed).resolves.toBe(code);
    },
  );

  test.each<[string, Anything]>([
    ['a port that is none', { port: 70_000 }],
    ['a port that is a fraction', { port: 1.5 }],
    ['a port that is a text', { port: '8080' }],
    ['a port that is null', { port: null }],
    ['a port alone', 8080],
    ['null', null],
    ['a host that is a number', { host: 7 }],
    ['a host that is empty', { host: '' }],
  ])('listen() with %s', async (_what, options) => {
    await expect(createTestServer().listen(options)).rejects.toThrow(ConfigurationError);
  });

  test.each<[string, Anything]>([
    ['an origin that is no address', { origin: 'nowhere' }],
    ['an origin of another kind', { origin: 'ftp://nowhere' }],
    ['a header that cannot be one', { headers: { 'a b': 'c' } }],
    ['a header with a line break', { headers: { deprecation: 'a\nb' } }],
    ['a capacity of NaN', { capacity: Number.NaN }],
    ['an app without a key', { apps: [{ key: '' }] }],
    ['a key of encryption that is no base64', { apps: [{ encryptionMasterKey: 'ü' }] }],
    ['a key of encryption that is too short', { apps: [{ encryptionMasterKey: 'AAAA' }] }],
    ['a limit of NaN', { apps: [{ limits: { history: Number.NaN } }] }],
    ['a limit below zero', { apps: [{ limits: { cacheLife: -1 } }] }],
    ['a limit that is a text', { apps: [{ limits: { eventBytes: '10' } }] }],
    ['an activityTimeout of 0', { apps: [{ activityTimeout: 0 }] }],
    ['a pongTimeout of NaN', { apps: [{ pongTimeout: Number.NaN }] }],
    ['two apps with one key', { apps: [{ id: '1' }, { id: '2' }] }],
  ])('createTestServer() with %s', async (_what, options: TestServerOptions) => {
    expect(() => createTestServer(options).connect()).toThrow(ConfigurationError);
  });
});

test('socket ids that are none end the dial and not the process, and the status says why', async () => {
  const server = createTestServer({ ids: () => 'seven' });
  const socket = server.connect();
  const closed = await new Promise<Anything>((resolve) => {
    socket.onclose = resolve;
  });
  expect([closed.code, closed.reason]).toEqual([1011, expect.stringContaining('`ids` must name a socket')]);
});

test.each([1001, 1006, 2999, 5000, Number.NaN])('a socket in memory is not closed with %d', (code) => {
  expect(() => createTestServer().connect().close(code)).toThrow(ConfigurationError);
});

describe('a function of the application that misbehaves', () => {
  const post = (server: TestServer, path: string, body: object): Promise<Response> =>
    server.fetch(path, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.issueToken()}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const question = { socket_id: '1.1', channel_name: 'private-a' };
  const message = { channel: 'open', event: 'said', data: {} };

  test.each<[string, TestServerOptions, (server: TestServer) => Promise<Response>]>([
    [
      'authorize() that throws',
      {
        authorize: () => {
          throw new Error('oops');
        },
      },
      (server) => post(server, '/pusher/auth', question),
    ],
    [
      'authorize() that rejects',
      { authorize: () => Promise.reject(new Error('oops')) },
      (server) => post(server, '/realtime/trigger', message),
    ],
    [
      'authorize() with a userInfo that cannot be written',
      { authorize: () => ({ userInfo: cycle() }) },
      (server) => post(server, '/pusher/auth', { ...question, channel_name: 'presence-a' }),
    ],
    [
      'watchlist() that throws',
      {
        watchlist: () => {
          throw new Error('oops');
        },
      },
      (server) => post(server, '/pusher/user-auth', question),
    ],
    [
      'triggerAnswer() with a status that is none',
      { triggerAnswer: () => ({ status: 7 }) },
      (server) => post(server, '/realtime/trigger', message),
    ],
    [
      'triggerAnswer() with nothing',
      { triggerAnswer: () => undefined as Anything },
      (server) => post(server, '/realtime/trigger', message),
    ],
  ])('%s is a 500 that says so', async (what, options, call) => {
    const answer = await call(createTestServer(options));
    expect(answer.status).toBe(500);
    expect((await answer.json()).detail).toContain(what.split('(')[0]);
  });

  test.each([204, 205, 304])('a body that is scripted for a %i is left out', async (status) => {
    const server = createTestServer();
    server.rejectAuth(status, 1, { body: 'text' });
    const answer = await post(server, '/pusher/auth', question);
    expect([answer.status, await answer.text()]).toEqual([status, '']);
  });
});
