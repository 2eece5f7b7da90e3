import { describe, expect, test } from 'vitest';
import { PublishError } from '../../src/errors';
import type { OutboxStorage, StoredMessage } from '../../src/ports';
import type { ManualClock } from '../fakes/manual-clock';
import { accepted, ends, never, type OutboxTab, outboxWorld, refuse } from '../fakes/outbox-world';

/** A storage that works until it is broken. */
function breakable(disk: OutboxStorage) {
  const storage = {
    broken: false,
    load: () => storage.check() ?? disk.load(),
    put: (messages: readonly StoredMessage[]) => storage.check() ?? disk.put(messages),
    remove: (ids: readonly string[]) => storage.check() ?? disk.remove(ids),
    check: () => (storage.broken ? Promise.reject(new Error('The disk is full.')) : undefined),
  };
  return storage;
}

describe('a storage that fails in one tab only', () => {
  test('costs nothing when it is one that hands over', async () => {
    const { clock, open, disk, data } = outboxWorld();
    const storage = breakable(disk);
    await open();
    const two = await open({ storage });
    storage.broken = true;
    const published = [1, 2, 3].map((n) => two.publish(n));
    await clock.advance(50);
    expect(ends(published)).toMatchObject(accepted(3));
    expect(data()).toEqual([1, 2, 3]);
    expect(two.reports).toHaveLength(1);
  });

  test('costs nothing when it is the one that sends', async () => {
    const { clock, open, disk, data } = outboxWorld();
    const storage = breakable(disk);
    storage.broken = true;
    const one = await open({ storage });
    const two = await open();
    const published = [one.publish(1), two.publish(2)];
    await clock.advance(50);
    expect(ends(published)).toMatchObject(accepted(2));
    expect(data()).toEqual([1, 2]);
    expect(await disk.load()).toEqual([]);
  });

  test('loses no message that was in flight when another tab took the turn, and has to be tried again', async () => {
    const { clock, shared, open, disk, data } = outboxWorld();
    const storage = breakable(disk);
    storage.broken = true;
    const one = await open({ storage });
    const two = await open();
    let fail = (_: Error): void => {};
    shared.rule = () =>
      new Promise((_, reject) => {
        fail = reject;
      });
    const published = one.publish('x');
    await clock.advance(10);
    one.tab.freeze();
    two.outbox.setOnline(true);
    await clock.advance(3_000);
    shared.rule = undefined;
    one.tab.thaw();
    await clock.advance(10);
    fail(new PublishError('The connection broke.', { retryable: true }));
    await clock.advance(60_000);
    expect(published.end).toMatchObject({ level: 'accepted' });
    expect(data()).toEqual(['x', 'x']);
  });
});

describe('a tab that thaws', () => {
  /** Its timers run before anything that came meanwhile is heard: browsers promise no order. */
  function timersFirst(clock: ManualClock) {
    const late: (() => void)[] = [];
    let frozen = false;
    return {
      clock: {
        now: () => clock.now(),
        after: (ms: number, wake: () => void) =>
          clock.after(ms, () => {
            if (frozen) late.push(wake);
            else wake();
          }),
      },
      freeze: () => {
        frozen = true;
      },
      thaw: () => {
        frozen = false;
        for (const wake of late.splice(0)) wake();
      },
    };
  }

  test('does not take the turn from one that has lived all the time', async () => {
    const { clock, shared, browser, open, data } = outboxWorld();
    const one = await open();
    const timers = timersFirst(clock);
    const two = await open({ clock: timers.clock });
    shared.rule = never;
    two.publish('x');
    await clock.advance(50);
    timers.freeze();
    two.tab.freeze();
    await clock.advance(5_000);
    timers.thaw();
    two.tab.thaw();
    await clock.advance(5_000);
    expect(browser.lock('outbox').holder?.tab).toBe(one.tab);
    expect(data()).toEqual(['x']);
  });

  test('does not take its storage for one that hangs', async () => {
    const { clock, open, disk } = outboxWorld();
    const timers = timersFirst(clock);
    let answer = (): void => {};
    const put = (messages: readonly StoredMessage[]): Promise<void> =>
      new Promise((resolve) => {
        answer = () => resolve(disk.put(messages));
      });
    const one = await open({ clock: timers.clock, storage: { ...disk, put } });
    const published = one.publish('x');
    await clock.settle();
    timers.freeze();
    await clock.advance(60_000);
    timers.thaw();
    await clock.settle();
    answer();
    await clock.advance(50);
    expect(one.reports).toEqual([]);
    expect(published.end).toMatchObject({ level: 'accepted' });
  });
});

describe('tabs whose clocks differ', () => {
  test.each([3_600_000, -3_600_000])(
    'by %d ms keep the order of each, and every promise settles',
    async (by) => {
      const { clock, open, arrivals, disk } = outboxWorld();
      const ahead = { now: () => clock.now() + by, after: clock.after.bind(clock) };
      const [one, two] = [await open(), await open({ clock: ahead })];
      const published: ReturnType<OutboxTab['publish']>[] = [];
      for (const n of Array(20).keys()) {
        published.push((n % 2 ? one : two).publish(n));
        await clock.advance(3);
      }
      one.tab.kill();
      for (const n of [21, 23]) published.push(two.publish(n));
      await clock.advance(5_000);
      expect(ends(published.slice(20))).toMatchObject(accepted(2));
      const numbers = arrivals.map(({ message }) => message.data as number);
      for (const rest of [0, 1]) {
        const mine = [...new Set(numbers.filter((n) => n % 2 === rest))];
        expect(mine).toEqual([...mine].sort((a, b) => a - b));
      }
      expect(await disk.load()).toEqual([]);
    },
  );
});

describe('two clients in one page', () => {
  test('share the sending as two tabs do, and the end of one leaves the other alone', async () => {
    const { clock, browser, open, data, disk } = outboxWorld();
    const page = browser.tab();
    const here = (tab: string) => ({ tabs: { tabs: page, name: 'outbox', tab, isBound: () => false } });
    const [one, two] = [await open(here('one')), await open(here('two'))];
    const published = [one.publish(1), two.publish(2)];
    await clock.advance(50);
    expect(ends(published)).toMatchObject(accepted(2));
    one.outbox.destroy();
    published.push(two.publish(3));
    await clock.advance(50);
    expect(ends(published)).toMatchObject(accepted(3));
    expect(data()).toEqual([1, 2, 3]);
    expect(await disk.load()).toEqual([]);
    two.outbox.destroy();
    await clock.advance(1);
    expect(browser.lock('outbox').holder).toBeUndefined();
    expect(clock.waiting).toBe(0);
  });
});

describe('tabs that differ in what they keep', () => {
  test('each keep or forget as they were told, and the promise rejects once', async () => {
    const { clock, shared, open } = outboxWorld();
    const [one, two] = [await open(), await open({ keepRejected: true })];
    shared.rule = refuse;
    const published = two.publish('x');
    await clock.advance(50);
    expect(published.end).toMatchObject({ status: 403 });
    expect(one.outbox.rejected.get()).toEqual([]);
    expect(two.outbox.rejected.get()).toHaveLength(1);
    expect(two.outcomes).toHaveLength(1);
  });
});
