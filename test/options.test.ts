import { describe, expect, test } from 'vitest';
import {
  backendAuth,
  batches,
  ConfigurationError,
  durable,
  memoryStorage,
  publishBatches,
  publishing,
  RealtimeClient,
  type RealtimeError,
  recoverFromHistory,
  sharedToken,
  userEndpoint,
} from '../src/index';
import { createTestServer } from '../src/testing/index';

const server = { key: 'app-key', host: 'ws.example.org' };
const endpoint = '/endpoint';
const publish = publishing({ endpoint });

/** What is told to those who have no types to tell it. */
function told(...given: readonly unknown[]): string {
  try {
    Reflect.construct(RealtimeClient, given).destroy();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  return 'nothing';
}

/** A client of a server in memory, with more options than its type has. */
function working(options: object): { client: RealtimeClient; errors: RealtimeError[] } {
  const client = new RealtimeClient({ ...createTestServer().options, ...options });
  const errors: RealtimeError[] = [];
  client.on('error', (error) => errors.push(error));
  return { client, errors };
}

describe('options that cannot work', () => {
  test.each<[string, unknown, RegExp]>([
    ['none', undefined, /takes one object/],
    ['the key by itself, as pusher-js takes it', 'app-key', /key, cluster.*takes one object/],
    ['no key', { ...server, key: '' }, /`key` must be the public key/],
    ['a key that an environment did not have', { ...server, key: undefined }, /`key` must be the public key/],
    ['no server', { key: 'app-key' }, /pass `cluster`/],
    ['an address as the host', { ...server, host: 'wss://ws.example.org' }, /`host` must be a name.*wss:/],
    ['an address as the cluster', { key: 'app-key', cluster: 'ws.example.org' }, /`cluster` must be a name/],
    ['a port out of range', { ...server, port: 65_536 }, /`port` must be a whole number/],
    [
      'TLS as the text of an environment',
      { ...server, tls: 'false' },
      /`tls` must be true or false; got "false"/,
    ],
    ['channels that were not defined', { ...server, channels: {} }, /`defineChannels\(/],
    [
      'data where a value belongs',
      { ...server, auth: { endpoint } },
      /import \{ backendAuth \}.*`auth: backendAuth\(/,
    ],
    ['the same for publishing', { ...server, publish: { endpoint } }, /`publish: publishing\(\{ endpoint/],
    ['a value in another slot', { ...server, publish: backendAuth({ endpoint }) }, /`publish: publishing\(/],
    ['a switch for statistics', { ...server, statistics: true }, /`statistics: statistics\(\)`/],
    [
      'a limit that is no number',
      { ...server, publish, limits: { payloadBytes: Number.NaN } },
      /`limits\.payloadBytes`/,
    ],
    ['a limit that is a text', { ...server, publish, limits: { payloadBytes: '10' } }, /got "10"/],
    [
      'half a client event',
      { ...server, publish, limits: { clientEventsPerSecond: 0.5 } },
      /a positive integer/,
    ],
    ['a level of the log that there is not', { ...server, debug: 'verbose' }, /`debug` must be "debug" or/],
    ['limits that are nothing', { ...server, publish, limits: null }, /`limits: \{ .* takes one object/],
    ['options of pusher-js as a text', { ...server, pusherOptions: 'eu' }, /`pusherOptions: \{ … \}` takes/],
    ['a clock without hands', { ...server, clock: {} }, /`clock` must be an object with the functions now/],
    ['a network that is a flag', { ...server, network: true }, /`network` must be an object with/],
    ['a recovery that is no function', { ...server, recover: '/history' }, /`recover` must be a function/],
    [
      'a transport of nothing',
      { ...server, transport: () => undefined },
      /`transport\(address\)` must be an obj/,
    ],
    ['a transport of null', { ...server, transport: () => null }, /`transport\(address\)` must be an object/],
    ['a transport of promises', { ...server, transport: async () => ({}) }, /`transport\(address\)` must be/],
    [
      'a storage that never comes',
      {
        ...server,
        publish: publishing({ outbox: durable({ storage: (async () => memoryStorage()) as never }) }),
      },
      /`durable\(\{ storage \}\)` must be an object with the functions load and put and remove/,
    ],
    ['a secret', { ...server, appSecret: 'x' }, /`appSecret` must never reach a client/],
    ["a secret by Laravel's name", { ...server, PUSHER_APP_SECRET: 'x' }, /`PUSHER_APP_SECRET` must never/],
    ['a secret by a bundler', { ...server, VITE_REVERB_APP_SECRET: 'x' }, /`VITE_REVERB_APP_SECRET` must/],
    ['a secret by camels', { ...server, pusherAppSecret: 'x' }, /`pusherAppSecret` must never reach/],
  ])('%s', (_, options, words) => {
    expect(told(options)).toMatch(words);
  });
});

describe('values that cannot be made', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['authorization nowhere', () => backendAuth({ endpoint: '' }), /`auth\.endpoint` must be the address/],
    ['a batch without patience', () => batches({ window: -1 }), /`batches\(\{ window \}\)` must be/],
    [
      'batches of nothing',
      () => publishBatches({ messages: 0 }),
      /`publishBatches\(\{ messages \}\)` must be/,
    ],
    [
      'batches of half a byte',
      () => publishBatches({ bytes: 0.5 }),
      /`publishBatches\(\{ bytes \}\)` must be/,
    ],
    [
      'batches nowhere',
      () => publishBatches({ endpoint: ' ' }),
      /`publishBatches\(\{ endpoint \}\)` must be/,
    ],
    [
      'batches for no endpoint',
      () => publishing({ batch: publishBatches() }),
      /pass an endpoint and no `publisher`/,
    ],
    [
      'batches of channels for messages',
      () => publishing({ endpoint, batch: batches() as never }),
      /`publish\.batch` must be made by publishBatches\(\)/,
    ],
    [
      'a port that is a flag',
      () => new RealtimeClient({ key: 'k', host: 'a', port: true as never }),
      /`port` must be/,
    ],
    ['publishing nowhere', () => publishing({ endpoint: ' ' }), /`publish\.endpoint` must be the address/],
    [
      'a token of nobody',
      () => sharedToken({ owner: '' }),
      /`sharedToken\(\{ owner \}\)` must be a non-empty string/,
    ],
    [
      'messages of nobody',
      () => durable({ storage: memoryStorage(), owner: '' }),
      /`durable\(\{ owner \}\)`/,
    ],
    [
      'tabs that cannot talk',
      () => durable({ storage: memoryStorage(), tabs: { kind: 'locks' } as never }),
      /`durable\(\{ tabs \}\)` must be an object with the functions exclusive and join/,
    ],
    ['messages nowhere', () => durable({} as never), /`durable\(\{ storage \}\)` takes a storage/],
    ['an outbox for nothing', () => publishing({ outbox: { messages: 0 } }), /`outbox\.messages` must be/],
    [
      'no time to wait',
      () => publishing({ outbox: { expiresIn: Number.POSITIVE_INFINITY } }),
      /`outbox\.expiresIn`/,
    ],
    [
      'a word that there is not',
      () => publishing({ outbox: { overflow: 'drop' as never } }),
      /"reject" or "drop-oldest"/,
    ],
    ['a number for a token', () => backendAuth({ endpoint, token: 7 as never }), /`auth\.token` must be/],
    [
      'headers as a text',
      () => backendAuth({ endpoint, headers: 'x-csrf: 1' as never }),
      /`auth\.headers` must be an object/,
    ],
    [
      'cookies by a word that there is not',
      () => publishing({ endpoint, credentials: 'always' as never }),
      /`publish\.credentials` must be "same-origin" or "omit"/,
    ],
    [
      'a body in a format that there is not',
      () => backendAuth({ endpoint, format: 'JSON' as never }),
      /`auth\.format` must be "form" or "json"/,
    ],
    [
      'a batch as a flag',
      () => backendAuth({ endpoint, batch: true as never }),
      /`auth\.batch` must be made by/,
    ],
    [
      'users as an address',
      () => backendAuth({ endpoint, user: '/user-auth' as never }),
      /`auth\.user` must be made by userEndpoint/,
    ],
    [
      'confirmations as a flag',
      () => publishing({ confirm: true as never }),
      /`publish\.confirm` must be made by deliveryConfirmations/,
    ],
    ['an outbox as a word', () => publishing({ outbox: 'memory' as never }), /takes one object with options/],
    ['a token of nobody at all', () => Reflect.apply(sharedToken, undefined, []), /takes one object/],
    ['a history nowhere', () => recoverFromHistory({ endpoint: '' }), /`recoverFromHistory\(/],
    ['users of nothing', () => userEndpoint(null as never), /must be the address/],
    ['users nowhere', () => userEndpoint(''), /`userEndpoint\(address\)` must be the address/],
  ])('%s', (_, make, words) => {
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(words);
  });
});

describe('what is not part of a client', () => {
  test.each<[string, (client: RealtimeClient) => unknown, RegExp]>([
    [
      'publishing',
      (client) => client.channel('news').publish('headline', {}),
      /publishing \}.*publish: publishing/,
    ],
    ['the outbox', (client) => client.outbox, /publish: publishing/],
    ['statistics', (client) => client.statistics, /statistics: statistics\(\)/],
    ['the user', (client) => client.user, /userEndpoint/],
    ['renewing a token', (client) => client.renewToken(), /auth: backendAuth/],
  ])('%s is named, with its import and its option', async (_, use, words) => {
    const {
      auth: _auth,
      publish: _publish,
      statistics: _statistics,
      ...listening
    } = createTestServer().options;
    const client = new RealtimeClient(listening);
    client.on('error', () => {});
    await expect((async () => use(client))()).rejects.toMatchObject({
      code: 'missing-feature',
      message: expect.stringMatching(words),
    });
    client.destroy();
  });

  test('authorization, where a private channel needs it', async () => {
    const { auth: _, ...listening } = createTestServer().options;
    const client = new RealtimeClient(listening);
    client.on('error', () => {});
    await expect(client.channel('private-a').ready()).rejects.toMatchObject({
      retryable: false,
      cause: { code: 'missing-feature', message: expect.stringContaining('auth: backendAuth({ endpoint })') },
    });
    client.destroy();
  });
});

test('listening to a client in vain is told once, with the events that there are', () => {
  const { client, errors } = working({});
  const call = client as unknown as Record<string, (...values: unknown[]) => () => void>;
  for (let time = 0; time < 2; time += 1) {
    call['on']?.('conected', () => {})();
    call['on']?.('gap')();
  }
  void client.connect();
  expect(errors.map(({ message }) => message)).toEqual([
    expect.stringContaining('no event "conected"; it has: message error'),
    expect.stringContaining('on("gap", (value) => { … })` needs a function'),
  ]);
  client.destroy();
});

describe('names that nobody reads', () => {
  test.each<[string, object, RegExp]>([
    [
      'authEndpoint',
      { authEndpoint: endpoint },
      /no option `authEndpoint`.*Endpoints go into `backendAuth` and `publishing`/,
    ],
    ['forceTLS', { forceTLS: true }, /no option `forceTLS`.*tls.*`pusherOptions`/],
    [
      'batches.delay',
      { auth: backendAuth({ endpoint, batch: batches({ delay: 5 } as object) }) },
      /`batches` has no option `delay`/,
    ],
    [
      'backendAuth.getToken',
      { auth: backendAuth({ endpoint, getToken: () => 'x' } as never) },
      /`backendAuth` has no option `getToken`.*token/,
    ],
    [
      'publishing.url',
      { publish: publishing({ endpoint, url: 'x' } as never) },
      /`publishing` has no option `url`.*endpoint/,
    ],
    [
      'durable.store',
      { publish: publishing({ outbox: durable({ storage: memoryStorage(), store: {} } as never) }) },
      /`durable` has no option `store`/,
    ],
    ['limits.payload', { limits: { payload: 1 } }, /`limits` has no option `payload`.*payloadBytes/],
    ['constructor', { constructor: 1 }, /no option `constructor`/],
  ])('%s is told once, and the client works', async (_, options, words) => {
    const { client, errors } = working(options);
    expect(errors).toEqual([]);
    await client.connect();
    client.disconnect();
    await client.connect();
    expect(errors).toEqual([
      expect.objectContaining({ code: 'configuration', message: expect.stringMatching(words) }),
    ]);
    client.destroy();
  });

  test('but not the value', async () => {
    const { client, errors } = working({ tokn: 'hush' });
    await client.connect();
    expect(JSON.stringify(errors.map(String))).not.toContain('hush');
    client.destroy();
  });

  test('unless nothing is there', async () => {
    const { client, errors } = working({ auth: undefined, authEndpoint: undefined });
    await client.connect();
    expect(errors).toEqual([]);
    client.destroy();
  });
});
