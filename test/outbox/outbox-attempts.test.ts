import { describe, expect, test } from 'vitest';
import { PublishError, RateLimitError } from '../../src/errors';
import { scriptedOutbox } from '../fakes/scripted-outbox';
import { accept, refused, retryable } from '../fakes/scripted-publisher';

describe('another attempt', () => {
  test('waits twice as long each time, up to the cap, and begins anew after a success', async () => {
    const { server, publish, clock } = scriptedOutbox();
    const start = clock.now();
    const times: number[] = [];
    server.rule = async () => {
      times.push(clock.now() - start);
      if (times.length === 9) return { level: 'accepted' };
      throw retryable();
    };
    publish(1);
    publish(2);
    await clock.advance(200_000);
    expect(times.slice(0, 9).map((time, index) => time - (times[index - 1] ?? 0))).toEqual([
      0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
    ]);
    expect((times[10] ?? 0) - (times[9] ?? 0)).toBe(500);
  });

  test('is jittered fully', async () => {
    const { server, publish, clock } = scriptedOutbox({ random: () => 0.1 });
    publish(1);
    await clock.settle();
    server.last.answer.reject(retryable());
    await clock.advance(49);
    expect(server.offers).toHaveLength(1);
    await clock.advance(1);
    expect(server.offers).toHaveLength(2);
  });

  test('waits as long as the server asks, also when the network comes back meanwhile', async () => {
    const { server, publish, clock, outbox } = scriptedOutbox();
    publish(1);
    await clock.settle();
    server.last.answer.reject(new RateLimitError('slowly', { retryAfter: 7_000 }));
    await clock.advance(3_000);
    outbox.setOnline(false);
    outbox.setOnline(true);
    // And up to half of that on top, so that all whom it asked do not come at the same moment.
    await clock.advance(7_499);
    expect(server.offers).toHaveLength(1);
    await clock.advance(1);
    expect(server.offers).toHaveLength(2);
  });

  test('comes at once when the network comes back', async () => {
    const { server, publish, clock, outbox } = scriptedOutbox();
    publish(1);
    await clock.settle();
    outbox.setOnline(false);
    server.last.answer.reject(retryable());
    await clock.advance(60_000);
    expect(server.offers).toHaveLength(1);
    outbox.setOnline(true);
    expect(server.offers).toHaveLength(2);
  });

  test('comes after an attempt that hangs: its signal aborts after ten seconds, a late answer is dropped', async () => {
    const { server, publish, clock } = scriptedOutbox();
    const published = publish(1);
    await clock.advance(9_999);
    const hung = server.last;
    expect(hung.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(hung.signal.aborted).toBe(true);
    hung.answer.reject(refused());
    await clock.advance(500);
    expect(server.offers).toHaveLength(2);
    server.last.answer.resolve({ level: 'accepted' });
    await clock.settle();
    expect(published.end).toMatchObject({ level: 'accepted', attempts: 2 });
  });

  test('comes after a failure that the publisher does not explain, which is kept as the cause', async () => {
    const { server, publish, clock, outbox } = scriptedOutbox();
    publish(1);
    await clock.settle();
    const cause = new TypeError('Failed to fetch');
    server.last.answer.reject(cause);
    await clock.settle();
    expect(outbox.pending.get()[0]?.error).toMatchObject({ code: 'publish', retryable: true, cause });
    await clock.advance(500);
    expect(server.offers).toHaveLength(2);
  });

  test('comes after a publisher that throws instead of rejecting', async () => {
    const { server, publish, clock } = scriptedOutbox();
    server.rule = () => {
      throw retryable();
    };
    const published = publish(1);
    await clock.settle();
    server.rule = accept;
    await clock.advance(500);
    expect(published.end).toMatchObject({ attempts: 2 });
  });
});

describe('flush and retry', () => {
  test('flush tries at once what waits for another attempt, and resolves when it has ended', async () => {
    const { server, publish, clock, outbox } = scriptedOutbox();
    publish(1);
    publish(2);
    await clock.settle();
    server.last.answer.reject(retryable(3_600_000));
    await clock.settle();
    const flushed = outbox.flush();
    expect(server.payloads).toEqual([1, 1]);
    server.rule = accept;
    server.last.answer.resolve({ level: 'accepted' });
    await flushed;
    expect(outbox.pending.get()).toEqual([]);
  });

  test('flush does not wait for what was published after it', async () => {
    const { server, publish, clock, outbox } = scriptedOutbox();
    publish(1);
    await clock.settle();
    const flushed = outbox.flush();
    publish(2);
    server.last.answer.resolve({ level: 'accepted' });
    await flushed;
    expect(outbox.pending.get()).toHaveLength(1);
  });

  test('flush resolves when nothing can go on: shut gates, an attempt that fails again, an empty outbox', async () => {
    const { server, publish, clock, outbox } = scriptedOutbox();
    await outbox.flush();
    publish('fails');
    publish('behind it');
    publish('no subscription', { route: 'peer' });
    await clock.settle();
    server.last.answer.reject(retryable());
    await clock.settle();
    server.rule = async () => {
      throw retryable();
    };
    await outbox.flush();
    expect(outbox.pending.get()).toHaveLength(3);
    expect(server.payloads).toEqual(['fails', 'fails']);
    outbox.setOnline(false);
    await outbox.flush();
    expect(server.payloads).toHaveLength(2);
  });

  test("retry ends the wait of a message's channel, and of no other", async () => {
    const { server, publish, clock, outbox } = scriptedOutbox();
    publish('a');
    publish('b', { channel: 'b' });
    await clock.settle();
    for (const { answer } of server.offers) answer.reject(retryable());
    await clock.settle();
    expect(outbox.retry('m2')).toBe(true);
    expect(server.payloads).toEqual(['a', 'b', 'b']);
    expect(outbox.retry('unknown')).toBe(false);
  });
});

describe("A10: answers of the application's own functions", () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['another word', { level: 'done', eventId: 7 }],
    ['no promise', { level: 'accepted' }],
  ])('a publisher that answers with %s has accepted the message', async (_, answer) => {
    const { clock, server, outcome } = scriptedOutbox();
    server.rule = (() => answer) as unknown as typeof accept;
    const end = outcome(1);
    await clock.advance(10);
    expect(await end).toBe('accepted');
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -5, 0])(
    'a publisher that wants to be asked again in %d ms is, in a while',
    async (retryAfter) => {
      const { clock, server, outcome } = scriptedOutbox();
      server.rule = () => Promise.reject(new PublishError('later', { retryable: true, retryAfter }));
      void outcome(1);
      // Five minutes at most, and up to half of that on top, so that those who were told the same do not come together.
      await clock.advance(450_000);
      expect(server.offers.length).toBeGreaterThan(1);
      expect(server.offers.length).toBeLessThan(60);
    },
  );
});
