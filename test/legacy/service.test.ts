import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  backendAuth,
  type DurableValue,
  durable,
  type OutboxBounds,
  publishing,
  type RealtimeClient,
  type RealtimeError,
  SubscriptionError,
  type UntypedChannels,
} from '../../src/index';
import {
  createHandedToken,
  createLegacyService,
  type LegacyMessage,
  type LegacyService,
  type LegacyServiceError,
  type LegacyServiceOptions,
} from '../../src/legacy/index';
import { createTestClient, type TestClient, type TestClientOptions } from '../../src/testing/index';

type Kit = TestClient<UntypedChannels> & { readonly service: LegacyService };

const clients: RealtimeClient<UntypedChannels>[] = [];

/** Options of a client whose outbox is another one. */
function publishingWith(outbox: DurableValue | OutboxBounds): TestClientOptions<UntypedChannels> {
  return { publish: publishing({ endpoint: 'http://surewire.test/realtime/trigger', outbox }) };
}

/** The old service over a real client, its server and a clock that stands still. */
function start(
  options: LegacyServiceOptions = {},
  clientOptions: TestClientOptions<UntypedChannels> = {},
): Kit {
  const kit = createTestClient<UntypedChannels>(clientOptions);
  clients.push(kit.client);
  kit.client.on('error', () => {});
  return {
    ...kit,
    service: createLegacyService(kit.client, { channel: 'test-channel', clock: kit.clock, ...options }),
  };
}

/** A service whose callers hand their tokens over. */
function startWithTokens(renew?: () => string | Promise<string>): Kit {
  const token = createHandedToken(renew && { renew });
  const kit = createTestClient<UntypedChannels>();
  kit.client.destroy();
  const own = start(
    { token },
    {
      ...kit.server.options,
      clock: kit.clock,
      auth: backendAuth({ endpoint: kit.server.endpoints.auth, token: token.source }),
    },
  );
  return { ...own, server: kit.server, clock: kit.clock };
}

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  vi.restoreAllMocks();
});

describe('connect', () => {
  it('resolves once connected, and the state says so at each step', async () => {
    const { service, clock } = start();
    const states: string[] = [];
    service.onStateChange((state, previous) => states.push(`${previous} -> ${state}`));
    expect(service.getState()).toBe('disconnected');
    const connected = service.connect();
    expect(service.getState()).toBe('connecting');
    expect(service.isConnected()).toBe(false);
    await clock.settle();
    await connected;
    expect(service.isConnected()).toBe(true);
    expect(states).toEqual(['disconnected -> connecting', 'connecting -> connected']);
    await service.connect();
    expect(states).toHaveLength(2);
  });

  it('has another name for the listener, which hears the same', async () => {
    const { service, clock } = start();
    const heard: string[] = [];
    const stop = service.onConnectionStatusChange((state) => heard.push(state));
    await Promise.all([service.connect(), clock.settle()]);
    stop();
    service.disconnect('done');
    expect(heard).toEqual(['connecting', 'connected']);
    expect(service.getState()).toBe('disconnected');
  });

  it('comes back by itself, which is `reconnecting` and never a second loop', async () => {
    const { service, server, client, clock } = start();
    await Promise.all([service.connect(), clock.settle()]);
    const dials = client.statistics.get().dials;
    server.refuse('tcp', { times: 2 });
    server.drop();
    await clock.settle();
    expect(service.getState()).toBe('reconnecting');
    expect(service.getStats().reconnectAttempts).toBeLessThanOrEqual(1);
    await clock.advance(60_000);
    expect(service.getState()).toBe('connected');
    expect(client.statistics.get().dials - dials).toBe(3);
    expect(server.connections).toHaveLength(1);
    expect(service.getStats().reconnectAttempts).toBe(0);
  });

  it('rejects when it is disconnected meanwhile, and nobody need catch that', async () => {
    const { service } = start();
    const connected = service.connect();
    service.disconnect();
    await expect(connected).rejects.toMatchObject({ code: 'aborted' });
  });

  it('ends with `failed` when the server says that dialling is pointless', async () => {
    const { service, server, clock } = start();
    server.refuse(4001);
    const connected = service.connect();
    await clock.settle();
    await expect(connected).rejects.toMatchObject({ code: 'connection', status: 4001 });
    expect(service.getState()).toBe('failed');
  });

  it('says `reconnecting` while the device has no network', async () => {
    const network = { online: () => false, watch: () => () => {} };
    const { service, server, clock } = start({}, { network });
    server.refuse('tcp');
    void service.connect();
    await clock.settle();
    expect(service.getState()).toBe('reconnecting');
  });
});

describe('send', () => {
  it('publishes an event of its type, with the payload as it is', async () => {
    const { service, server, clock } = start();
    expect(
      await service.send('lesson_started', { lesson: 7 }, { channel: 'private-class-3' }),
    ).toBeUndefined();
    await clock.settle();
    const { body } = server.requests.find(({ path }) => path === '/realtime/trigger') ?? {};
    expect(body).toMatchObject({
      channel: 'private-class-3',
      event: 'lesson_started',
      data: { lesson: 7 },
    });
  });

  it('with `awaitAcknowledgment` tells when the server had it, and what it is called', async () => {
    const { service, clock } = start();
    const sent = service.send('lesson_started', { lesson: 7 }, { awaitAcknowledgment: true });
    await clock.settle();
    expect(await sent).toMatchObject({
      ok: true,
      messageId: expect.any(String),
      receivedAt: '2026-01-01T00:00:00.000Z',
      attempts: 1,
    });
  });

  it('with a timeout rejects when nobody has answered by then, and the message goes on', async () => {
    const { service, server, clock } = start();
    const stopHanging = server.hangTrigger();
    const sent = service.send('slow', {}, { awaitAcknowledgment: true, timeout: 1_000 });
    const rejected = expect(sent).rejects.toThrow('Message timeout after 1000ms');
    await clock.advance(999);
    await clock.advance(1);
    await rejected;
    await expect(sent).rejects.toMatchObject({ code: 'timeout', channel: 'test-channel', event: 'slow' });
    stopHanging();
    await clock.advance(30_000);
    expect(service.getStats().messagesSent).toBe(1);
  });

  it('answered in time leaves no timer', async () => {
    const { service, client, clock } = start();
    await Promise.all([service.send('a', {}, { awaitAcknowledgment: true, timeout: 1_000 }), clock.settle()]);
    client.destroy();
    expect(clock.pending).toBe(0);
  });

  it('always settles: what the server refuses rejects with the reason (it never settled before)', async () => {
    const { service, server, clock } = start();
    server.rejectTrigger(422);
    const errors: LegacyServiceError[] = [];
    service.onError((error) => errors.push(error));
    const sent = service.send('refused', {}, { awaitAcknowledgment: true });
    await clock.settle();
    await expect(sent).rejects.toMatchObject({ code: 'publish', status: 422 });
    expect(errors).toMatchObject([
      { code: 'publish', recoverable: false, timestamp: '2026-01-01T00:00:00.000Z' },
    ]);
    expect(errors[0]?.details).toBeInstanceOf(Error);
  });

  it('tells `onError` of a message that nobody waits for', async () => {
    const { service, server, clock } = start();
    server.rejectTrigger(403);
    const codes: string[] = [];
    const stop = service.onError(({ code }) => codes.push(code));
    await service.send('refused', {});
    await clock.settle();
    expect(codes).toEqual(['publish']);
    stop();
    server.rejectTrigger(403);
    await service.send('refused', {});
    await clock.settle();
    expect(codes).toHaveLength(1);
  });

  it('tells `onError` of a message that was not even taken, once, and whoever waits for it as well', async () => {
    const { service, clock } = start({}, { limits: { payloadBytes: 100 } });
    const codes: string[] = [];
    service.onError(() => {
      throw new TypeError('a listener of the application');
    });
    const stop = service.onError(({ code }) => codes.push(code));
    void service.send('big', { text: 'x'.repeat(200) });
    void service.send('', {});
    await expect(service.send('no JSON', 1n, { awaitAcknowledgment: true })).rejects.toMatchObject({
      code: 'validation',
    });
    await clock.settle();
    expect(codes).toEqual(['configuration', 'payload-too-large', 'validation']);
    stop();
  });

  it('without anybody on `onError` writes to the console what was not taken: nothing is lost without a word', async () => {
    const { service, client, clock } = start();
    void service.send('', {});
    void service.connect('a-token');
    void service.refreshToken('a-token');
    await clock.settle();
    const written = vi.mocked(console.error).mock.calls.map(([error]) => error as RealtimeError);
    expect(written.map(({ code }) => code)).toEqual(['configuration', 'configuration', 'configuration']);
    expect(String(written)).not.toContain('a-token');
    void service.send('late', {}, { awaitAcknowledgment: true });
    client.destroy();
    await clock.settle();
    expect(written).toHaveLength(3);
  });

  it('tells `onError` of a message that waited too long', async () => {
    const { service, server, clock } = start({}, publishingWith({ expiresIn: 5_000 }));
    server.rejectTrigger('network', 1_000);
    const codes: string[] = [];
    service.onError(({ code }) => codes.push(code));
    const sent = service.send('late', {}, { awaitAcknowledgment: true });
    await clock.advance(60_000);
    await expect(sent).rejects.toMatchObject({ code: 'message-expired' });
    expect(codes).toEqual(['message-expired']);
  });

  it('without a channel anywhere says where to put one', async () => {
    const { client, clock } = start();
    const service = createLegacyService(client, { clock });
    await expect(service.send('nowhere', {})).rejects.toMatchObject({ code: 'configuration' });
  });

  it('can speak to clients that still run the old service', async () => {
    const { service, server, clock } = start({ sendAs: 'message' });
    const sent = service.send('lesson_started', { lesson: 7 }, { awaitAcknowledgment: true });
    await clock.settle();
    const acknowledgement = await sent;
    const { body } = server.requests.find(({ path }) => path === '/realtime/trigger') ?? {};
    expect(body).toMatchObject({
      event: 'message',
      data: {
        type: 'lesson_started',
        payload: { lesson: 7 },
        channel: 'test-channel',
        timestamp: '2026-01-01T00:00:00.000Z',
        messageId: acknowledgement?.messageId,
      },
    });
  });
});

describe('while disconnected', () => {
  it('messages wait, in order, and each gets the acknowledgement that was asked for', async () => {
    const { service, server, clock } = start();
    await Promise.all([service.connect(), clock.settle()]);
    server.restart({ downFor: 5_000 });
    await clock.settle();
    const sent = [1, 2, 3].map((count) => service.send('tick', { count }, { awaitAcknowledgment: true }));
    await clock.advance(1_000);
    expect(service.getStats().messagesSent).toBe(0);
    await clock.advance(60_000);
    expect(await Promise.all(sent)).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
    const bodies = server.requests
      .filter(({ path, status }) => path === '/realtime/trigger' && status === 200)
      .map(({ body }) => (body as unknown as { data: { count: number } }).data.count);
    expect(bodies).toEqual([1, 2, 3]);
  });

  it('messages outlive the page, where the outbox has a storage', async () => {
    const stored = new Map<string, string>();
    const { asyncStorage } = await import('../../src/index');
    const storage = asyncStorage({
      getItem: async (key) => stored.get(key) ?? null,
      setItem: async (key, value) => void stored.set(key, value),
      removeItem: async (key) => void stored.delete(key),
    });
    const outbox = () => publishingWith(durable({ storage, owner: 'ann' }));
    const before = start({}, outbox());
    before.server.rejectTrigger('network', 100);
    await Promise.all([before.service.send('tick', { count: 1 }), before.clock.advance(100)]);
    before.client.destroy();
    const after = start({}, outbox());
    void after.service.connect();
    await after.clock.advance(1_000);
    expect(after.service.getStats().messagesSent).toBe(1);
  });
});

describe('subscribe', () => {
  it('brings messages in the old form, whichever form they came in', async () => {
    const { service, server, clock } = start();
    const messages: LegacyMessage[] = [];
    const id = service.subscribe('private-class-3', (message) => messages.push(message));
    expect(id).toMatch(/^sub_\d+_/);
    await clock.settle();
    server.trigger('private-class-3', 'grade', { score: 9 }, { id: 'm-1' });
    server.trigger('private-class-3', 'message', {
      type: 'grade',
      payload: { score: 10 },
      channel: 'private-class-3',
      timestamp: '2025-05-01T10:00:00.000Z',
      messageId: 'old-1',
      priority: 'high',
    });
    await clock.settle();
    expect(messages).toEqual([
      {
        type: 'grade',
        payload: { score: 9 },
        channel: 'private-class-3',
        timestamp: '2026-01-01T00:00:00.000Z',
        messageId: 'm-1',
      },
      {
        type: 'grade',
        payload: { score: 10 },
        channel: 'private-class-3',
        timestamp: '2025-05-01T10:00:00.000Z',
        messageId: 'old-1',
        priority: 'high',
      },
    ]);
  });

  it('with a filter brings only what passes it', async () => {
    const { service, server, clock } = start();
    const scores: number[] = [];
    service.subscribe<{ score: number }>(
      'a',
      ({ payload }) => scores.push(payload.score),
      ({ type, payload }) => type === 'grade' && payload.score > 5,
    );
    await clock.settle();
    for (const score of [4, 6, 5, 9]) server.trigger('a', 'grade', { score });
    server.trigger('a', 'other', { score: 10 });
    await clock.settle();
    expect(scores).toEqual([6, 9]);
  });

  it('twice on one channel is one subscription, which lasts as long as one of them', async () => {
    const { service, server, clock } = start();
    const heard: string[] = [];
    const first = service.subscribe('a', () => heard.push('first'));
    const second = service.subscribe('a', () => heard.push('second'));
    await clock.settle();
    service.unsubscribe(first);
    server.trigger('a', 'tick', 1);
    await clock.advance(2_000);
    expect(heard).toEqual(['second']);
    expect(server.channels).toMatchObject([{ name: 'a' }]);
    service.unsubscribe(second);
    service.unsubscribe(second);
    service.unsubscribe('sub_0_unknown');
    await clock.advance(2_000);
    expect(server.channels).toEqual([]);
  });

  it.each(['user.ann@example.com', 'a=b', 'a,b;c', 'under_score-dash'])(
    'leaves the name %s as it is (`.`, `@` and `=` were stripped before)',
    async (name) => {
      const { service, server, clock } = start();
      const heard: unknown[] = [];
      service.subscribe(name, ({ channel, payload }) => heard.push([channel, payload]));
      await clock.settle();
      server.trigger(name, 'tick', 1);
      await clock.settle();
      expect(server.channels).toMatchObject([{ name }]);
      expect(heard).toEqual([[name, 1]]);
    },
  );

  it('refuses a name that no server takes, instead of another channel', () => {
    const { service } = start();
    expect(() => service.subscribe('test-channel$%^&*()', () => {})).toThrow(/must not contain "\$"/);
  });

  it('survives a lost connection and a disconnect', async () => {
    const { service, server, clock } = start();
    const heard: unknown[] = [];
    service.subscribe('a', ({ payload }) => heard.push(payload));
    await Promise.all([service.connect(), clock.settle()]);
    server.drop();
    await clock.advance(30_000);
    server.trigger('a', 'tick', 1);
    await clock.settle();
    service.disconnect();
    await Promise.all([service.connect(), clock.settle()]);
    server.trigger('a', 'tick', 2);
    await clock.settle();
    expect(heard).toEqual([1, 2]);
  });

  it('keeps one handler from another: who throws is told to onError, the others hear it', async () => {
    const { service, server, clock } = start();
    const errors: RealtimeError[] = [];
    const heard: unknown[] = [];
    service.onError(({ details }) => errors.push(details));
    service.subscribe('a', () => {
      throw new TypeError('mine');
    });
    service.on('tick', () => {
      throw new TypeError('mine, too');
    });
    service.subscribe('a', ({ payload }) => heard.push(payload));
    service.on('tick', (payload) => heard.push(payload));
    await clock.settle();
    server.trigger('a', 'tick', 1);
    await clock.settle();
    expect(heard).toEqual([1, 1]);
    expect(errors.map(({ code, cause }) => [code, (cause as Error).message])).toEqual([
      ['listener', 'mine'],
      ['listener', 'mine, too'],
    ]);
  });

  it('to a channel that is refused tells why', async () => {
    const { service, server, clock } = start();
    const errors: LegacyServiceError[] = [];
    service.onError((error) => errors.push(error));
    server.rejectAuth(403);
    service.subscribe('private-class-3', () => {});
    await clock.settle();
    expect(errors).toMatchObject([{ code: 'subscription', recoverable: false }]);
    expect(errors[0]?.details).toBeInstanceOf(SubscriptionError);
  });
});

describe('on and off', () => {
  it('hear a type on every channel that is subscribed, in both forms, once for each function', async () => {
    const { service, server, clock } = start();
    const heard: unknown[] = [];
    const handler = (payload: unknown) => heard.push(payload);
    service.on('grade', handler);
    service.on('grade', handler);
    await Promise.all([service.connect(), clock.settle()]);
    service.subscribe('a', () => {});
    await clock.settle();
    server.trigger('test-channel', 'grade', 1);
    server.trigger('a', 'message', { type: 'grade', payload: 2 });
    server.trigger('a', 'message', { type: 'other', payload: 3 });
    server.trigger('a', 'other', 4);
    await clock.settle();
    expect(heard).toEqual([1, 2]);
    service.off('grade', handler);
    service.off('grade', handler);
    service.off('unknown', handler);
    server.trigger('a', 'grade', 5);
    await clock.settle();
    expect(heard).toEqual([1, 2]);
  });

  it('hear a message that is called message and no envelope', async () => {
    const { service, server, clock } = start();
    const heard: unknown[] = [];
    service.on('message', (payload) => heard.push(payload));
    await Promise.all([service.connect(), clock.settle()]);
    server.trigger('test-channel', 'message', { text: 'Hello' });
    await clock.settle();
    expect(heard).toEqual([{ text: 'Hello' }]);
  });
});

describe('tokens', () => {
  it('of connect() reach the backend', async () => {
    const { service, server, clock } = startWithTokens();
    const token = server.issueToken({ userId: 'ann' });
    await Promise.all([service.connect(token), clock.settle()]);
    service.subscribe('presence-game-1', () => {});
    await clock.settle();
    expect(server.channels.find(({ name }) => name === 'presence-game-1')).toBeDefined();
    expect(JSON.stringify(server.channels)).toContain('ann');
  });

  it('are waited for: who subscribes before connect(token) is not refused', async () => {
    const { service, server, clock } = startWithTokens();
    const errors: unknown[] = [];
    service.onError((error) => errors.push(error));
    service.subscribe('private-class-3', () => {});
    await clock.settle();
    await Promise.all([service.connect(server.issueToken()), clock.settle()]);
    expect(server.channels.map(({ name }) => name).sort()).toEqual(['private-class-3', 'test-channel']);
    expect(errors).toEqual([]);
  });

  it.each([null, '', undefined])(
    'that are %j are none: callers pass what they found in a storage',
    async (nothing) => {
      const { service, clock } = start();
      await Promise.all([Reflect.apply(service.connect, undefined, [nothing]), clock.settle()]);
      expect(service.isConnected()).toBe(true);
    },
  );

  it('are refreshed without a new connection (it was torn down before)', async () => {
    const { service, server, clock } = startWithTokens();
    const refreshed: string[] = [];
    const stop = service.onTokenRefresh((token) => refreshed.push(token));
    await Promise.all([service.connect(server.issueToken({ expiresIn: 60_000 })), clock.settle()]);
    service.subscribe('private-class-3', () => {});
    await clock.settle();
    const [before] = server.connections;
    const next = server.issueToken({ expiresIn: 3_600_000 });
    await Promise.all([service.refreshToken(next), clock.settle()]);
    expect(refreshed).toEqual([next]);
    await clock.advance(120_000);
    expect(server.connections.map(({ socketId }) => socketId)).toEqual([before?.socketId]);
    // The old one has run out by now: what is published goes with the new one.
    await Promise.all([service.send('tick', {}, { awaitAcknowledgment: true }), clock.settle()]);
    stop();
    await Promise.all([service.refreshToken(server.issueToken()), clock.settle()]);
    expect(refreshed).toHaveLength(1);
  });

  it('that are refused wait for a better one, and nothing is lost', async () => {
    const { service, server, clock } = startWithTokens();
    await Promise.all([service.connect(server.issueToken({ expiresIn: 1_000 })), clock.settle()]);
    await clock.advance(5_000);
    const sent = service.send('tick', {}, { awaitAcknowledgment: true });
    await clock.advance(1_000);
    await Promise.all([service.refreshToken(server.issueToken()), clock.advance(60_000)]);
    expect(await sent).toMatchObject({ ok: true });
  });

  it('open at once what was refused with the one before', async () => {
    const { service, client, server, clock } = startWithTokens();
    await Promise.all([service.connect(server.issueToken({ expiresIn: 3_600_000 })), clock.settle()]);
    server.rejectAuth(403, 1);
    service.subscribe('private-class-9', () => {});
    await clock.advance(100);
    expect(client.channel('private-class-9').subscription.get().state).toBe('refused');
    await Promise.all([service.refreshToken(server.issueToken({ expiresIn: 7_200_000 })), clock.settle()]);
    await clock.advance(100);
    expect(client.channel('private-class-9').subscription.get().state).toBe('subscribed');
  });

  it('of another user are used after disconnect() as well', async () => {
    const { service, server, clock } = startWithTokens();
    const users = () => server.channels.find(({ name }) => name === 'presence-game-1')?.users;
    service.subscribe('presence-game-1', () => {});
    await Promise.all([service.connect(server.issueToken({ userId: 'ann' })), clock.settle()]);
    expect(users()).toEqual(['ann']);
    service.disconnect();
    await Promise.all([service.connect(server.issueToken({ userId: 'bob' })), clock.settle()]);
    await clock.advance(100);
    expect(users()).toEqual(['bob']);
  });

  it('of another user are used from signOut() on', async () => {
    const { service, client, server, clock } = startWithTokens();
    const users = () => server.channels.find(({ name }) => name === 'presence-game-1')?.users;
    service.subscribe('presence-game-1', () => {});
    const life = { expiresIn: 3_600_000 };
    await Promise.all([service.connect(server.issueToken({ userId: 'ann', ...life })), clock.settle()]);
    expect(users()).toEqual(['ann']);
    await Promise.all([client.signOut(), clock.settle()]);
    await Promise.all([service.connect(server.issueToken({ userId: 'bob', ...life })), clock.settle()]);
    await clock.settle();
    expect(users()).toEqual(['bob']);
  });

  it('come from the application with refreshTokenAndReconnect, which connects only what is not connected', async () => {
    let asked = 0;
    const kit = startWithTokens(() => {
      asked += 1;
      return kit.server.issueToken();
    });
    const { service, server, clock } = kit;
    await Promise.all([service.refreshTokenAndReconnect(), clock.settle()]);
    expect(service.getState()).toBe('connected');
    expect(asked).toBe(1);
    const [before] = server.connections;
    await Promise.all([service.refreshTokenAndReconnect(), clock.settle()]);
    expect(asked).toBe(2);
    expect(server.connections.map(({ socketId }) => socketId)).toEqual([before?.socketId]);
  });

  it('without anybody who could renew them are an error that says what to do', async () => {
    const { service } = startWithTokens();
    await expect(service.refreshTokenAndReconnect()).rejects.toThrow(/pass `renew`/);
    const failing = startWithTokens(() => Promise.reject(new TypeError('no network')));
    const codes: string[] = [];
    failing.service.onError(({ code }) => codes.push(code));
    await expect(failing.service.refreshTokenAndReconnect()).rejects.toMatchObject({
      code: 'authentication',
    });
    expect(codes).toEqual(['authentication']);
    const without = start();
    await expect(without.service.connect('a-token')).rejects.toMatchObject({ code: 'configuration' });
    await expect(without.service.refreshToken('a-token')).rejects.toMatchObject({ code: 'configuration' });
  });

  it('are in no log, error or statistic (their beginnings were printed before)', async () => {
    const printed: string[] = [];
    for (const level of ['log', 'info', 'debug', 'warn', 'error'] as const) {
      vi.spyOn(console, level).mockImplementation(
        (...words) => void printed.push(words.map(String).join(' ')),
      );
    }
    const { service, server, client, clock } = startWithTokens();
    const told: unknown[] = [];
    service.onError((error) => told.push(error, error.details.stack));
    client.on('log', (entry) => told.push(entry));
    const tokens = [server.issueToken(), server.issueToken()];
    await Promise.all([service.connect(tokens[0]), clock.settle()]);
    server.rejectAuth(401);
    service.subscribe('private-class-3', () => {});
    await Promise.all([service.refreshToken(tokens[1] ?? ''), clock.advance(30_000)]);
    server.rejectTrigger(403);
    await Promise.all([service.send('tick', {}), clock.settle()]);
    told.push(service.getStats(), client.statistics.get());
    const text = `${printed.join('\n')}${JSON.stringify(told)}`;
    expect(told.length).toBeGreaterThan(5);
    for (const token of tokens) {
      expect(text).not.toContain(token.slice(-20));
      expect(text).not.toContain(token.slice(0, 24));
    }
    expect(printed).toEqual([]);
  });
});

describe('statistics', () => {
  it('begin with nothing', () => {
    const { service } = start();
    expect(service.getStats()).toEqual({
      connectionState: 'disconnected',
      messagesSent: 0,
      messagesReceived: 0,
      reconnectAttempts: 0,
      bytesSent: 0,
      bytesReceived: 0,
    });
  });

  it('count what happened, with a latency that is measured (it was always 0 before)', async () => {
    const { service, server, clock } = start();
    await Promise.all([service.connect(), clock.settle()]);
    await clock.advance(1_000);
    server.delay(120);
    void service.send('tick', { count: 1 }, { awaitAcknowledgment: true });
    await clock.advance(1_000);
    const stats = service.getStats();
    expect(stats).toMatchObject({
      connectionState: 'connected',
      messagesSent: 1,
      messagesReceived: 1,
      reconnectAttempts: 0,
      bytesSent: 11,
      connectedAt: '2026-01-01T00:00:00.000Z',
      lastMessageAt: expect.stringMatching(/^2026-01-01T00:00:01\.\d{3}Z$/),
    });
    expect(stats.bytesReceived).toBeGreaterThan(11);
    expect(stats.latency).toBeGreaterThanOrEqual(100);
  });

  it('are told at most once a second', async () => {
    const { service, server, clock } = start();
    await Promise.all([service.connect(), clock.settle()]);
    const told: number[] = [];
    const stop = service.onStatsChange(({ messagesReceived }) => told.push(messagesReceived));
    for (let count = 0; count < 50; count += 1) server.trigger('test-channel', 'tick', count);
    await clock.advance(2_000);
    stop();
    await clock.advance(2_000);
    expect(told).toEqual([50, 50]);
  });
});
