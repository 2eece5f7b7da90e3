import { describe, expect, test } from 'vitest';
import type { RealtimeError } from '../../src/errors';
import { asyncStorage, type TextStore } from '../../src/outbox/async-storage';
import type { OutboxStorage } from '../../src/ports';
import { outboxStoragePromises, storedMessage } from '../contract/outbox-storage';

/** A store of texts that takes its time, as one on a phone does. */
function textStore() {
  const texts = new Map<string, string>();
  const store: TextStore = {
    getItem: async (key) => texts.get(key) ?? null,
    setItem: async (key, text) => {
      texts.set(key, text);
    },
    removeItem: async (key) => {
      texts.delete(key);
    },
  };
  return { texts, store };
}

function open(store: TextStore, place: { key?: string; owner?: string } = {}) {
  const { key = 'app', owner } = place;
  const reports: RealtimeError[] = [];
  const storage = asyncStorage(store)({ key, owner, report: (error) => reports.push(error) });
  return { storage, reports };
}

const idsIn = async (storage: OutboxStorage): Promise<readonly string[]> =>
  (await storage.load()).map(({ id }) => id);

outboxStoragePromises('asyncStorage', () => open(textStore().store).storage);
outboxStoragePromises('asyncStorage over a store that answers at once', () => {
  const { texts } = textStore();
  const store: TextStore = {
    getItem: (key) => texts.get(key),
    setItem: (key, text) => void texts.set(key, text),
    removeItem: (key) => void texts.delete(key),
  };
  return open(store, { owner: 'user-1' }).storage;
});

describe('messages in a store of texts', () => {
  test('are found by the next storage over it, in the order of their coming', async () => {
    const { store } = textStore();
    await open(store).storage.put(['b', 'a', 'c'].map((id) => storedMessage(id)));
    expect(await idsIn(open(store).storage)).toEqual(['b', 'a', 'c']);
  });

  test('of one owner or application are not those of another', async () => {
    const { store } = textStore();
    await open(store, { owner: 'user-1' }).storage.put([storedMessage('a')]);
    for (const place of [{}, { owner: 'user-2' }, { owner: 'user' }, { key: 'another', owner: 'user-1' }]) {
      const { storage } = open(store, place);
      expect(await storage.load()).toEqual([]);
      await storage.clear?.();
    }
    expect(await idsIn(open(store, { owner: 'user-1' }).storage)).toEqual(['a']);
  });

  test('do not get lost between two storages that write at the same time', async () => {
    const { store } = textStore();
    const [one, other] = [open(store).storage, open(store).storage];
    await Promise.all([
      one.put([storedMessage('a')]),
      other.put([storedMessage('b')]),
      one.remove(['a']),
      other.put([storedMessage('c')]),
    ]);
    expect(await idsIn(one)).toEqual(['b', 'c']);
  });

  test('leave nothing behind when they are removed or cleared', async () => {
    const { store, texts } = textStore();
    const { storage } = open(store);
    await storage.put([storedMessage('a'), storedMessage('b')]);
    await storage.remove(['a']);
    expect([...texts.keys()].filter((key) => key.endsWith(':a'))).toEqual([]);
    await storage.clear?.();
    expect(texts.size).toBe(0);
  });

  test('exist all or not at all when the store fails in the middle, and the next operation goes on', async () => {
    const { store } = textStore();
    let writes = 0;
    const { storage } = open({
      ...store,
      setItem: (key, text) => {
        if (++writes === 2) throw new Error('No room.');
        return store.setItem(key, text);
      },
    });
    await expect(storage.put([storedMessage('a'), storedMessage('b')])).rejects.toThrow('No room.');
    expect(await idsIn(storage)).toEqual([]);
    await storage.put([storedMessage('c')]);
    expect(await idsIn(storage)).toEqual(['c']);
  });
});

describe('texts that are no messages', () => {
  test('are set aside and reported once; the sound ones come', async () => {
    const { store, texts } = textStore();
    const { storage, reports } = open(store);
    await storage.put(['torn', 'foreign', 'lost', 'sound'].map((id) => storedMessage(id)));
    for (const [key, text] of texts) {
      if (key.endsWith(':torn')) texts.set(key, text.slice(0, 20));
      if (key.endsWith(':foreign')) texts.set(key, '{"of":"another program"}');
      if (key.endsWith(':lost')) texts.delete(key);
    }
    expect(await idsIn(storage)).toEqual(['sound']);
    expect(await idsIn(storage)).toEqual(['sound']);
    expect(reports.map(({ code, message }) => [code, message.slice(0, 4)])).toEqual([['storage', '3 of']]);
    const quarantine = [...texts].find(([key]) => key.endsWith(':quarantine'))?.[1] ?? '';
    expect(JSON.parse(quarantine)).toEqual([
      expect.stringMatching(/^\{"id":"torn"/),
      '{"of":"another program"}',
    ]);
    await storage.clear?.();
    expect(texts.size).toBe(0);
  });

  test.each(['{"ids":', '[]', '{"version":1,"ids":[7]}', 'null'])(
    'a list of messages that reads %s is set aside, and a new one begun',
    async (text) => {
      const { store, texts } = textStore();
      const { storage, reports } = open(store);
      await storage.put([storedMessage('a')]);
      const index = [...texts.keys()].find((key) => key.endsWith(':index')) ?? '';
      texts.set(index, text);
      expect(await idsIn(storage)).toEqual([]);
      await storage.put([storedMessage('b')]);
      expect(await idsIn(storage)).toEqual(['b']);
      expect(reports).toMatchObject([{ code: 'storage' }]);
    },
  );

  test('what a newer version wrote is left as it is', async () => {
    const { store, texts } = textStore();
    const { storage, reports } = open(store);
    await storage.put([storedMessage('a')]);
    const index = [...texts.keys()].find((key) => key.endsWith(':index')) ?? '';
    texts.set(index, '{"version":2,"tree":{}}');
    const before = [...texts];
    const refusal = { code: 'storage', message: expect.stringContaining('newer version') };
    await expect(storage.load()).rejects.toMatchObject(refusal);
    await expect(storage.put([storedMessage('b')])).rejects.toMatchObject(refusal);
    await expect(storage.clear?.()).rejects.toMatchObject(refusal);
    expect([...texts]).toEqual(before);
    expect(reports).toEqual([]);
  });
});

describe('A9: asyncStorage leaves nothing behind that cannot be found', () => {
  const cases = [0, 1, 2, 3].flatMap((nth) => [[nth, 'refused'] as const, [nth, 'killed'] as const]);

  test.each(cases)('write %i of a publish is %s', async (nth, how) => {
    const texts = new Map<string, string>();
    let writes = Number.NEGATIVE_INFINITY;
    let dead = false;
    const hang = (): Promise<never> => new Promise(() => {});
    const store = {
      getItem: (key: string) => (dead ? hang() : (texts.get(key) ?? null)),
      removeItem: (key: string) => (dead ? hang() : void texts.delete(key)),
      setItem: (key: string, text: string) => {
        writes += 1;
        if (how === 'refused' && writes === nth) throw new Error('The quota is used up.');
        if (how === 'killed' && writes > nth) dead = true;
        if (dead) return hang();
        texts.set(key, text);
        return undefined;
      },
    };
    const place = { key: 'k', owner: 'ann', report: () => {} };
    const page = asyncStorage(store)(place);
    await page.put([storedMessage('warm')]);
    writes = -1;
    const put = page.put([storedMessage('secret', { data: 'CANARY' })]).catch(() => {});
    await Promise.race([put, new Promise((resolve) => setTimeout(resolve, 20))]);
    writes = Number.NEGATIVE_INFINITY;
    const next = asyncStorage({
      getItem: (key) => texts.get(key) ?? null,
      setItem: (key, text) => void texts.set(key, text),
      removeItem: (key) => void texts.delete(key),
    })(place);
    await (how === 'killed' ? next : page).clear?.();
    expect([...texts.entries()].flat().join()).not.toContain('CANARY');
    expect(texts.size).toBe(0);
  });
});
