import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigurationError, type UntypedChannels } from '../../src/index';
import {
  createHandedToken,
  createLegacyService,
  type LegacyServiceOptions,
  PusherService,
  translateOldActions,
} from '../../src/legacy/index';
import { clientOfTest } from '../fakes/client-of-test';

beforeEach(({ onTestFinished }) => {
  // After the clients have ended.
  onTestFinished(() => void vi.restoreAllMocks());
  vi.spyOn(console, 'error').mockImplementation(() => {});
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  vi.spyOn(console, 'debug').mockImplementation(() => {});
});

describe('PusherService, as old modules make it', () => {
  it('is made before anybody has said what drives it, says then what is missing, and works once it is said', async () => {
    const service = new PusherService({ debug: true });
    await expect(service.connect()).rejects.toThrow(/PusherService\.use\(client\)/);
    expect(() => service.getState()).toThrow(ConfigurationError);
    const { client, server, clock } = clientOfTest<UntypedChannels>();
    PusherService.use(client, { channel: 'test-channel', clock });
    const heard: unknown[] = [];
    const { connect, subscribe, send } = service;
    subscribe('news', ({ payload }) => heard.push(payload));
    void connect();
    await clock.settle();
    expect([service.isConnected(), service.getState()]).toEqual([true, 'connected']);
    server.trigger('news', 'said', 1);
    void send('lesson_started', { lesson: 7 });
    await clock.settle();
    expect(heard).toEqual([1]);
    expect(server.requests.at(-1)?.body).toMatchObject({ channel: 'test-channel', event: 'lesson_started' });
    expect(service).toBeInstanceOf(PusherService);
  });

  it('may have a client of its own', async () => {
    const { client, clock } = clientOfTest<UntypedChannels>();
    const service = new PusherService({ client, channel: 'own' });
    void service.connect();
    await clock.settle();
    expect(client.channel('own').subscription.get().state).toBe('subscribed');
  });

  it('writes what happens to the console when told to, and no token and no payload', async () => {
    const { client, server, clock } = clientOfTest<UntypedChannels>();
    const secret = server.issueToken();
    const token = createHandedToken();
    const service = new PusherService({ client, channel: 'test-channel', token, clock, debug: true });
    void service.connect(secret);
    void service.send('said', { word: 'payload-of-mine' });
    await clock.settle();
    const written = vi.mocked(console.debug).mock.calls.map(([line]) => String(line));
    expect(written).toContainEqual(expect.stringMatching(/^\[surewire\] info: Connected as/));
    expect(written.join('\n')).not.toMatch(new RegExp(`payload-of-mine|${secret}`));
  });

  it('names once the options of old that its client has now, and takes them', () => {
    const { client } = clientOfTest<UntypedChannels>();
    new PusherService({ client, reconnectInterval: 1_000, maxReconnectAttempts: 5 });
    expect(vi.mocked(console.warn).mock.calls).toEqual([
      [expect.stringMatching(/^PusherService does not use reconnectInterval, maxReconnectAttempts:/)],
    ]);
  });
});

describe('callers without types are told what to write', () => {
  it.each<[unknown, unknown]>([
    [{ debug: true }, undefined],
    [undefined, undefined],
    [null, {}],
    ['client', null],
    ['client', 'test-channel'],
    ['client', { channel: '' }],
    ['client', { channel: 7 }],
    ['client', { token: 'a-token' }],
    ['client', { token: { hand: () => {} } }],
    ['client', { sendAs: 'events' }],
    ['client', { debug: 'yes' }],
    ['client', { clock: Date }],
  ])('createLegacyService(%o, %o), PusherService the same', (driver, options) => {
    const client = driver === 'client' ? clientOfTest<UntypedChannels>().client : driver;
    expect(() => Reflect.apply(createLegacyService, undefined, [client, options])).toThrow(
      ConfigurationError,
    );
    expect(() => Reflect.apply(PusherService.use, PusherService, [client, options])).toThrow(
      ConfigurationError,
    );
    if (driver !== 'client' || options === null || typeof options !== 'object') return;
    expect(() => Reflect.construct(PusherService, [{ client, ...options }])).toThrow(ConfigurationError);
  });

  const asPromised: [string, (service: never) => Promise<unknown>][] = [
    [
      'refreshToken(undefined)',
      (service: { refreshToken(token?: unknown): Promise<void> }) => service.refreshToken(),
    ],
    [
      "refreshToken('')",
      (service: { refreshToken(token: string): Promise<void> }) => service.refreshToken(''),
    ],
    [
      'refreshToken(7)',
      (service: { refreshToken(token: unknown): Promise<void> }) => service.refreshToken(7),
    ],
    [
      'connect({ token })',
      (service: { connect(token: unknown): Promise<void> }) => service.connect({ token: 'a' }),
    ],
    ['send()', (service: { send(...words: unknown[]): Promise<void> }) => service.send()],
    [
      'send({ type })',
      (service: { send(...words: unknown[]): Promise<void> }) => service.send({ type: 'said' }),
    ],
    ...[
      null,
      'later',
      { timeout: 'soon' },
      { timeout: Number.POSITIVE_INFINITY },
      { timeout: -1 },
      { timeout: Number.NaN },
      { channel: null },
      { channel: '' },
      { awaitAcknowledgment: 'yes' },
    ].map(
      (options): [string, (service: { send(...words: unknown[]): Promise<void> }) => Promise<unknown>] => [
        `send('said', 1, ${JSON.stringify(options)})`,
        (service) => service.send('said', 1, options),
      ],
    ),
  ];

  it.each(asPromised)('%s rejects with a typed error, and waits for nothing', async (_, call) => {
    const { client, server, clock } = clientOfTest<UntypedChannels>();
    const options: LegacyServiceOptions = { channel: 'test-channel', token: createHandedToken(), clock };
    const service = createLegacyService(client, options);
    await expect(call(service as never)).rejects.toThrow(ConfigurationError);
    await clock.settle();
    expect(server.requests).toEqual([]);
  });

  it.each([
    ['subscribe', ['news']],
    ['subscribe', ['news', {}]],
    ['subscribe', ['news', () => {}, 'type']],
    ['subscribe', [undefined, () => {}]],
    ['on', ['said']],
    ['on', [undefined, () => {}]],
    ['onStateChange', []],
    ['onConnectionStatusChange', ['connected']],
    ['onError', [null]],
    ['onTokenRefresh', []],
    ['onStatsChange', []],
  ] as const)('%s(…%o) throws a typed error', (name, words) => {
    const service = createLegacyService(clientOfTest<UntypedChannels>().client, { channel: 'test-channel' });
    expect(() => Reflect.apply(service[name], undefined, words)).toThrow(ConfigurationError);
  });

  it('a token that is none is not taken, and one that `renew` does not give is told', async () => {
    const token = createHandedToken({ renew: () => undefined as never });
    expect(() => token.hand('')).toThrow(ConfigurationError);
    expect(() => token.hand(undefined as never)).toThrow(ConfigurationError);
    await expect(token.renew()).rejects.toMatchObject({
      code: 'authentication',
      message: /returned no token/,
    });
    expect(() => createHandedToken({ renew: 'a-token' as never })).toThrow(ConfigurationError);
  });

  it.each([null, { channel: 7 }, { token: 'a-token' }])(
    'translateOldActions(%o) throws a typed error',
    (options) => {
      expect(() => translateOldActions(options as never)).toThrow(ConfigurationError);
    },
  );
});
