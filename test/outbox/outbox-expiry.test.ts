import { describe, expect, test } from 'vitest';
import { memoryStorage } from '../../src/outbox/memory-storage';
import { storedMessage } from '../contract/outbox-storage';
import { ManualClock } from '../fakes/manual-clock';
import { scriptedOutbox } from '../fakes/scripted-outbox';
import { accept, retryable } from '../fakes/scripted-publisher';

const day = 86_400_000;

describe('expiry', () => {
  test('a message that waited too long rejects with a MessageExpiredError that has the last failure as its cause', async () => {
    const { server, publish, clock, outcomes } = scriptedOutbox();
    server.rule = async () => {
      throw retryable();
    };
    const published = publish(1, {}, { expiresIn: 5_000 });
    await clock.advance(4_999);
    expect(published.end).toBeUndefined();
    await clock.advance(1);
    expect(published.end).toMatchObject({
      code: 'message-expired',
      channel: 'a',
      event: 'e',
      cause: { status: 503 },
    });
    expect(outcomes).toMatchObject([{ type: 'rejected', error: { code: 'message-expired' } }]);
    expect(clock.waiting).toBe(0);
  });

  test('each message has its own time, also out of order and behind one that lives longer', async () => {
    const { publish, clock, outbox } = scriptedOutbox();
    outbox.setOnline(false);
    publish('long');
    publish('short', {}, { expiresIn: 1_000 });
    publish('shorter', {}, { expiresIn: 100 });
    await clock.advance(100);
    expect(outbox.pending.get().map(({ id }) => id)).toEqual(['m1', 'm2']);
    await clock.advance(900);
    expect(outbox.pending.get().map(({ id }) => id)).toEqual(['m1']);
    await clock.advance(day - 1_001);
    expect(outbox.pending.get()).toHaveLength(1);
    await clock.advance(1);
    expect(outbox.pending.get()).toEqual([]);
  });

  test('after a sleep that no timer noticed, what is too old is not sent any more', async () => {
    const { server, publish, clock, outbox } = scriptedOutbox();
    outbox.setOnline(false);
    const old = publish('old', {}, { expiresIn: 60_000 });
    publish('young');
    await clock.settle();
    clock.sleep(3_600_000);
    outbox.setOnline(true);
    await clock.settle();
    expect(server.payloads).toEqual(['young']);
    expect(old.end).toMatchObject({ code: 'message-expired' });
  });

  test('one in flight may still succeed after its time, and ends with its attempt if it does not', async () => {
    const { server, publish, clock } = scriptedOutbox();
    const lucky = publish('lucky', {}, { expiresIn: 1_000 });
    const unlucky = publish('unlucky', { channel: 'b' }, { expiresIn: 1_000 });
    await clock.advance(2_000);
    expect([lucky.end, unlucky.end]).toEqual([undefined, undefined]);
    server.offers[0]?.answer.resolve({ level: 'accepted' });
    server.offers[1]?.answer.reject(retryable(60_000));
    await clock.settle();
    expect(lucky.end).toMatchObject({ level: 'accepted' });
    expect(unlucky.end).toMatchObject({ code: 'message-expired' });
    expect(clock.waiting).toBe(0);
  });

  test('a life longer than a timer can count does not end at once', async () => {
    const { publish, clock, outbox } = scriptedOutbox();
    outbox.setOnline(false);
    const published = publish(1, {}, { expiresIn: 30 * day });
    publish(2, {}, { expiresIn: Number.MAX_SAFE_INTEGER });
    await clock.advance(30 * day - 1);
    expect(published.end).toBeUndefined();
    await clock.advance(1);
    expect(published.end).toMatchObject({ code: 'message-expired' });
    expect(outbox.pending.get()).toHaveLength(1);
  });

  test.each([0, -5, Number.NaN])('a life of %s ms is a mistake', async (expiresIn) => {
    const { publish, outbox } = scriptedOutbox();
    await expect(publish(1, {}, { expiresIn }).promise).rejects.toMatchObject({ code: 'configuration' });
    expect(outbox.pending.get()).toEqual([]);
  });
});

describe('A12: lengths, whatever is done to the clock on the wall', () => {
  test.each([3_600_000, -3_600_000])('a clock set by %d ms changes no expiry', async (by) => {
    const { clock, outbox, outcome } = scriptedOutbox();
    outbox.setOnline(false);
    let end: string | undefined;
    void outcome(1, 'a', { expiresIn: 4_000 }).then((code) => {
      end = code;
    });
    await clock.advance(1_000);
    clock.jump(by);
    await clock.advance(2_900);
    expect(end).toBeUndefined();
    await clock.advance(200);
    expect(end).toBe('message-expired');
  });

  test('a clock of one’s own that is set back only counts what it shows', async () => {
    const inner = new ManualClock();
    const clock = { now: () => inner.now(), after: inner.after.bind(inner) };
    const { outbox, outcome } = scriptedOutbox({ clock });
    outbox.setOnline(false);
    let end: string | undefined;
    void outcome(1, 'a', { expiresIn: 4_000 }).then((code) => {
      end = code;
    });
    await inner.advance(1_000);
    inner.jump(-3_600_000);
    await inner.advance(4_000);
    expect(end).toBe('message-expired');
  });

  test('after a reload with the clock set back, a message lives no longer than it was to', async () => {
    const storage = memoryStorage();
    const clock = new ManualClock();
    const now = clock.now() + 3_600_000;
    await storage.put([storedMessage('old', { createdAt: now, expiresAt: now + 4_000 })]);
    const { outbox } = scriptedOutbox({ clock, storage });
    outbox.setOnline(false);
    await outbox.load();
    await clock.advance(4_100);
    expect(outbox.pending.get()).toEqual([]);
  });

  test('a newer message replaces an older one, though the clock was set back meanwhile', async () => {
    const { clock, outbox, server, outcome } = scriptedOutbox();
    outbox.setOnline(false);
    void outcome('older', 'a', { replaces: 'k' });
    clock.jump(-3_600_000);
    void outcome('newer', 'a', { replaces: 'k' });
    server.rule = accept;
    outbox.setOnline(true);
    await clock.settle();
    expect(server.payloads).toEqual(['newer']);
  });
});
