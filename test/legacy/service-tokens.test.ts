import { beforeEach, describe, expect, it, vi } from 'vitest';
import { legacyService, legacyServiceWithTokens } from '../fakes/legacy-service';

beforeEach(({ onTestFinished }) => {
  // After the clients have ended.
  onTestFinished(() => void vi.restoreAllMocks());
  vi.spyOn(console, 'error').mockImplementation(() => {});
});

describe('tokens', () => {
  it('of connect() reach the backend', async () => {
    const { service, server, clock } = legacyServiceWithTokens();
    const token = server.issueToken({ userId: 'ann' });
    await Promise.all([service.connect(token), clock.settle()]);
    service.subscribe('presence-game-1', () => {});
    await clock.settle();
    expect(server.channels.find(({ name }) => name === 'presence-game-1')).toBeDefined();
    expect(JSON.stringify(server.channels)).toContain('ann');
  });

  it('are waited for: who subscribes before connect(token) is not refused', async () => {
    const { service, server, clock } = legacyServiceWithTokens();
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
      const { service, clock } = legacyService();
      await Promise.all([Reflect.apply(service.connect, undefined, [nothing]), clock.settle()]);
      expect(service.isConnected()).toBe(true);
    },
  );

  it('are refreshed without a new connection (it was torn down before)', async () => {
    const { service, server, clock } = legacyServiceWithTokens();
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
    const { service, server, clock } = legacyServiceWithTokens();
    await Promise.all([service.connect(server.issueToken({ expiresIn: 1_000 })), clock.settle()]);
    await clock.advance(5_000);
    const sent = service.send('tick', {}, { awaitAcknowledgment: true });
    await clock.advance(1_000);
    await Promise.all([service.refreshToken(server.issueToken()), clock.advance(60_000)]);
    expect(await sent).toMatchObject({ ok: true });
  });

  it('open at once what was refused with the one before', async () => {
    const { service, client, server, clock } = legacyServiceWithTokens();
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
    const { service, server, clock } = legacyServiceWithTokens();
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
    const { service, client, server, clock } = legacyServiceWithTokens();
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
    const kit = legacyServiceWithTokens(() => {
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
    const { service } = legacyServiceWithTokens();
    await expect(service.refreshTokenAndReconnect()).rejects.toThrow(/pass `renew`/);
    const failing = legacyServiceWithTokens(() => Promise.reject(new TypeError('no network')));
    const codes: string[] = [];
    failing.service.onError(({ code }) => codes.push(code));
    await expect(failing.service.refreshTokenAndReconnect()).rejects.toMatchObject({
      code: 'authentication',
    });
    expect(codes).toEqual(['authentication']);
    const without = legacyService();
    await expect(without.service.connect('a-token')).rejects.toMatchObject({ code: 'configuration' });
    await expect(without.service.refreshToken('a-token')).rejects.toMatchObject({ code: 'configuration' });
  });

  it('that never come end the wait: refreshTokenAndReconnect() rejects after 10 s', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { service } = legacyServiceWithTokens(() => new Promise(() => {}));
      const refreshed = service.refreshTokenAndReconnect();
      await vi.advanceTimersByTimeAsync(10_000);
      await expect(refreshed).rejects.toMatchObject({
        code: 'authentication',
        retryable: true,
        message: expect.stringContaining('did not answer within 10 s'),
      });
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('that a listener cannot bear end nobody: what it throws goes to the console', async () => {
    const { service, server, clock } = legacyServiceWithTokens();
    const broken = new Error('no');
    service.onTokenRefresh(() => {
      throw broken;
    });
    await Promise.all([service.connect(server.issueToken()), clock.settle()]);
    await Promise.all([service.refreshToken(server.issueToken({ userId: 'bob' })), clock.settle()]);
    expect(console.error).toHaveBeenCalledWith(broken);
  });

  it('are in no log, error or statistic (their beginnings were printed before)', async () => {
    const printed: string[] = [];
    for (const level of ['log', 'info', 'debug', 'warn', 'error'] as const) {
      vi.spyOn(console, level).mockImplementation(
        (...words) => void printed.push(words.map(String).join(' ')),
      );
    }
    const { service, server, client, clock } = legacyServiceWithTokens();
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
