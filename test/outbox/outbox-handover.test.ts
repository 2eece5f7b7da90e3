import { describe, expect, test } from 'vitest';
import { PublishError } from '../../src/errors';
import type { Acceptance } from '../../src/ports';
import { openOutboxTab } from '../fakes/outbox-tab';
import { accepted, ends, never, outboxWorld } from '../fakes/outbox-world';

test('a thousand messages are handed over at once, in order, and each promise settles', async () => {
  const { clock, shared, open, data, disk } = outboxWorld();
  const [one, two] = [await open(), await open()];
  for (const { outbox } of [one, two]) outbox.setOnline(false);
  const published = Array.from({ length: 1_000 }, (_, n) => two.publish(n, { channel: `c${n % 10}` }));
  await clock.advance(10);
  one.tab.kill();
  const three = await open();
  shared.rule = undefined;
  for (const { outbox } of [two, three]) outbox.setOnline(true);
  await clock.advance(100);
  expect(ends(published)).toMatchObject(accepted(1_000));
  expect(data()).toHaveLength(1_000);
  for (const channel of Array(10).keys()) {
    const mine = (data() as number[]).filter((n) => n % 10 === channel);
    expect(mine).toEqual([...mine].sort((a, b) => a - b));
  }
  expect(await disk.load()).toEqual([]);
});

describe('signing out', () => {
  test('reaches a tab that was frozen before the one where it happens was opened', async () => {
    const { clock, open, data } = outboxWorld();
    const one = await open();
    one.outbox.setOnline(false);
    const published = one.publish('secret');
    await clock.advance(10);
    one.tab.freeze();
    const two = await open();
    await Promise.all([two.outbox.empty(), clock.advance(10)]);
    one.tab.thaw();
    one.outbox.setOnline(true);
    await clock.advance(5_000);
    expect(published.end).toMatchObject({ code: 'aborted' });
    expect(data()).toEqual([]);
  });

  test('reaches the other tabs from a page that did nothing else', async () => {
    const { clock, browser, shared, data, open, disk } = outboxWorld();
    const one = await open();
    one.outbox.setOnline(false);
    const published = one.publish('secret');
    await clock.advance(10);
    // Not loaded: its page has published nothing and holds no channel.
    const two = openOutboxTab(shared, {}, 'locks', { loads: false });
    await Promise.all([two.outbox.empty(), clock.advance(10)]);
    one.outbox.setOnline(true);
    await clock.advance(5_000);
    expect(published.end).toMatchObject({ code: 'aborted' });
    expect(data()).toEqual([]);
    expect(await disk.load()).toEqual([]);
    expect(browser.posted.map(({ message }) => message)).toContainEqual({
      type: 'cleared',
      at: expect.any(Number),
    });
  });
});

describe('messages that receivers are to confirm', () => {
  test('are adopted once when the tab that waits dies, and go on waiting where they were accepted', async () => {
    const { clock, shared, open, arrivals, disk } = outboxWorld();
    const holds: string[] = [];
    const hold = (channel: string) => {
      holds.push(channel);
      return () => {};
    };
    const one = await open({ hold });
    const two = await open();
    for (const { outbox } of [one, two]) outbox.setConfirmed('a', true);
    two.publish('accepted', { acknowledge: 'delivered', timeout: 60_000 });
    await clock.advance(10);
    shared.rule = never;
    two.publish('unsent', { acknowledge: 'delivered', timeout: 60_000 });
    await clock.advance(10);
    expect(arrivals.map(({ tab }) => tab)).toEqual([two.name, two.name]);
    two.tab.kill();
    shared.rule = undefined;
    await clock.advance(50);
    expect(arrivals.map(({ tab, message }) => [tab, message.data])).toEqual([
      [two.name, 'accepted'],
      [two.name, 'unsent'],
      [one.name, 'unsent'],
    ]);
    expect(holds).toEqual(['a', 'a']);
    const ids = arrivals.map(({ message }) => message.id);
    for (const id of new Set(ids)) {
      one.outbox.acknowledgements.confirm('a', { ids: [id], receiver: 'r' }, 'somebody');
    }
    await clock.advance(10);
    expect(one.outcomes).toMatchObject([
      { type: 'acknowledged', acknowledgement: { level: 'delivered' } },
      { type: 'acknowledged', acknowledgement: { level: 'delivered' } },
    ]);
    expect(await disk.load()).toEqual([]);
  });
});

describe('a newer message with the key of one that another tab is sending', () => {
  test('is sent behind it when that one arrives, and both promises settle once', async () => {
    const { clock, shared, open, data } = outboxWorld();
    const [one, two] = [await open(), await open()];
    let answer = (_: Acceptance): void => {};
    shared.rule = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const older = two.publish('older', { replaces: 'cursor' });
    // Published before this tab knows that the other one has begun.
    await clock.settle();
    const newer = two.publish('newer', { replaces: 'cursor' });
    await clock.advance(10);
    shared.rule = undefined;
    answer({ level: 'accepted' });
    await clock.advance(50);
    expect(data().at(-1)).toBe('newer');
    expect(ends([older, newer])).toMatchObject(accepted(2));
    expect([one.outbox.pending.get(), two.outbox.pending.get()]).toEqual([[], []]);
    expect(two.outcomes.map(({ type }) => type).sort()).toEqual(['acknowledged', 'replaced']);
  });

  test('takes its place when that one fails', async () => {
    const { clock, shared, open, data, disk } = outboxWorld();
    const [, two] = [await open(), await open()];
    let fail = (_: Error): void => {};
    shared.rule = () =>
      new Promise((_, reject) => {
        fail = reject;
      });
    const older = two.publish('older', { replaces: 'cursor' });
    await clock.advance(10);
    const newer = two.publish('newer', { replaces: 'cursor' });
    await clock.advance(10);
    shared.rule = undefined;
    fail(new PublishError('busy', { retryable: true }));
    await clock.advance(5_000);
    expect(data()).toEqual(['older', 'newer']);
    expect(ends([older, newer])).toMatchObject(accepted(2));
    expect(await disk.load()).toEqual([]);
  });
});

describe('flush in a tab that does not send', () => {
  test('resolves when what it waits for cannot go on in the one that does', async () => {
    const { clock, open, data } = outboxWorld();
    const [one, two] = [await open(), await open()];
    // Waits for the subscription, and everything on its channel behind it.
    one.publish('first', { acknowledge: 'delivered' });
    await clock.advance(10);
    two.publish('second');
    await clock.advance(10);
    expect(data()).toEqual([]);
    let flushed = false;
    void two.outbox.flush().then(() => {
      flushed = true;
    });
    await clock.advance(5_000);
    expect(flushed).toBe(true);
  });
});
