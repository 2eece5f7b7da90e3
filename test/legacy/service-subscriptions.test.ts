import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type RealtimeError, SubscriptionError } from '../../src/index';
import type { LegacyMessage, LegacyServiceError } from '../../src/legacy/index';
import { legacyService } from '../fakes/legacy-service';

beforeEach(({ onTestFinished }) => {
  // After the clients have ended.
  onTestFinished(() => void vi.restoreAllMocks());
  vi.spyOn(console, 'error').mockImplementation(() => {});
});

describe('subscribe', () => {
  it('brings messages in the old form, whichever form they came in', async () => {
    const { service, server, clock } = legacyService();
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
    const { service, server, clock } = legacyService();
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
    const { service, server, clock } = legacyService();
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
      const { service, server, clock } = legacyService();
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
    const { service } = legacyService();
    expect(() => service.subscribe('test-channel$%^&*()', () => {})).toThrow(/must not contain "\$"/);
  });

  it('survives a lost connection and a disconnect', async () => {
    const { service, server, clock } = legacyService();
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
    const { service, server, clock } = legacyService();
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
    const { service, server, clock } = legacyService();
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
    const { service, server, clock } = legacyService();
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
    const { service, server, clock } = legacyService();
    const heard: unknown[] = [];
    service.on('message', (payload) => heard.push(payload));
    await Promise.all([service.connect(), clock.settle()]);
    server.trigger('test-channel', 'message', { text: 'Hello' });
    await clock.settle();
    expect(heard).toEqual([{ text: 'Hello' }]);
  });
});
