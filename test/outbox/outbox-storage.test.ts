import { describe, expect, test } from 'vitest';
import { PublishError } from '../../src/errors';
import { memoryStorage } from '../../src/outbox/memory-storage';
import type { OutboxStorage, StoredMessage } from '../../src/ports';
import { deferred } from '../../src/support/deferred';
import { isStoredMessage } from '../../src/support/stored-message';
import { storedMessage } from '../contract/outbox-storage';
import { scriptedOutbox } from '../fakes/scripted-outbox';
import { accept, refused } from '../fakes/scripted-publisher';

describe('after a reload', () => {
  test('what was stored comes back in its order, is sent before anything new, and ends as an event', async () => {
    const storage = memoryStorage();
    await storage.put([
      storedMessage('second', { channel: 'a', data: 2, sequence: 8, attempts: 4 }),
      storedMessage('first', { channel: 'a', data: 1, sequence: 7 }),
    ]);
    const { server, publish, clock, outcomes, outbox } = scriptedOutbox({ storage });
    clock.jump(1_700_000_000_000 - clock.now());
    server.rule = accept;
    const loading = outbox.load();
    const published = publish(3);
    await loading;
    await published.promise;
    expect(server.payloads).toEqual([1, 2, 3]);
    expect(outcomes).toMatchObject([
      { type: 'acknowledged', message: { id: 'first' }, acknowledgement: { attempts: 1 } },
      { type: 'acknowledged', message: { id: 'second' }, acknowledgement: { attempts: 5 } },
      { type: 'acknowledged', message: { id: 'm1' } },
    ]);
    expect(await storage.load()).toEqual([]);
  });

  test('numbers go on above those in the storage, so that order survives a clock that was set back', async () => {
    const storage = memoryStorage();
    await storage.put([storedMessage('old', { sequence: Number.MAX_SAFE_INTEGER - 100, expiresAt: 9e15 })]);
    const { publish, outbox } = scriptedOutbox({ storage });
    outbox.setOnline(false);
    await outbox.load();
    await publish('new', {}, { acknowledge: 'none' }).promise;
    const ordered = [...(await storage.load())].sort((a, b) => a.sequence - b.sequence);
    expect(ordered.map(({ id }) => id)).toEqual(['old', 'm1']);
  });

  test('what expired meanwhile is not sent, and its end is told', async () => {
    const storage = memoryStorage();
    await storage.put([storedMessage('late', { expiresAt: 5 })]);
    const { server, outbox, outcomes, clock } = scriptedOutbox({ storage });
    await outbox.load();
    await clock.settle();
    expect(server.offers).toEqual([]);
    expect(outcomes).toMatchObject([
      { type: 'rejected', message: { id: 'late' }, error: { code: 'message-expired' } },
    ]);
    expect(await storage.load()).toEqual([]);
  });

  test('a crash between storing a replacement and forgetting the replaced one sends only the newer', async () => {
    const storage = memoryStorage();
    const rest = { channel: 'a', replaces: 'k', sequence: 3, expiresAt: 9e15 };
    await storage.put([
      storedMessage('newer', { ...rest, createdAt: 2, data: 'newer' }),
      storedMessage('older', { ...rest, createdAt: 1, data: 'older' }),
    ]);
    const { server, outbox, clock } = scriptedOutbox({ storage });
    server.rule = accept;
    await outbox.load();
    await clock.settle();
    expect(server.payloads).toEqual(['newer']);
    expect(await storage.load()).toEqual([]);
  });
});

describe('a storage that fails', () => {
  const broken = (fail: () => Promise<never>): OutboxStorage => ({ load: fail, put: fail, remove: fail });

  test('is reported once; publishing goes on in memory', async () => {
    const cause = new Error('QuotaExceededError');
    const { server, publish, outbox, reports } = scriptedOutbox({
      storage: broken(() => Promise.reject(cause)),
    });
    server.rule = accept;
    await outbox.load();
    const all = [1, 2, 3].map((data) => publish(data));
    for (const { promise } of all) expect(await promise).toMatchObject({ level: 'accepted' });
    expect(server.payloads).toEqual([1, 2, 3]);
    expect(reports).toMatchObject([{ code: 'storage', cause }]);
  });

  test('that throws instead of rejecting is no different', async () => {
    const { server, publish, outbox, reports } = scriptedOutbox({
      storage: broken(() => {
        throw new Error('SecurityError');
      }),
    });
    server.rule = accept;
    await outbox.load();
    expect(await publish(1).promise).toMatchObject({ level: 'accepted' });
    expect(reports).toHaveLength(1);
  });

  test('that never answers holds messages up for five seconds, once', async () => {
    const { server, publish, clock, outbox, reports } = scriptedOutbox({
      storage: broken(() => new Promise(() => {})),
    });
    server.rule = accept;
    const loading = outbox.load();
    const first = publish(1);
    await clock.advance(4_999);
    expect(first.end).toBeUndefined();
    await clock.advance(1);
    await loading;
    expect(first.end).toMatchObject({ level: 'accepted', latency: 5_000 });
    expect(await publish(2).promise).toMatchObject({ latency: 0 });
    expect(reports).toMatchObject([{ code: 'storage' }]);
    expect(clock.waiting).toBe(0);
  });

  test('that never answers does so as well to a message that comes while it is being emptied', async () => {
    const { server, publish, clock, outbox } = scriptedOutbox({
      storage: broken(() => new Promise(() => {})),
    });
    server.rule = accept;
    const emptied = outbox.empty().catch((error: unknown) => error);
    await clock.advance(1_000);
    const message = publish(1);
    await clock.advance(4_000);
    expect(await emptied).toMatchObject({ code: 'storage' });
    await clock.advance(1_000);
    expect(message.end).toMatchObject({ level: 'accepted', latency: 5_000 });
    expect(clock.waiting).toBe(0);
  });

  test('that works again stores what comes then, and forgets what it could not forget before', async () => {
    const inner = memoryStorage();
    let works = true;
    const guard = async (): Promise<void> => {
      if (!works) throw new Error('closing');
    };
    const storage: OutboxStorage = {
      load: () => inner.load(),
      put: (messages) => guard().then(() => inner.put(messages)),
      remove: (ids) => guard().then(() => inner.remove(ids)),
    };
    const { server, publish, clock, outbox, reports } = scriptedOutbox({ storage });
    const first = publish(1);
    await clock.settle();
    works = false;
    server.last.answer.resolve({ level: 'accepted' });
    await clock.settle();
    expect(first.end).toMatchObject({ level: 'accepted' });
    expect(await inner.load()).toHaveLength(1);
    works = true;
    outbox.setOnline(false);
    publish(2);
    outbox.discard('m2');
    publish(3);
    await clock.settle();
    expect((await inner.load()).map(({ data }) => data)).toEqual([3]);
    expect(reports).toHaveLength(1);
  });

  test('writes of one turn are one write', async () => {
    const puts: number[] = [];
    const removals: number[] = [];
    const { server, publish, outbox, clock } = scriptedOutbox({
      storage: {
        load: async () => [],
        put: async (messages) => void puts.push(messages.length),
        remove: async (ids) => void removals.push(ids.length),
      },
    });
    server.rule = accept;
    const all = Array.from({ length: 30 }, (_, index) => publish(index, { channel: `c${index}` }));
    await Promise.all(all.map(({ promise }) => promise));
    expect(puts).toEqual([30]);
    expect(removals).toEqual([30]);
    publish('thought better of it');
    outbox.discard('m31');
    await clock.settle();
    expect([puts, removals]).toEqual([[30], [30]]);
  });
});

describe('a storage that gave no answer in time', () => {
  test('is not asked again before it has answered, and is from then on', async () => {
    const disk = memoryStorage();
    const first = deferred<void>();
    let asked = 0;
    const put: OutboxStorage['put'] = async (messages) => {
      if (asked++ === 0) await first.promise;
      await disk.put(messages);
    };
    const { clock, server, publish, reports } = scriptedOutbox({ storage: { ...disk, put } });
    server.rule = accept;
    publish(1);
    await clock.advance(5_000);
    expect(reports).toMatchObject([{ code: 'storage' }]);
    publish(2);
    await clock.settle();
    expect(asked).toBe(1);
    first.resolve();
    await clock.settle();
    publish(3);
    await clock.settle();
    expect(asked).toBe(2);
    expect(server.payloads).toEqual([1, 2, 3]);
  });

  test('keeps nobody waiting who clears after the client was destroyed', async () => {
    const disk = memoryStorage();
    const { server, publish, outbox } = scriptedOutbox({
      storage: { ...disk, remove: () => new Promise(() => {}) },
      keepRejected: true,
    });
    server.rule = () => Promise.reject(refused());
    await expect(publish(1).promise).rejects.toMatchObject({ status: 403 });
    outbox.destroy();
    await outbox.clear();
    expect(outbox.rejected.get()).toEqual([]);
  });
});

describe("A10: answers of the application's own functions", () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'messages'],
    ['an object', { messages: [] }],
    ['records that are none', [null, 7, {}, 'x']],
  ])('a storage whose load() gives %s: messages are sent all the same', async (_, answer) => {
    const storage = { ...memoryStorage(), load: async () => answer as unknown as readonly StoredMessage[] };
    const { server, outbox, outcome } = scriptedOutbox({ storage });
    server.rule = accept;
    await outbox.load();
    expect(await outcome(1)).toBe('accepted');
  });

  test('a storage that answers without a promise is as good as any', async () => {
    const kept = new Map<string, StoredMessage>();
    const storage = {
      load: () => [...kept.values()],
      put: (messages: readonly StoredMessage[]) => {
        for (const message of messages) kept.set(message.id, message);
      },
      remove: (ids: readonly string[]) => {
        for (const id of ids) kept.delete(id);
      },
    } as unknown as OutboxStorage;
    const { server, outbox, outcome, reports } = scriptedOutbox({ storage });
    server.rule = accept;
    await outbox.load();
    expect(await outcome(1)).toBe('accepted');
    expect([kept.size, reports]).toEqual([0, []]);
  });
});

describe('C11: a planted record spoils only itself', () => {
  test.each<[string, Partial<StoredMessage>]>([
    ['of the last number', { sequence: Number.MAX_SAFE_INTEGER }],
    ['of many bytes', { bytes: Number.MAX_SAFE_INTEGER }],
    ['of the future', { createdAt: 9e15, expiresAt: 9e15 + 1, replaces: 'k' }],
    ['of countless attempts', { attempts: Number.MAX_SAFE_INTEGER }],
  ])('%s', async (_, planted) => {
    const storage = memoryStorage();
    await storage.put([storedMessage('planted', { ...planted, channel: 'a', expiresAt: 9e15 })]);
    const { server, outbox, outcome } = scriptedOutbox({ storage });
    server.rule = async ({ id }) => {
      if (id === 'planted') throw new PublishError('no', { status: 422 });
      return { level: 'accepted' };
    };
    outbox.setOnline(false);
    await outbox.load();
    expect(await outcome(1, 'a', { acknowledge: 'none', replaces: 'k' })).toBe('stored');
    for (const message of await storage.load()) {
      if (message.id !== 'planted') expect(isStoredMessage(message)).toBe(true);
    }
    outbox.setOnline(true);
    await expect.poll(() => outbox.pending.get()).toEqual([]);
    expect(server.payloads).toContain(1);
  });
});
