import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { cdp } from 'vitest/browser';
import { durable, indexedDbStorage, publishing, RealtimeClient, type RealtimeError } from '../../src/index';
import { outboxStoragePromises, storedMessage } from '../contract/outbox-storage';
import { keysIn, openDatabase, plant } from '../fakes/stored-in';
import { openPage, type Page } from './another-page';

let keys = 0;
const unusedKey = (): string => `app-${Date.now()}-${++keys}`;
const open = (key: string, owner?: string, reports: RealtimeError[] = []) =>
  indexedDbStorage()({ key, owner, report: (error) => reports.push(error) });

outboxStoragePromises('indexedDbStorage in a browser', () => open(unusedKey()));

interface Sent {
  readonly id: string;
  readonly data: { readonly n: number };
}

/** A client in a page, over the page's own IndexedDB; `answer` is the endpoint for publishing. */
function clientIn(
  // The page's own, all of them: its locks end with it.
  page: Pick<Page, 'RealtimeClient' | 'indexedDbStorage' | 'publishing' | 'durable'>,
  owner: string,
  answer: (body: Sent) => Response | Promise<Response>,
) {
  const { key, host, port } = inject('server');
  const client = new page.RealtimeClient({
    key,
    host,
    port,
    tls: false,
    publish: page.publishing({
      endpoint: '/realtime/trigger',
      outbox: page.durable({ storage: page.indexedDbStorage({ name: 'browser-test' }), owner }),
    }),
    fetch: async (_, init) => answer(JSON.parse(String(init.body))),
  });
  const errors: RealtimeError[] = [];
  const acknowledged: string[] = [];
  client.on('error', (error) => errors.push(error));
  client.on('acknowledged', ({ id }) => acknowledged.push(id));
  return { client, errors, acknowledged };
}

const accept = (): Response => new Response('{"ok":true}');
const never = (): Promise<Response> => new Promise(() => {});
const database = (): string => `browser-test:${inject('server').key}`;
const stored = async (owner: string): Promise<number> =>
  (await keysIn(database(), 'messages')).filter((key) => Array.isArray(key) && key[0] === owner).length;

afterEach(() => {
  for (const frame of document.querySelectorAll('iframe')) frame.remove();
});

describe('messages in a page that is closed', () => {
  it('are sent by the next page, in order and under their own ids, once their storing was confirmed', async () => {
    const owner = unusedKey();
    const first = await openPage();
    const { client } = clientIn(first.page, owner, never);
    const publish = (n: number) => client.publish('news', 'headline', { n }, { acknowledge: 'none' });
    const published = await Promise.all(Array.from({ length: 50 }, (_, n) => publish(n)));
    // Nothing is said to anybody: the page is just gone.
    first.close();
    const sent: Sent[] = [];
    const second = await openPage();
    const next = clientIn(second.page, owner, (body) => {
      sent.push(body);
      return accept();
    });
    next.client.channel('news').hold();
    await vi.waitFor(() => expect(next.acknowledged).toHaveLength(50), 60_000);
    expect(sent.map(({ data }) => data.n)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    expect(sent.map(({ id }) => id)).toEqual(published.map(({ id }) => id));
    expect(next.errors).toEqual([]);
    await vi.waitFor(async () => expect(await stored(owner)).toBe(0), 60_000);
    next.client.destroy();
  }, 180_000);

  it('wait for their owner while another one uses the browser, and are gone after signOut()', async () => {
    const [one, other] = [unusedKey(), unusedKey()];
    const first = await openPage();
    for (const owner of [one, other]) {
      const { client } = clientIn(first.page, owner, never);
      await client.publish('news', 'headline', { n: owner === one ? 1 : 2 }, { acknowledge: 'none' });
    }
    first.close();
    const here = { RealtimeClient, indexedDbStorage, publishing, durable };
    const leaving = clientIn(here, one, never);
    await leaving.client.signOut();
    expect([await stored(one), await stored(other)]).toEqual([0, 1]);
    leaving.client.destroy();
    const sent: number[] = [];
    const staying = clientIn(here, other, ({ data }) => {
      sent.push(data.n);
      return new Response(null, { status: 204 });
    });
    await staying.client.publish('news', 'headline', { n: 3 });
    expect(sent).toEqual([2, 3]);
    expect([...leaving.errors, ...staying.errors]).toEqual([]);
    staying.client.destroy();
  }, 180_000);
});

describe('a database that fails', () => {
  it('does not stop messages when the disk is full, and says so once', async () => {
    const owner = unusedKey();
    const { origin } = location;
    // Chromium remembers for a while how much room an origin has, but for one that has nothing.
    await cdp().send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
    await cdp().send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
    try {
      const { client, errors } = clientIn(
        { RealtimeClient, indexedDbStorage, publishing, durable },
        owner,
        accept,
      );
      const ends = await Promise.all([1, 2, 3].map((n) => client.publish('news', 'headline', { n })));
      expect(ends.map(({ level }) => level)).toEqual(['accepted', 'accepted', 'accepted']);
      expect(errors).toMatchObject([{ code: 'storage', cause: { name: 'QuotaExceededError' } }]);
      client.destroy();
    } finally {
      await cdp().send('Storage.overrideQuotaForOrigin', { origin });
    }
  }, 180_000);

  it('does not stop messages while somebody blocks it', async () => {
    const key = unusedKey();
    const rude = await openDatabase(`surewire:${key}`, 1, (made) => made.createObjectStore('messages'));
    const upgrade = openDatabase(`surewire:${key}`, 2);
    const { host, port } = inject('server');
    const client = new RealtimeClient({
      key,
      host,
      port,
      tls: false,
      publish: publishing({
        endpoint: '/realtime/trigger',
        outbox: durable({ storage: indexedDbStorage(), owner: 'user-1' }),
      }),
      fetch: async () => accept(),
    });
    const errors: RealtimeError[] = [];
    client.on('error', (error) => errors.push(error));
    expect(await client.publish('news', 'headline', 1)).toMatchObject({ level: 'accepted' });
    expect(errors.map(({ code }) => code)).toEqual(['storage']);
    rude.close();
    (await upgrade).close();
    client.destroy();
  }, 180_000);

  it('sets aside what is no message', async () => {
    const key = unusedKey();
    const reports: RealtimeError[] = [];
    const storage = open(key, 'user-1', reports);
    await storage.put([storedMessage('sound')]);
    await plant(`surewire:${key}`, 'messages', [
      [['user-1', 'torn'], { id: 'torn' }],
      [['user-1', 'file'], new Blob(['of another program'])],
    ]);
    expect((await storage.load()).map(({ id }) => id)).toEqual(['sound']);
    expect((await open(key, 'user-1', reports).load()).map(({ id }) => id)).toEqual(['sound']);
    expect(reports.map(({ code }) => code)).toEqual(['storage']);
    expect(await keysIn(`surewire:${key}`, 'quarantine')).toHaveLength(2);
  });

  it("is made anew when the user cleared the site's data under us", async () => {
    const key = unusedKey();
    const storage = open(key);
    await storage.put([storedMessage('a')]);
    await cdp().send('Storage.clearDataForOrigin', { origin: location.origin, storageTypes: 'indexeddb' });
    await storage.put([storedMessage('b')]);
    expect((await storage.load()).map(({ id }) => id)).toEqual(['b']);
  });
});
