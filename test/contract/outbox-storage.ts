import { describe, expect, test } from 'vitest';
import type { OutboxStorage, StoredMessage } from '../../src/ports';

/** A message as the outbox stores it; the rest may be given. */
export function storedMessage(id: string, rest: Partial<StoredMessage> = {}): StoredMessage {
  return {
    id,
    channel: 'private-plugin-7',
    event: 'command',
    data: { run: 'build', tags: ['ü', '\u0000', null, 1.5] },
    route: 'server',
    sequence: 1,
    createdAt: 1_700_000_000_000,
    expiresAt: 1_700_086_400_000,
    attempts: 0,
    bytes: 64,
    ...rest,
  };
}

const byId = (a: StoredMessage, b: StoredMessage): number => (a.id < b.id ? -1 : 1);
const all = async (storage: OutboxStorage): Promise<readonly StoredMessage[]> =>
  [...(await storage.load())].sort(byId);

/** What the outbox relies on; run against every storage. `create` gives an empty one. */
export function outboxStoragePromises(
  name: string,
  create: () => OutboxStorage | Promise<OutboxStorage>,
): void {
  describe(`${name} as an outbox storage`, () => {
    test('holds nothing at first', async () => {
      expect(await all(await create())).toEqual([]);
    });

    test('gives back what was put, in full', async () => {
      const storage = await create();
      const messages = [
        storedMessage('a', { replaces: 'key' }),
        storedMessage('b', { route: 'peer', sequence: 2 }),
      ];
      await storage.put(messages);
      expect(await all(storage)).toEqual(messages);
    });

    test('replaces a message with the same id', async () => {
      const storage = await create();
      await storage.put([storedMessage('a'), storedMessage('b')]);
      await storage.put([storedMessage('a', { attempts: 3 })]);
      expect((await all(storage)).map(({ id, attempts }) => [id, attempts])).toEqual([
        ['a', 3],
        ['b', 0],
      ]);
    });

    test('forgets what is removed and nothing else, and does not mind unknown ids', async () => {
      const storage = await create();
      await storage.put([storedMessage('a'), storedMessage('b'), storedMessage('c')]);
      await storage.remove(['b', 'never-seen']);
      expect((await all(storage)).map(({ id }) => id)).toEqual(['a', 'c']);
      await storage.remove(['b']);
      expect((await all(storage)).map(({ id }) => id)).toEqual(['a', 'c']);
    });

    test('takes empty lists', async () => {
      const storage = await create();
      await storage.put([storedMessage('a')]);
      await storage.put([]);
      await storage.remove([]);
      expect(await all(storage)).toHaveLength(1);
    });

    test('takes ids and channels that look like parts of an object', async () => {
      const storage = await create();
      const strange = ['__proto__', 'constructor', '1', ''].map((id) => storedMessage(id, { channel: id }));
      await storage.put(strange);
      expect(await all(storage)).toEqual([...strange].sort(byId));
      await storage.remove(['__proto__']);
      expect((await all(storage)).map(({ id }) => id)).toEqual(['', '1', 'constructor']);
    });

    test('is empty once it was cleared (all of ours can be), and takes messages again', async () => {
      const storage = await create();
      await storage.put([storedMessage('a'), storedMessage('b')]);
      await storage.clear?.();
      expect(await all(storage)).toEqual([]);
      await storage.put([storedMessage('c')]);
      expect((await all(storage)).map(({ id }) => id)).toEqual(['c']);
    });

    test('keeps the order of what is done at the same time', async () => {
      const storage = await create();
      await Promise.all([
        storage.put([storedMessage('a'), storedMessage('b')]),
        storage.remove(['a']),
        storage.put([storedMessage('b', { attempts: 1 }), storedMessage('c')]),
        storage.remove(['c']),
      ]);
      expect((await all(storage)).map(({ id, attempts }) => [id, attempts])).toEqual([['b', 1]]);
    });

    test('what was loaded does not change when more is put', async () => {
      const storage = await create();
      await storage.put([storedMessage('a')]);
      const loaded = await storage.load();
      await storage.put([storedMessage('b')]);
      expect(loaded.map(({ id }) => id)).toEqual(['a']);
    });

    test('puts at the same time all take place', async () => {
      const storage = await create();
      const ids = Array.from({ length: 20 }, (_, index) => `m${String(index).padStart(2, '0')}`);
      await Promise.all(ids.map((id) => storage.put([storedMessage(id)])));
      expect((await all(storage)).map(({ id }) => id)).toEqual(ids);
    });

    test('lets one tab claim what another has left, once, and nothing else', async () => {
      const storage = await create();
      if (storage.claim === undefined) throw new Error('our own storages can all claim');
      await storage.put([
        storedMessage('a', { tab: 'gone' }),
        storedMessage('b', { tab: 'gone' }),
        storedMessage('c', { tab: 'alive' }),
        storedMessage('d'),
      ]);
      const [one, two] = await Promise.all([storage.claim('gone', 'one'), storage.claim('gone', 'two')]);
      const [taken, left] = one.length > 0 ? [one, two] : [two, one];
      expect([...taken].sort(byId).map(({ id }) => id)).toEqual(['a', 'b']);
      expect(left).toEqual([]);
      const by = taken === one ? 'one' : 'two';
      expect((await all(storage)).map(({ id, tab }) => [id, tab])).toEqual([
        ['a', by],
        ['b', by],
        ['c', 'alive'],
        ['d', undefined],
      ]);
    });
  });
}
