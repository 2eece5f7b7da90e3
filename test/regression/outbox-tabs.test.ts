import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PublishError } from '../../src/errors';
import type { Acceptance, OutboxStorage, StoredMessage, TabCoordinator } from '../../src/ports';
import { isStoredMessage } from '../../src/support/stored-message';
import type { ManualClock } from '../fakes/manual-clock';
import type { MemoryBrowser } from '../fakes/memory-tabs';
import { openOutboxTab } from '../fakes/outbox-tab';
import { busy, never, type OutboxTab, outboxWorld, refuse } from '../fakes/outbox-world';

const accepted = (count: number) => Array.from({ length: count }, () => ({ level: 'accepted' }));
const ends = (published: readonly ReturnType<OutboxTab['publish']>[]) => published.map(({ end }) => end);

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

describe('what another program says on the channel of the tabs', () => {
  const type = fc.constantFrom(
    'who-leads',
    'leading',
    'following',
    'resigned',
    'who-lives',
    'handover',
    'progress',
    'settled',
    'hurry',
    'adjourned',
  );
  const anything = fc.anything({ maxDepth: 2, withDate: true, withMap: true, withBigInt: true });
  const field = fc.constantFrom(
    'id',
    'ids',
    'end',
    'state',
    'attempts',
    'error',
    'messages',
    'tab',
    'tabs',
    'means',
    'owes',
    'begins',
    'trying',
  );
  const garbage = fc
    .tuple(type, fc.dictionary(field, anything, { maxKeys: 5 }), fc.boolean())
    .map(([name, fields, whole]) => (whole ? { ...fields, type: name } : fields));

  test('does not stop them, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(garbage, anything), { maxLength: 20 }), async (messages) => {
        const { clock, open, stranger, data } = outboxWorld();
        const [one, two] = [await open(), await open()];
        const { post } = stranger();
        const published: ReturnType<OutboxTab['publish']>[] = [];
        for (const [index, message] of messages.entries()) {
          post(message);
          published.push((index % 2 ? one : two).publish(index));
          await clock.advance(3);
        }
        await clock.advance(5_000);
        expect(ends(published)).toMatchObject(accepted(messages.length));
        expect(data()).toEqual([...messages.keys()]);
        for (const { outbox } of [one, two]) outbox.destroy();
        await clock.settle();
        expect(clock.waiting).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ['an end that is two, and one of them nothing', { acknowledgement: { id: 'x' }, error: null }],
    ['an end that is two, and one of them strange', { acknowledgement: { id: 'x' }, error: { code: 7 } }],
    ['an acknowledgement that says nothing', { acknowledgement: { id: 'x' } }],
    [
      'an acknowledgement of numbers that are none',
      {
        acknowledgement: { id: 'x', level: 'accepted', acceptedAt: 'now', attempts: Number.NaN, latency: 1 },
      },
    ],
  ])('ends no message when it is %s', async (_, end) => {
    const { clock, shared, open, stranger } = outboxWorld();
    const [one, two] = [await open(), await open()];
    shared.rule = never;
    const published = two.publish('x');
    await clock.advance(10);
    stranger().post({ type: 'settled', ids: two.outbox.pending.get().map(({ id }) => id), end });
    await clock.advance(10);
    expect(published.end).toBeUndefined();
    expect(one.outbox.pending.get()).toHaveLength(1);
  });

  test.each([0.5, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'does not make a message one that no later page would take, with %d attempts',
    async (attempts) => {
      const { clock, shared, open, stranger, disk } = outboxWorld();
      const one = await open();
      shared.rule = busy;
      one.publish('x');
      await clock.advance(10);
      const [pending] = one.outbox.pending.get();
      stranger().post({ type: 'progress', id: pending?.id, trying: false, attempts });
      await clock.advance(5_000);
      const stored = await disk.load();
      expect(stored).toHaveLength(1);
      expect(stored.filter((message) => !isStoredMessage(message))).toEqual([]);
    },
  );

  test('does not put a message into a state that there is not', async () => {
    const { clock, shared, open, stranger } = outboxWorld();
    const [, two] = [await open(), await open()];
    shared.rule = never;
    two.publish('x');
    await clock.advance(10);
    const [{ id } = { id: '' }] = two.outbox.pending.get();
    stranger().post({ type: 'progress', id, trying: 'ended', attempts: 7 });
    await clock.advance(10);
    expect(two.outbox.pending.get()).toMatchObject([{ state: 'in-flight', attempts: 1 }]);
  });

  test('does not make the tab that sends believe that a message of its own is being sent elsewhere', async () => {
    const { clock, shared, open, stranger } = outboxWorld();
    const one = await open();
    shared.rule = busy;
    const published = one.publish('x', { expiresIn: 60_000 });
    await clock.advance(10);
    one.outbox.setOnline(false);
    await clock.advance(31_000);
    const [pending] = one.outbox.pending.get();
    stranger().post({ type: 'progress', id: pending?.id, trying: true, attempts: 1 });
    await clock.advance(60_000);
    expect(published.end).toMatchObject({ code: 'message-expired' });
  });
});

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

describe('a tab coordinator that breaks its promises', () => {
  const broken = (exclusive: TabCoordinator['exclusive'], browser: MemoryBrowser): TabCoordinator => ({
    kind: 'locks',
    exclusive,
    join: (name, receive) => browser.tab().join(name, receive),
  });

  test.each<[string, TabCoordinator['exclusive']]>([
    ['rejects at once', () => Promise.reject(new Error('no locks today'))],
    ['never gives a turn', () => new Promise(() => {})],
  ])('and %s leaves each tab to itself: what it publishes is sent', async (_, exclusive) => {
    const { clock, browser, open, data, disk } = outboxWorld();
    const tabs = (tab: string) => ({
      tabs: { tabs: broken(exclusive, browser), name: 'outbox', tab, isBound: () => false },
    });
    const [one, two] = [await open(tabs('one')), await open(tabs('two'))];
    const published = [one.publish(1), two.publish(2)];
    await clock.advance(10_000);
    expect(ends(published)).toMatchObject(accepted(2));
    expect([...new Set(data())].sort()).toEqual([1, 2]);
    expect(await disk.load()).toEqual([]);
    for (const { outbox } of [one, two]) outbox.destroy();
    await clock.settle();
    expect(clock.waiting).toBe(0);
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

describe('every call, in every state', () => {
  const states = {
    'that sends': async ({ open }: ReturnType<typeof outboxWorld>) => {
      const one = await open();
      await open();
      return one;
    },
    'that hands over': async ({ open }: ReturnType<typeof outboxWorld>) => {
      await open();
      return open();
    },
    'whose sender is frozen': async ({ open }: ReturnType<typeof outboxWorld>) => {
      const first = await open();
      const tab = await open();
      first.tab.freeze();
      return tab;
    },
    'that was robbed': async ({ open, clock }: ReturnType<typeof outboxWorld>) => {
      const first = await open();
      const second = await open();
      second.publish('in between').promise.catch(() => {});
      await clock.settle();
      first.tab.freeze();
      await clock.advance(3_000);
      first.tab.thaw();
      return first;
    },
    'that still reads': async ({ shared, disk, clock }: ReturnType<typeof outboxWorld>) => {
      const load = async (): ReturnType<OutboxStorage['load']> => {
        await new Promise<void>((resolve) => clock.after(200, resolve));
        return disk.load();
      };
      return openOutboxTab({ ...shared, disk: { ...disk, load } });
    },
    'whose storage does not answer': async ({ shared, disk }: ReturnType<typeof outboxWorld>) =>
      openOutboxTab({ ...shared, disk: { ...disk, load: () => new Promise(() => {}) } }),
    'without locks': async ({ open }: ReturnType<typeof outboxWorld>) => {
      await open({}, 'messages');
      return open({}, 'messages');
    },
  };
  const calls: Record<string, (tab: OutboxTab, id: string) => unknown> = {
    discard: ({ outbox }, id) => outbox.discard(id),
    retry: ({ outbox }, id) => outbox.retry(id),
    flush: ({ outbox }) => outbox.flush(),
    clear: ({ outbox }) => outbox.clear(),
    'sign out': ({ outbox }) => outbox.empty(),
    destroy: ({ outbox }) => outbox.destroy(),
  };
  const cases = Object.keys(states).flatMap((state) =>
    Object.keys(calls).map((call) => [call, state] as const),
  );

  test.each(cases)('%s in a tab %s: everything settles, once, and nothing is left', async (call, state) => {
    const place = outboxWorld();
    const { clock, shared, browser, disk } = place;
    const tab = await states[state as keyof typeof states](place);
    shared.rule = busy;
    const published = [1, 2, 3].map((n) => tab.publish(n, { channel: n < 3 ? 'a' : 'b' }));
    published.push(tab.publish(4, { acknowledge: 'none' }));
    await clock.advance(2);
    const [, second] = tab.outbox.pending.get();
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    Promise.resolve(calls[call]?.(tab, second?.id ?? '')).then(settle, settle);
    await clock.advance(3);
    shared.rule = undefined;
    await clock.advance(60_000);
    expect(settled).toBe(true);
    expect(published.filter(({ end }) => end === undefined)).toEqual([]);
    const ids = tab.outcomes.map(({ message }) => message.id);
    expect(ids).toEqual([...new Set(ids)]);
    if (['clear', 'sign out'].includes(call) && state !== 'whose storage does not answer') {
      expect(await disk.load()).toEqual([]);
    }
    tab.outbox.destroy();
    await clock.advance(60_000);
    const name = browser.lock('outbox');
    expect([name.holder?.tab, ...name.queue.map((waiter) => waiter.tab)]).not.toContain(tab.tab);
    // Whoever led may hold it now: that is how it knows that the tab is gone.
    expect(browser.lock(`outbox:${tab.name}`).holder?.tab).not.toBe(tab.tab);
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
