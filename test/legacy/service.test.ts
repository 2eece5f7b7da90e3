import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type DurableValue,
  durable,
  type OutboxBounds,
  publishing,
  type RealtimeError,
  type UntypedChannels,
} from '../../src/index';
import { createLegacyService, type LegacyServiceError } from '../../src/legacy/index';
import type { TestClientOptions } from '../../src/testing/index';
import { HandNetwork } from '../fakes/hand-network';
import { legacyService } from '../fakes/legacy-service';

/** Options of a client whose outbox is another one. */
function publishingWith(outbox: DurableValue | OutboxBounds): TestClientOptions<UntypedChannels> {
  return { publish: publishing({ endpoint: 'http://surewire.test/realtime/trigger', outbox }) };
}

beforeEach(({ onTestFinished }) => {
  // After the clients have ended.
  onTestFinished(() => void vi.restoreAllMocks());
  vi.spyOn(console, 'error').mockImplementation(() => {});
});

describe('connect', () => {
  it('resolves once connected, and the state says so at each step', async () => {
    const { service, clock } = legacyService();
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
    const { service, clock } = legacyService();
    const heard: string[] = [];
    const stop = service.onConnectionStatusChange((state) => heard.push(state));
    await Promise.all([service.connect(), clock.settle()]);
    stop();
    service.disconnect('done');
    expect(heard).toEqual(['connecting', 'connected']);
    expect(service.getState()).toBe('disconnected');
  });

  it('comes back by itself, which is `reconnecting` and never a second loop', async () => {
    const { service, server, client, clock } = legacyService();
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
    const { service } = legacyService();
    const connected = service.connect();
    service.disconnect();
    await expect(connected).rejects.toMatchObject({ code: 'aborted' });
  });

  it('ends with `failed` when the server says that dialling is pointless', async () => {
    const { service, server, clock } = legacyService();
    server.refuse(4001);
    const connected = service.connect();
    await clock.settle();
    await expect(connected).rejects.toMatchObject({ code: 'connection', status: 4001 });
    expect(service.getState()).toBe('failed');
  });

  it('says `reconnecting` while the device has no network', async () => {
    const network = new HandNetwork(false);
    const { service, server, clock } = legacyService({}, { network });
    server.refuse('tcp');
    void service.connect();
    await clock.settle();
    expect(service.getState()).toBe('reconnecting');
  });
});

describe('send', () => {
  it('publishes an event of its type, with the payload as it is', async () => {
    const { service, server, clock } = legacyService();
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
    const { service, clock } = legacyService();
    const sent = service.send('lesson_started', { lesson: 7 }, { awaitAcknowledgment: true });
    await clock.settle();
    expect(await sent).toMatchObject({
      ok: true,
      messageId: expect.any(String),
      receivedAt: '2026-01-01T00:00:00.000Z',
      attempts: 1,
    });
  });

  it('with a timeout of a month waits for it, and not for as long as a timer can be', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { client, server } = legacyService();
      const service = createLegacyService(client, { channel: 'test-channel' });
      server.hangTrigger();
      let end = 'waiting';
      const sent = service.send('slow', {}, { awaitAcknowledgment: true, timeout: 2_700_000_000 });
      sent.catch(({ code }: { readonly code: string }) => {
        end = code;
      });
      await vi.advanceTimersByTimeAsync(2_600_000_000);
      expect(end).toBe('waiting');
      await vi.advanceTimersByTimeAsync(100_000_000);
      expect(end).toBe('timeout');
    } finally {
      vi.useRealTimers();
    }
  });

  it('with a timeout rejects when nobody has answered by then, and the message goes on', async () => {
    const { service, server, clock } = legacyService();
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
    const { service, client, clock } = legacyService();
    await Promise.all([service.send('a', {}, { awaitAcknowledgment: true, timeout: 1_000 }), clock.settle()]);
    client.destroy();
    expect(clock.pending).toBe(0);
  });

  it('always settles: what the server refuses rejects with the reason (it never settled before)', async () => {
    const { service, server, clock } = legacyService();
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
    const { service, server, clock } = legacyService();
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
    const { service, clock } = legacyService({}, { limits: { payloadBytes: 100 } });
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
    const { service, client, clock } = legacyService();
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
    const { service, server, clock } = legacyService({}, publishingWith({ expiresIn: 5_000 }));
    server.rejectTrigger('network', 1_000);
    const codes: string[] = [];
    service.onError(({ code }) => codes.push(code));
    const sent = service.send('late', {}, { awaitAcknowledgment: true });
    await clock.advance(60_000);
    await expect(sent).rejects.toMatchObject({ code: 'message-expired' });
    expect(codes).toEqual(['message-expired']);
  });

  it('without a channel anywhere says where to put one', async () => {
    const { client, clock } = legacyService();
    const service = createLegacyService(client, { clock });
    await expect(service.send('nowhere', {})).rejects.toMatchObject({ code: 'configuration' });
  });

  it('can speak to clients that still run the old service', async () => {
    const { service, server, clock } = legacyService({ sendAs: 'message' });
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
    const { service, server, clock } = legacyService();
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
    const before = legacyService({}, outbox());
    before.server.rejectTrigger('network', 100);
    await Promise.all([before.service.send('tick', { count: 1 }), before.clock.advance(100)]);
    before.client.destroy();
    const after = legacyService({}, outbox());
    void after.service.connect();
    await after.clock.advance(1_000);
    expect(after.service.getStats().messagesSent).toBe(1);
  });
});

describe('statistics', () => {
  it('begin with nothing', () => {
    const { service } = legacyService();
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
    const { service, server, clock } = legacyService();
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
    const { service, server, clock } = legacyService();
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
