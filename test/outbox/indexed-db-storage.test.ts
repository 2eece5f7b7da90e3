import 'fake-indexeddb/auto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { RealtimeError } from '../../src/errors';
import { type IndexedDbStorageOptions, indexedDbStorage } from '../../src/outbox/indexed-db-storage';
import type { OutboxStorage } from '../../src/ports';
import { outboxStoragePromises, storedMessage } from '../contract/outbox-storage';
import { ManualClock } from '../fakes/manual-clock';
import { openOutbox } from '../fakes/open-outbox';
import { ScriptedPublisher } from '../fakes/scripted-publisher';
import { keysIn, openDatabase, plant } from '../fakes/stored-in';

let keys = 0;
const unusedKey = (): string => `app-${++keys}`;

/** A storage as a client makes it, and what it reports. */
function open(place: { key?: string; owner?: string } = {}, options?: IndexedDbStorageOptions) {
  const { key = unusedKey(), owner } = place;
  const reports: RealtimeError[] = [];
  const storage = indexedDbStorage(options)({ key, owner, report: (error) => reports.push(error) });
  return { key, name: `surewire:${key}`, storage, reports };
}

const idsIn = async (storage: OutboxStorage): Promise<readonly string[]> =>
  (await storage.load()).map(({ id }) => id).sort();

outboxStoragePromises('indexedDbStorage', () => open().storage);
outboxStoragePromises('indexedDbStorage with an owner', () => open({ owner: 'user-1' }).storage);

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('where messages are kept', () => {
  test('another storage at the same place finds what the first one left', async () => {
    const { key, storage } = open({ owner: 'user-1' });
    await storage.put([storedMessage('a')]);
    expect(await open({ key, owner: 'user-1' }).storage.load()).toEqual([storedMessage('a')]);
  });

  test('owners, applications and names know nothing of each other', async () => {
    const { key, storage } = open({ owner: 'user-1' });
    await storage.put([storedMessage('a')]);
    const others = [
      open({ key, owner: 'user-2' }),
      open({ key, owner: 'user-10' }),
      open({ key, owner: 'user' }),
      open({ key }),
      open({ owner: 'user-1' }),
      open({ key, owner: 'user-1' }, { name: 'another' }),
    ];
    for (const other of others) {
      expect(await other.storage.load()).toEqual([]);
      await other.storage.clear?.();
    }
    expect(await idsIn(storage)).toEqual(['a']);
  });

  test('nothing is opened before it is needed', async () => {
    const opened = vi.spyOn(indexedDB, 'open');
    const { storage } = open();
    await storage.put([]);
    await storage.remove([]);
    expect(opened).not.toHaveBeenCalled();
    await storage.load();
    await storage.load();
    expect(opened).toHaveBeenCalledTimes(1);
  });

  test.each(['relaxed', 'strict'] as const)(
    'what is put together is one %s transaction',
    async (durability) => {
      const { storage } = open({}, { durability });
      await storage.load();
      const begun = vi.spyOn(IDBDatabase.prototype, 'transaction');
      await storage.put(['a', 'b', 'c'].map((id) => storedMessage(id)));
      await storage.remove(['a', 'b', 'c']);
      expect(begun.mock.calls.map(([, mode, options]) => [mode, options])).toEqual([
        ['readwrite', { durability }],
        ['readwrite', { durability }],
      ]);
    },
  );
});

describe('a database that fails', () => {
  test('none of the messages is put when one cannot be', async () => {
    const { storage } = open();
    const put = storage.put([storedMessage('a'), storedMessage('b', { data: () => {} }), storedMessage('c')]);
    await expect(put).rejects.toMatchObject({ name: 'DataCloneError' });
    expect(await storage.load()).toEqual([]);
  });

  test('a full disk is named as the reason', async () => {
    const { storage } = open();
    await storage.load();
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore) {
      throw new DOMException('No room.', 'QuotaExceededError');
    });
    await expect(storage.put([storedMessage('a')])).rejects.toMatchObject({ name: 'QuotaExceededError' });
  });

  test('a request that fails in the middle is named as the reason', async () => {
    const { storage } = open();
    await storage.put([storedMessage('a')]);
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value, key) {
      return this.add(value, key);
    });
    const put = storage.put([storedMessage('b'), storedMessage('a', { attempts: 1 })]);
    await expect(put).rejects.toMatchObject({ name: 'ConstraintError' });
    expect(await storage.load()).toEqual([storedMessage('a')]);
  });

  test('a connection that the browser closed is opened again', async () => {
    const connections: IDBDatabase[] = [];
    const begin = IDBDatabase.prototype.transaction;
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
      this: IDBDatabase,
      ...values
    ) {
      if (!connections.includes(this)) connections.push(this);
      return begin.apply(this, values);
    });
    const { storage } = open();
    await storage.put([storedMessage('a')]);
    connections[0]?.close();
    await storage.put([storedMessage('b')]);
    expect(await idsIn(storage)).toEqual(['a', 'b']);
    connections[1]?.onclose?.(new Event('close'));
    await storage.put([storedMessage('c')]);
    expect(await idsIn(storage)).toEqual(['a', 'b', 'c']);
    expect(connections).toHaveLength(3);
  });

  test('a transaction that the browser cut off is run once more, and not for ever', async () => {
    const { storage } = open();
    await storage.load();
    let cuts = 0;
    const begin = IDBDatabase.prototype.transaction;
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
      this: IDBDatabase,
      ...values
    ) {
      const transaction = begin.apply(this, values);
      if (cuts-- > 0) {
        // A script may not abort what it has committed; a browser may.
        transaction.commit = () => {};
        queueMicrotask(() => transaction.abort());
      }
      return transaction;
    });
    cuts = 1;
    await storage.put([storedMessage('a')]);
    expect(await idsIn(storage)).toEqual(['a']);
    cuts = 2;
    await expect(storage.put([storedMessage('b')])).rejects.toThrow();
    cuts = 0;
    expect(await idsIn(storage)).toEqual(['a']);
  });

  test("it stands in nobody's way who deletes the database, and begins anew", async () => {
    const { storage, name } = open();
    await storage.put([storedMessage('a')]);
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name);
      request.onsuccess = () => resolve();
      request.onblocked = () => reject(new Error('blocked'));
    });
    await storage.put([storedMessage('b')]);
    expect(await idsIn(storage)).toEqual(['b']);
  });

  test.each([
    ['is missing', undefined],
    [
      'is denied',
      {
        open: () => {
          throw new DOMException('Denied.', 'SecurityError');
        },
      },
    ],
  ])('where IndexedDB %s, each call says so and nothing is thrown at once', async (_, factory) => {
    vi.stubGlobal('indexedDB', factory);
    const { storage } = open();
    await expect(storage.load()).rejects.toThrow(/no IndexedDB|Denied/);
    await expect(storage.put([storedMessage('a')])).rejects.toThrow();
    vi.unstubAllGlobals();
    await storage.put([storedMessage('a')]);
    expect(await idsIn(storage)).toEqual(['a']);
  });

  test('what a newer version wrote is left as it is', async () => {
    const { key, name, storage } = open();
    const newer = await openDatabase(name, 7, (database) => database.createObjectStore('messages'));
    newer.close();
    await plant(name, 'messages', [[['', 'a'], { of: 'tomorrow' }]]);
    await expect(storage.load()).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('newer version of surewire'),
    });
    await expect(storage.put([storedMessage('b')])).rejects.toMatchObject({ code: 'storage' });
    await expect(storage.clear?.()).rejects.toMatchObject({ code: 'storage' });
    expect(await keysIn(name, 'messages')).toEqual([['', 'a']]);
    expect(open({ key }).reports).toEqual([]);
  });

  test('a tab with the older version lets the newer one upgrade the database under it', async () => {
    const { name, storage } = open();
    await storage.put([storedMessage('a')]);
    const newer = await openDatabase(name, 2);
    await expect(storage.put([storedMessage('b')])).rejects.toMatchObject({ code: 'storage' });
    newer.close();
    expect(await keysIn(name, 'messages')).toEqual([['', 'a']]);
  });
});

describe('records that are no messages', () => {
  const strange: readonly (readonly [string, unknown])[] = [
    ['text', 'text'],
    ['nothing', null],
    ['torn', { ...storedMessage('torn'), channel: undefined }],
    ['another id', storedMessage('b')],
    ['no number', storedMessage('no number', { sequence: Number.NaN })],
    ['too high to count on', storedMessage('too high to count on', { sequence: 1e300 })],
    ['never ends', storedMessage('never ends', { expiresAt: Number.POSITIVE_INFINITY })],
    ['no such route', { ...storedMessage('no such route'), route: 'pigeon' }],
  ];

  test('are set aside and reported once; the sound ones come', async () => {
    const { key, name, storage, reports } = open({ owner: 'user-1' });
    await storage.put([storedMessage('sound')]);
    await plant(name, 'messages', [
      ...strange.map(([id, record]): [IDBValidKey, unknown] => [['user-1', id], record]),
      [['user-1', 'of', 'another', 'program'], {}],
      [['user-2', 'torn'], {}],
    ]);
    expect(await idsIn(storage)).toEqual(['sound']);
    expect(reports.map(({ code, message }) => [code, message.slice(0, 10)])).toEqual([
      ['storage', '9 of the r'],
    ]);
    const later = open({ key, owner: 'user-1' });
    expect(await idsIn(later.storage)).toEqual(['sound']);
    expect(later.reports).toEqual([]);
    expect(await keysIn(name, 'quarantine')).toHaveLength(9);
    expect(await keysIn(name, 'messages')).toEqual([
      ['user-1', 'sound'],
      ['user-2', 'torn'],
    ]);
  });

  test("are gone when their owner is, and the others' are not", async () => {
    const { key, name, storage } = open({ owner: 'user-1' });
    await storage.load();
    await plant(name, 'messages', [
      [['user-1', 'x'], 1],
      [['user-2', 'x'], 2],
    ]);
    await storage.load();
    await open({ key, owner: 'user-2' }).storage.load();
    await storage.clear?.();
    expect(await keysIn(name, 'quarantine')).toEqual([['user-2', 'x']]);
  });

  test('stay where they are when they cannot be moved; the sound ones come all the same', async () => {
    const { name, storage, reports } = open();
    await storage.put([storedMessage('sound')]);
    await plant(name, 'messages', [[['', 'x'], 1]]);
    vi.spyOn(IDBObjectStore.prototype, 'delete').mockImplementation(() => {
      throw new DOMException('Worn out.', 'UnknownError');
    });
    expect(await idsIn(storage)).toEqual(['sound']);
    expect(reports).toMatchObject([{ code: 'storage', cause: { name: 'UnknownError' } }]);
    expect(await keysIn(name, 'quarantine')).toEqual([]);
  });
});

describe('an outbox over a database that fails', () => {
  function outboxOver(storage: OutboxStorage) {
    const clock = new ManualClock();
    const server = new ScriptedPublisher();
    const reports: RealtimeError[] = [];
    const outbox = openOutbox({
      clock,
      random: () => 1,
      createId: () => crypto.randomUUID(),
      storage,
      publishers: { server },
      limits: { messages: 10, bytes: 10_000 },
      expiresIn: 60_000,
      report: (error) => reports.push(error),
    });
    const publish = (data: unknown) =>
      outbox.publish({ channel: 'a', event: 'e', route: 'server', bytes: 10, data });
    return { clock, server, reports, outbox, publish };
  }

  test('goes on in memory with one warning where there is no IndexedDB', async () => {
    vi.stubGlobal('indexedDB', undefined);
    const { outbox, server, publish, reports } = outboxOver(open().storage);
    server.rule = async () => ({ level: 'accepted' });
    await outbox.load();
    const ends = await Promise.all([publish(1), publish(2), publish(3)]);
    expect(ends.map(({ level }) => level)).toEqual(['accepted', 'accepted', 'accepted']);
    expect(server.payloads).toEqual([1, 2, 3]);
    expect(reports.map(({ code }) => code)).toEqual(['storage']);
  });

  test('waits 5 seconds for one that is blocked, and no more', async () => {
    vi.stubGlobal('indexedDB', { open: () => ({}) });
    const { clock, outbox, server, publish, reports } = outboxOver(open().storage);
    server.rule = async () => ({ level: 'accepted' });
    void outbox.load();
    const published = publish(1);
    await clock.advance(4_999);
    expect(server.payloads).toEqual([]);
    await clock.advance(1);
    expect(await published).toMatchObject({ level: 'accepted' });
    expect(reports).toHaveLength(1);
  });

  test('takes in what one says that answers later than that, without another page', async () => {
    const { storage } = open();
    await storage.put([
      storedMessage('late', {
        data: 'left by an earlier page',
        createdAt: Date.UTC(2026, 0, 1),
        expiresAt: Date.UTC(2027, 0, 1),
      }),
    ]);
    let answer: () => void = () => {};
    const slow: OutboxStorage = {
      ...storage,
      load: async () => {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return storage.load();
      },
      put: (messages) => storage.put(messages),
      remove: (ids) => storage.remove(ids),
    };
    const { clock, outbox, server } = outboxOver(slow);
    server.rule = async () => ({ level: 'accepted' });
    void outbox.load();
    await clock.advance(6_000);
    expect(server.payloads).toEqual([]);
    answer();
    await vi.waitFor(async () => {
      await clock.advance(100);
      answer();
      expect(server.payloads).toEqual(['left by an earlier page']);
    }, 60_000);
  });

  test('brings thousands of messages whole, piece by piece', async () => {
    const { storage } = open({ owner: 'user-1' });
    const ids = Array.from({ length: 1_203 }, (_, index) => `m${String(index).padStart(5, '0')}`);
    await storage.put(ids.map((id) => storedMessage(id)));
    expect(await idsIn(storage)).toEqual(ids);
  });

  test('is empty when there never was one', async () => {
    vi.stubGlobal('indexedDB', undefined);
    const { outbox, reports } = outboxOver(open().storage);
    await outbox.empty();
    expect(reports).toEqual([]);
  });

  test('says that it could not be emptied', async () => {
    const denied = new DOMException('Denied.', 'SecurityError');
    vi.stubGlobal('indexedDB', {
      open: () => {
        throw denied;
      },
    });
    const { outbox } = outboxOver(open().storage);
    await expect(outbox.empty()).rejects.toMatchObject({ code: 'storage', retryable: true });
  });
});
