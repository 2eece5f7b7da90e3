import { describe, expect, test } from 'vitest';
import { ConfigurationError, RealtimeClient, type RealtimeError } from '../src/index';
import { createTestServer } from '../src/testing/index';

const server = { key: 'app-key', host: 'ws.example.org' };
const endpoint = '/endpoint';

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
    ['the key by itself, as pusher-js takes it', 'app-key', /takes one object: .*key.*cluster/],
    ['no key', { ...server, key: '' }, /`key` is empty/],
    ['a key that an environment did not have', { ...server, key: undefined }, /`key` is empty/],
    ['no server', { key: 'app-key' }, /pass `cluster`/],
    ['an address as the host', { ...server, host: 'wss://ws.example.org' }, /`host` takes a name.*wss:/],
    ['an address as the cluster', { key: 'app-key', cluster: 'ws.example.org' }, /`cluster` takes a name/],
    ['a port out of range', { ...server, port: 65_536 }, /`port` takes a whole number/],
    ['channels that were not defined', { ...server, channels: {} }, /`defineChannels\(/],
    ['an endpoint without an address', { ...server, auth: { endpoint: '' } }, /`auth\.endpoint` is empty/],
    ['a batch without patience', { ...server, auth: { endpoint, batch: { window: -1 } } }, /batch\.window/],
    ['publishing to nowhere', { ...server, publish: {} }, /`publish\.endpoint` is empty/],
    ['nobody as the owner', { ...server, outbox: { owner: '' } }, /`outbox\.owner` must be a text/],
    ['an outbox for nothing', { ...server, outbox: { messages: 0 } }, /`outbox\.messages` must be a number/],
    [
      'a limit that is no number',
      { ...server, limits: { payloadBytes: Number.NaN } },
      /`limits\.payloadBytes`/,
    ],
    ['a secret', { ...server, appSecret: 'x' }, /`appSecret` must never reach a client/],
  ])('%s', (_, options, words) => {
    expect(told(options)).toMatch(words);
  });
});

describe('names that nobody reads', () => {
  test.each<[string, object, RegExp]>([
    [
      'authEndpoint',
      { authEndpoint: endpoint },
      /no option `authEndpoint`, .*auth.* Endpoints go into `auth` and `publish`/,
    ],
    ['forceTLS', { forceTLS: true }, /no option `forceTLS`, .*tls.*`pusherOptions`/],
    [
      'auth.batch.delay',
      { auth: { endpoint, batch: { delay: 5 } } },
      /`auth\.batch\.delay`, but endpoint, window\.$/,
    ],
    ['auth.getToken', { auth: { endpoint, getToken: () => 'x' } }, /no option `auth\.getToken`, but .*token/],
    ['publish.url', { publish: { endpoint, url: 'x' } }, /no option `publish\.url`, but endpoint/],
    ['outbox.store', { outbox: { store: {} } }, /no option `outbox\.store`, but storage/],
    ['limits.payload', { limits: { payload: 1 } }, /no option `limits\.payload`, but payloadBytes/],
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
