import { describe, expect, test } from 'vitest';
import { AuthenticationError } from '../../src/errors';
import type { Acceptance, OutboxStorage, StoredMessage } from '../../src/ports';
import { deferred } from '../../src/support/deferred';
import type { OpenOutboxSettings } from '../fakes/open-outbox';
import { openOutboxTab } from '../fakes/outbox-tab';
import { busy, never, outboxWorld, refuse } from '../fakes/outbox-world';
import { slow } from '../fakes/slow-storage';

function isHandover(
  message: unknown,
): message is { readonly type: 'handover'; readonly messages: readonly StoredMessage[] } {
  return (message as { readonly type?: unknown }).type === 'handover';
}

describe('a message whose place a newer one from another tab took', () => {
  test('is told as replaced where it was published, also when the newer one is refused', async () => {
    const { clock, open, shared } = outboxWorld();
    const [one, two] = [await open(), await open()];
    shared.rule = never;
    one.publish('in the way');
    const older = two.publish('older', { replaces: 'cursor' });
    await clock.advance(10);
    one.publish('newer', { replaces: 'cursor' });
    await clock.advance(10);
    shared.rule = refuse;
    one.outbox.discard(one.outbox.pending.get()[0]?.id ?? '');
    await clock.advance(50);
    expect(older.end).toMatchObject({ status: 403 });
    expect(two.outcomes).toMatchObject([{ type: 'replaced', by: `${one.name}:2` }]);
  });

  test('does not take its place back when it is handed over late', async () => {
    const { clock, open, disk, data } = outboxWorld();
    const { storage, answer } = slow(disk, 'put');
    const [one, two] = [await open(), await open({ storage })];
    one.outbox.setOnline(false);
    const older = two.publish('older', { replaces: 'cursor' });
    await clock.advance(10);
    const newer = one.publish('newer', { replaces: 'cursor' });
    await clock.advance(10);
    await answer();
    await clock.advance(10);
    one.outbox.setOnline(true);
    await clock.advance(50);
    expect(data()).toEqual(['newer']);
    expect([older.end, newer.end]).toMatchObject([{ id: `${one.name}:1` }, { id: `${one.name}:1` }]);
  });
});

describe('a message withdrawn by its signal', () => {
  test('gets no other attempt when another tab is just offering it', async () => {
    const { clock, open, shared, data } = outboxWorld();
    const [one, two] = [await open(), await open()];
    const { promise, reject } = deferred<Acceptance>();
    shared.rule = () => promise;
    const leaving = new AbortController();
    const published = two.publish('x', { signal: leaving.signal });
    await clock.advance(10);
    leaving.abort();
    await clock.advance(10);
    expect(published.end).toMatchObject({ code: 'aborted' });
    busy().catch(reject);
    await clock.advance(60_000);
    expect(data()).toEqual(['x']);
    expect([one.outbox.pending.get(), two.outbox.pending.get()]).toEqual([[], []]);
  });

  test.each(['accepted', 'refused'])('but %s a moment before keeps the end that it had', async (how) => {
    const { clock, open, shared, disk } = outboxWorld();
    const { storage, answer } = slow(disk, 'remove');
    const one = await open({ storage });
    if (how === 'refused') shared.rule = refuse;
    const leaving = new AbortController();
    const published = one.publish('x', { signal: leaving.signal });
    await clock.advance(10);
    leaving.abort();
    await answer();
    await clock.advance(10);
    expect(published.end).toMatchObject(how === 'refused' ? { status: 403 } : { level: 'accepted' });
    expect(one.outcomes).toHaveLength(1);
  });
});

describe('a message that ended', () => {
  test('has one end, though another tab tells of a second while the storage forgets it', async () => {
    const { clock, open, disk, stranger } = outboxWorld();
    const { storage, answer } = slow(disk, 'remove');
    const one = await open({ storage });
    const published = one.publish('x');
    await clock.advance(10);
    const error = { code: 'publish', message: 'no', retryable: false };
    stranger().post({ type: 'settled', ids: [`${one.name}:1`], end: { error } });
    await clock.advance(10);
    await answer();
    await clock.advance(10);
    expect(published.end).toMatchObject({ level: 'accepted' });
    expect(one.outcomes).toMatchObject([{ type: 'acknowledged' }]);
  });

  test('is not sent again for a tab that missed its end, if it is one of the last thousand', async () => {
    const { clock, open, disk, data, stranger } = outboxWorld();
    const stored: StoredMessage[] = [];
    const put = async (messages: readonly StoredMessage[]): Promise<void> => {
      stored.push(...messages);
      await disk.put(messages);
    };
    const one = await open({ storage: { ...disk, put }, limits: { messages: 2_000, bytes: 1e6 } });
    const { post } = stranger();
    post({ type: 'who-leads', tab: 'stranger', means: 'same' });
    await clock.advance(5);
    for (const n of Array(1_001).keys()) one.publish(n, { channel: `c${n % 20}` });
    await clock.advance(50);
    expect(data()).toHaveLength(1_001);
    const told = (n: number) => stored.filter((message) => message.data === n).slice(0, 1);
    post({ type: 'handover', tab: 'stranger', messages: told(1_000) });
    await clock.advance(10);
    expect(data()).toHaveLength(1_001);
    post({ type: 'handover', tab: 'stranger', messages: told(0) });
    await clock.advance(10);
    expect(data().slice(1_001)).toEqual([0]);
  });
});

describe('handing over', () => {
  test('a third tab gets what the one that hangs was sending, and what is not stored yet when it is', async () => {
    const { clock, open, shared, disk, data, senders } = outboxWorld();
    const { storage, answer } = slow(disk, 'put');
    const [one, two, three] = [await open(), await open({ storage }), await open()];
    shared.rule = never;
    two.publish('sent');
    await clock.advance(5);
    await answer();
    await clock.advance(5);
    // It cannot take the turn itself.
    two.outbox.setOnline(false);
    two.publish('not stored');
    await clock.advance(5);
    one.tab.freeze();
    shared.rule = undefined;
    three.outbox.setOnline(true);
    await clock.advance(3_000);
    expect(data()).toEqual(['sent', 'sent']);
    await answer();
    await clock.advance(50);
    expect(data()).toEqual(['sent', 'sent', 'not stored']);
    expect(senders()).toEqual([one.name, three.name]);
  });

  test('a tab that was robbed hands over nothing that another one published', async () => {
    const { clock, open, shared, browser } = outboxWorld();
    const [one, two] = [await open(), await open()];
    const { promise, reject } = deferred<Acceptance>();
    shared.rule = () => promise;
    two.publish('hers');
    await clock.advance(10);
    one.tab.freeze();
    await clock.advance(3_000);
    one.tab.thaw();
    await clock.advance(10);
    shared.rule = never;
    browser.posted.length = 0;
    busy().catch(reject);
    await clock.advance(10);
    expect(browser.posted.filter(({ message }) => JSON.stringify(message).includes('handover'))).toEqual([]);
    expect(two.outbox.pending.get()).toHaveLength(1);
  });
});

describe('what is bound to a tab', () => {
  test('goes, when that one dies, to the tab that sends then, and not to one that sent when it was told', async () => {
    const { clock, open, arrivals } = outboxWorld();
    const [one, two] = [await open(), await open()];
    two.publish('hers', { route: 'peer' });
    await clock.advance(10);
    const three = await open();
    one.tab.freeze();
    three.outbox.setOnline(true);
    three.publish('now');
    await clock.advance(3_000);
    one.tab.thaw();
    await clock.advance(10);
    two.tab.kill();
    await clock.advance(10);
    for (const { outbox } of [one, three]) outbox.setConfirmed('a', true);
    await clock.advance(50);
    const peers = arrivals.filter(({ route }) => route === 'peer');
    expect(peers.map(({ tab, message }) => [tab, message.data])).toEqual([[three.name, 'hers']]);
  });

  test('stays in the storage when the tab that would take it over is destroyed meanwhile', async () => {
    const { clock, open, arrivals, disk } = outboxWorld();
    const { promise, resolve } = deferred<void>();
    const claim = async (tab: string, by: string): Promise<readonly StoredMessage[]> => {
      await promise;
      return (await disk.claim?.(tab, by)) ?? [];
    };
    const [one, two] = [await open({ storage: { ...disk, claim } }), await open()];
    two.publish('hers', { route: 'peer' });
    await clock.advance(10);
    two.tab.kill();
    await clock.advance(10);
    one.outbox.destroy();
    one.outbox.setConfirmed('a', true);
    resolve();
    await clock.advance(50);
    expect(arrivals).toEqual([]);
    expect(await disk.load()).toHaveLength(1);
    expect(one.outbox.pending.get()).toEqual([]);
  });

  test('is not sent after the user signed out, though a slow storage writes it after the death of its tab', async () => {
    const { clock, open, data, disk } = outboxWorld();
    const { storage, answer } = slow(disk, 'put');
    const [one, two] = [await open(), await open({ storage })];
    one.outbox.setConfirmed('a', true);
    two.publish('hers', { route: 'peer' });
    await clock.advance(10);
    two.tab.kill();
    await clock.advance(10);
    await one.outbox.empty();
    await answer();
    one.outbox.setOnline(true);
    await clock.advance(5_000);
    expect(data()).toEqual([]);
    expect(await disk.load()).toEqual([]);
  });

  test('is given up where it was published when that tab, which did not hear of the sign-out, hands it over', async () => {
    const { clock, open, data, browser, stranger } = outboxWorld();
    const [one, two] = [await open(), await open()];
    two.publish('before');
    await clock.advance(10);
    const handover = browser.posted.map(({ message }) => message).find(isHandover);
    const [record] = handover?.messages ?? [];
    await Promise.all([one.outbox.empty(), clock.advance(10)]);
    stranger().post({ type: 'handover', tab: 'unheard', messages: [{ ...record, id: 'hers' }] });
    await clock.advance(50);
    expect(data()).toEqual(['before']);
    expect(browser.posted.map(({ message }) => message)).toContainEqual({
      type: 'settled',
      ids: ['hers'],
      end: { error: expect.objectContaining({ code: 'aborted' }) },
    });
  });

  test('is taken over, and signed out of, in a storage that can only load, put and remove', async () => {
    const { clock, open, disk, arrivals } = outboxWorld();
    const { load, put, remove } = disk;
    const storage: OutboxStorage = { load, put, remove };
    const [one, two] = [await open({ storage }), await open()];
    two.publish('hers', { route: 'peer' });
    await clock.advance(10);
    two.tab.kill();
    await clock.advance(10);
    expect(await disk.load()).toMatchObject([{ data: 'hers', tab: one.name }]);
    expect(one.outbox.pending.get()).toHaveLength(1);
    const [kept] = await disk.load();
    if (kept) await put([{ ...kept, id: 'of a page that came later' }]);
    await Promise.all([one.outbox.empty(), clock.advance(10)]);
    expect(await disk.load()).toEqual([]);
    expect(arrivals).toEqual([]);
  });
});

test('a tab without an endpoint keeps the lead from one whose session is over, and both have peace', async () => {
  const { clock, open, browser, shared } = outboxWorld();
  const one = await open();
  shared.rule = never;
  one.publish('left');
  await clock.advance(10);
  const two = await open({}, 'locks', '');
  one.outbox.destroy();
  await clock.advance(10);
  shared.rule = () => Promise.reject(new AuthenticationError('Sign in again.'));
  const three = await open();
  await clock.advance(1_000);
  const before = browser.posted.length;
  await clock.advance(1_000);
  expect(browser.posted.length - before).toBeLessThan(10);
  shared.rule = undefined;
  three.outbox.setOnline(true);
  await clock.advance(2_000);
  expect(await shared.disk.load()).toEqual([]);
  two.outbox.destroy();
  three.outbox.destroy();
});

test.each(['locks', 'messages'] as const)(
  'what nobody waited for when the session was over goes before what is published when the user has signed in again (%s)',
  async (kind) => {
    const { clock, open, data, shared } = outboxWorld();
    const one = await open({}, kind);
    shared.rule = () => Promise.reject(new AuthenticationError('Sign in again.'));
    one.publish('old', { acknowledge: 'none' });
    await clock.advance(50);
    const before = data().length;
    shared.rule = undefined;
    one.publish('new');
    await clock.advance(2_000);
    expect(data().slice(before)).toEqual(['old', 'new']);
    expect(await shared.disk.load()).toEqual([]);
  },
);

test('what a tab gives back while another one takes the lead goes before what it publishes then', async () => {
  const { clock, open, arrivals, shared } = outboxWorld();
  const over = new AuthenticationError('Sign in again.');
  const one = await open();
  shared.rule = () => Promise.reject(over);
  one.publish('asks for a session', { acknowledge: 'none' });
  await clock.advance(10);
  const { promise, reject } = deferred<Acceptance>();
  shared.rule = ({ tab }) => (tab === one.name ? promise : Promise.resolve({ level: 'accepted' }));
  const two = openOutboxTab(shared);
  await clock.settle();
  // It has read what is stored, and nobody has heard of it yet.
  one.publish('old', { acknowledge: 'none' });
  await clock.advance(1);
  reject(over);
  await clock.settle();
  one.publish('new', { acknowledge: 'none' });
  await clock.advance(1_000);
  const sent = arrivals.filter(({ tab }) => tab === two.name).map(({ message }) => message.data);
  expect(sent.slice(-2)).toEqual(['old', 'new']);
});

test('what a tab was sending when it died is sent by the one that published it when the next that leads has another endpoint', async () => {
  const { clock, open, shared, senders } = outboxWorld();
  shared.rule = never;
  const one = await open();
  await open({}, 'locks', 'another');
  const three = await open();
  const published = three.publish('hers');
  await clock.advance(10);
  one.tab.kill();
  shared.rule = undefined;
  await clock.advance(3_000);
  expect(published.end).toMatchObject({ level: 'accepted' });
  expect(senders()).toEqual([one.name, three.name]);
});

test('a turn that comes after the client was destroyed is given back unused', async () => {
  const { clock, open, browser, data } = outboxWorld();
  let give = (): void => {};
  const late: Partial<OpenOutboxSettings> = {
    tabs: {
      tabs: {
        kind: 'locks',
        join: (name, receive) => browser.tab().join(name, receive),
        exclusive: (name, _, work) =>
          name === 'outbox'
            ? new Promise((resolve) => {
                give = () => resolve(work(new AbortController().signal));
              })
            : new Promise(() => {}),
      },
      name: 'outbox',
      tab: 'late',
      isBound: () => false,
    },
  };
  const one = await open(late);
  one.publish('x');
  await clock.advance(10);
  one.outbox.destroy();
  await clock.advance(10);
  browser.posted.length = 0;
  give();
  await clock.advance(50);
  expect(data()).toEqual([]);
  expect(browser.posted).toEqual([]);
});

test('a turn that was stolen before the tab could begin it is none: the tab queues again', async () => {
  const { clock, open, browser, data } = outboxWorld();
  const [one, two, three] = [await open(), await open(), await open()];
  two.tab.freeze();
  one.tab.kill();
  three.publish(1);
  await clock.advance(3_000);
  browser.posted.length = 0;
  two.tab.thaw();
  await clock.advance(10);
  expect(browser.posted.map(({ message }) => message)).not.toContainEqual(
    expect.objectContaining({ type: 'leading', begins: true }),
  );
  three.tab.kill();
  two.publish(2);
  await clock.advance(50);
  expect(data()).toEqual([1, 2]);
});
