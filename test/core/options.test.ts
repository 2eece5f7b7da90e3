import { describe, expect, test } from 'vitest';
import { ConfigurationError, RealtimeClient } from '../../src/index';

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

  test.each<[string, object, RegExp]>([
    [
      'authEndpoint',
      { authEndpoint: endpoint },
      /no option `authEndpoint`, .*auth.* go into `auth` and `publish`/,
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
  ])('a name that nobody reads: %s', (_, options, words) => {
    expect(told({ ...server, ...options })).toMatch(words);
  });

  test('a value of an option is in no message', () => {
    expect(told({ ...server, tokn: 'hush' })).not.toContain('hush');
  });
});

test('an option that is undefined is left out, whatever its name', () => {
  expect(told({ ...server, auth: undefined, authEndpoint: undefined })).toBe('nothing');
});
