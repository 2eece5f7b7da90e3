import { describe, expect, test } from 'vitest';
import { PublishError } from '../../src/errors';
import type { StoredMessage } from '../../src/ports';
import { openOutboxTab } from '../fakes/outbox-tab';
import { busy, never, outboxWorld, refuse } from '../fakes/outbox-world';

describe('two tabs of one owner', () => {
  test('one of them sends for both, in the order of publishing, and each promise settles in its own tab', async () => {
    const { clock, open, data, senders, disk } = outboxWorld();
    const [one, two] = [await open(), await open()];
    const published: ReturnType<typeof one.publish>[] = [];
    for (const [index, tab] of [one, two, one, two].entries()) {
      published.push(tab.publish(index + 1));
      await clock.advance(10);
    }
    expect(data()).toEqual([1, 2, 3, 4]);
    expect(senders()).toEqual([one.name]);
    expect(published.map(({ end }) => end)).toMatchObject([
      { level: 'accepted', attempts: 1 },
      { level: 'accepted', attempts: 1 },
      { level: 'accepted', attempts: 1 },
      { level: 'accepted', attempts: 1 },
    ]);
    expect(two.outcomes.map(({ type }) => type)).toEqual(['acknowledged', 'acknowledged']);
    expect(one.outcomes).toHaveLength(2);
    expect([one.outbox.pending.get(), two.outbox.pending.get()]).toEqual([[], []]);
    expect(await disk.load()).toEqual([]);
  });

  test('a message that is refused is refused where it was published, by an error of the same class', async () => {
    const { clock, open, shared } = outboxWorld();
    const [one, two] = [await open(), await open()];
    shared.rule = refuse;
    const published = two.publish('x');
    await clock.advance(50);
    expect(published.end).toBeInstanceOf(PublishError);
    expect(published.end).toMatchObject({ code: 'publish', status: 403, message: 'You may not.' });
    expect(two.outcomes).toMatchObject([{ type: 'rejected' }]);
    expect(one.outcomes).toEqual([]);
  });

  test('pending shows in both how far a message is', async () => {
    const { clock, open, shared } = outboxWorld();
    const [one, two] = [await open(), await open()];
    shared.rule = busy;
    two.publish('x');
    await clock.advance(10);
    const [seen] = two.outbox.pending.get();
    expect(seen).toMatchObject({ attempts: 1, state: 'waiting', error: { status: 503 } });
    expect(one.outbox.pending.get()).toMatchObject([{ id: seen?.id, attempts: 1 }]);
    shared.rule = never;
    await clock.advance(1_000);
    expect(two.outbox.pending.get()).toMatchObject([{ attempts: 2, state: 'in-flight' }]);
  });

  test('a signal withdraws a message that waits in the tab that sends', async () => {
    const { clock, open, shared, data } = outboxWorld();
    const [one, two] = [await open(), await open()];
    shared.rule = never;
    one.publish('first');
    const leaving = new AbortController();
    const published = two.publish('second', { signal: leaving.signal });
    await clock.advance(10);
    leaving.abort();
    await clock.advance(10);
    expect(published.end).toMatchObject({ code: 'aborted' });
    expect(one.outbox.pending.get()).toHaveLength(1);
    expect(data()).toEqual(['first']);
  });

  test('a message discarded where it is sent rejects where it was published', async () => {
    const { clock, open, shared } = outboxWorld();
    const [one, two] = [await open(), await open()];
    shared.rule = busy;
    const published = two.publish('x');
    await clock.advance(10);
    const [pending] = one.outbox.pending.get();
    expect(one.outbox.discard(pending?.id ?? '')).toBe(true);
    await clock.advance(10);
    expect(published.end).toMatchObject({ code: 'aborted' });
    expect(two.outbox.pending.get()).toEqual([]);
  });

  test('a newer message takes the place of one from another tab, and both promises settle as its own', async () => {
    const { clock, open, shared, data } = outboxWorld();
    const [one, two] = [await open(), await open()];
    shared.rule = never;
    one.publish('in the way');
    const older = one.publish('older', { replaces: 'cursor' });
    await clock.advance(10);
    const newer = two.publish('newer', { replaces: 'cursor' });
    const oldest = two.publish('other');
    await clock.advance(10);
    shared.rule = undefined;
    one.outbox.discard(one.outbox.pending.get()[0]?.id ?? '');
    await clock.advance(50);
    expect(data()).toEqual(['in the way', 'newer', 'other']);
    expect(older.end).toMatchObject({ level: 'accepted', id: `${two.name}:1` });
    expect(newer.end).toMatchObject({ level: 'accepted', id: `${two.name}:1` });
    expect(oldest.end).toMatchObject({ level: 'accepted' });
  });

  test('flush in the other tab makes the one that sends try now, and resolves when it has', async () => {
    const { clock, open, shared, data } = outboxWorld();
    const [, two] = [await open(), await open()];
    shared.rule = busy;
    const published = two.publish('x');
    await clock.advance(5);
    expect(data()).toEqual(['x']);
    shared.rule = undefined;
    let flushed = false;
    void two.outbox.flush().then(() => {
      flushed = true;
    });
    await clock.advance(5);
    expect(data()).toEqual(['x', 'x']);
    expect(published.end).toMatchObject({ level: 'accepted', attempts: 2 });
    expect(flushed).toBe(true);
  });

  test('flush resolves without a network, whoever would send', async () => {
    const { clock, open } = outboxWorld();
    const [one, two] = [await open(), await open()];
    for (const { outbox } of [one, two]) outbox.setOnline(false);
    two.publish('x');
    let flushed = false;
    void two.outbox.flush().then(() => {
      flushed = true;
    });
    await clock.advance(10);
    expect(flushed).toBe(true);
  });

  test('what goes over the connection of a tab is sent by that tab', async () => {
    const { clock, open, arrivals } = outboxWorld();
    const [one, two] = [await open(), await open()];
    for (const { outbox } of [one, two]) outbox.setConfirmed('a', true);
    const published = [one.publish(1, { route: 'peer' }), two.publish(2, { route: 'peer' })];
    await clock.advance(50);
    expect(arrivals.map(({ tab, message }) => [tab, message.data])).toEqual([
      [one.name, 1],
      [two.name, 2],
    ]);
    expect(published.map(({ end }) => end)).toMatchObject([{ attempts: 1 }, { attempts: 1 }]);
  });

  test('signing out in one rejects what waits in the other, and nothing of it is sent', async () => {
    const { clock, open, data, disk } = outboxWorld();
    const [one, two] = [await open(), await open()];
    for (const { outbox } of [one, two]) outbox.setOnline(false);
    const published = [one.publish(1), two.publish(2)];
    await clock.advance(10);
    await Promise.all([two.outbox.empty(), clock.advance(10)]);
    for (const { outbox } of [one, two]) outbox.setOnline(true);
    await clock.advance(5_000);
    expect(published.map(({ end }) => end)).toMatchObject([{ code: 'aborted' }, { code: 'aborted' }]);
    expect(data()).toEqual([]);
    expect(await disk.load()).toEqual([]);
  });

  test('a rejected message that is kept can be published again from either', async () => {
    const { clock, open, shared, data } = outboxWorld();
    const [one, two] = [await open({ keepRejected: true }), await open({ keepRejected: true })];
    shared.rule = refuse;
    two.publish('x').promise.catch(() => {});
    await clock.advance(20);
    const [kept] = two.outbox.rejected.get();
    expect(one.outbox.rejected.get()).toMatchObject([{ id: kept?.id }]);
    shared.rule = undefined;
    expect(two.outbox.retry(kept?.id ?? '')).toBe(true);
    await clock.advance(20);
    expect(data()).toEqual(['x', 'x']);
    expect([one.outbox.rejected.get(), two.outbox.rejected.get()]).toEqual([[], []]);
    expect(two.outcomes.at(-1)).toMatchObject({ type: 'acknowledged' });
  });

  test('a message that expires does so once, in the tab that published it', async () => {
    const { clock, open, shared } = outboxWorld();
    const [one, two] = [await open(), await open()];
    shared.rule = busy;
    const published = two.publish('x', { expiresIn: 2_000 });
    await clock.advance(60_000);
    expect(published.end).toMatchObject({ code: 'message-expired' });
    expect([one.outcomes.length, two.outcomes.length]).toEqual([0, 1]);
    expect(one.outbox.pending.get()).toEqual([]);
  });

  test('leave no timer when nothing is pending, and none at all when they are gone', async () => {
    const { clock, open } = outboxWorld();
    const [one, two] = [await open(), await open()];
    two.publish('x');
    await clock.advance(5_000);
    expect(clock.waiting).toBe(0);
    two.outbox.setOnline(false);
    two.publish('y').promise.catch(() => {});
    await clock.advance(5_000);
    for (const { outbox } of [two, one]) outbox.destroy();
    await clock.settle();
    expect(clock.waiting).toBe(0);
  });
});

describe('the tab that sends', () => {
  test('is replaced at once when it is killed, and what it left is sent once, in order', async () => {
    const { clock, open, shared, data, senders, disk } = outboxWorld();
    const [one, two] = [await open(), await open()];
    shared.rule = never;
    for (const n of [1, 2, 3]) one.publish(n);
    await clock.advance(10);
    const published = two.publish(4);
    await clock.advance(10);
    expect(data()).toEqual([1]);
    one.tab.kill();
    shared.rule = undefined;
    await clock.advance(20);
    expect(data()).toEqual([1, 1, 2, 3, 4]);
    expect(senders()).toEqual([one.name, two.name]);
    expect(published.end).toMatchObject({ level: 'accepted' });
    expect(await disk.load()).toEqual([]);
    expect(two.outcomes).toHaveLength(4);
  });

  test('is replaced at once when its client is destroyed, but not before it has written what it knew', async () => {
    const { clock, open, data } = outboxWorld();
    const [one, two] = [await open(), await open()];
    one.publish(1);
    await clock.settle();
    one.outbox.destroy();
    const published = two.publish(2);
    await clock.advance(20);
    expect(published.end).toMatchObject({ level: 'accepted' });
    expect(data().filter((each) => each === 2)).toEqual([2]);
  });

  test('is replaced within two seconds when it is frozen with something that another tab published', async () => {
    const { clock, open, shared, data } = outboxWorld();
    const [one, two] = [await open(), await open()];
    shared.rule = never;
    const published = two.publish('x');
    await clock.advance(10);
    expect(data()).toEqual(['x']);
    one.tab.freeze();
    shared.rule = undefined;
    await clock.advance(2_000);
    expect(published.end).toMatchObject({ level: 'accepted' });
  });

  test('is replaced within two seconds when it is frozen with something of its own, though the others wait for nothing', async () => {
    const { clock, open, shared, data, disk } = outboxWorld();
    const [one, two] = [await open(), await open()];
    shared.rule = never;
    const published = [1, 2, 3].map((n) => one.publish(n));
    await clock.advance(10);
    one.tab.freeze();
    shared.rule = undefined;
    await clock.advance(2_000);
    expect(data()).toEqual([1, 1, 2, 3]);
    expect(await disk.load()).toEqual([]);
    expect(published.map(({ end }) => end)).toEqual([undefined, undefined, undefined]);
    one.tab.thaw();
    await clock.advance(50);
    expect(published.map(({ end }) => end)).toMatchObject([
      { level: 'accepted' },
      { level: 'accepted' },
      { level: 'accepted' },
    ]);
    expect(data()).toEqual([1, 1, 2, 3]);
    expect(two.outbox.pending.get()).toEqual([]);
  });

  test('that was frozen before another tab was opened is replaced when that one comes online', async () => {
    const { clock, open, data } = outboxWorld();
    const one = await open();
    one.outbox.setOnline(false);
    one.publish(1);
    await clock.advance(10);
    one.tab.freeze();
    const two = await open();
    two.outbox.setOnline(true);
    await clock.advance(2_000);
    expect(data()).toEqual([1]);
  });

  test('waits in line when it is back, and takes over again in its turn', async () => {
    const { clock, open, shared, senders, data } = outboxWorld();
    const [one, two] = [await open(), await open()];
    shared.rule = never;
    two.publish(1);
    await clock.advance(10);
    one.tab.freeze();
    shared.rule = undefined;
    await clock.advance(2_000);
    one.tab.thaw();
    await clock.advance(50);
    one.publish(2);
    await clock.advance(50);
    expect(senders()).toEqual([one.name, two.name]);
    two.tab.kill();
    one.publish(3);
    await clock.advance(50);
    expect(data()).toEqual([1, 1, 2, 3]);
    expect(one.outbox.pending.get()).toEqual([]);
  });

  test('is one of three after every kill', async () => {
    const { clock, open, data, senders } = outboxWorld();
    const tabs = [await open(), await open(), await open()];
    for (const [index, each] of tabs.entries()) {
      for (const live of tabs.slice(index)) live.publish(`${index}/${live.name}`);
      await clock.advance(50);
      each.tab.kill();
      await clock.advance(50);
    }
    expect(data()).toHaveLength(3 + 2 + 1);
    expect(senders()).toEqual(tabs.map(({ name }) => name));
  });
});

describe('a page that is loaded again', () => {
  test('covers what an earlier page left when it flushes at once', async () => {
    const { clock, open, shared, data } = outboxWorld();
    const one = await open();
    one.outbox.setOnline(false);
    one.publish('old');
    await clock.advance(10);
    one.tab.kill();
    shared.rule = never;
    const two = openOutboxTab(shared);
    let flushed = false;
    void two.outbox.flush().then(() => {
      flushed = true;
    });
    await clock.advance(50);
    expect([data(), flushed]).toEqual([['old'], false]);
    expect(two.outbox.discard(two.outbox.pending.get()[0]?.id ?? '')).toBe(true);
    await clock.advance(1);
    expect(flushed).toBe(true);
  });

  test('flushes although nobody says who sends, and leaves no timer for that', async () => {
    const { clock, open, shared } = outboxWorld();
    const one = await open();
    one.tab.freeze();
    const two = openOutboxTab(shared);
    let flushed = false;
    void two.outbox.flush().then(() => {
      flushed = true;
    });
    await clock.advance(1_000);
    expect(flushed).toBe(true);
    two.outbox.destroy();
    one.tab.kill();
    expect(clock.waiting).toBe(0);
  });

  test('sends what is bound to the tab that is gone, before its own', async () => {
    const { clock, open, arrivals } = outboxWorld();
    const one = await open();
    one.publish('old', { route: 'peer' });
    await clock.advance(10);
    one.tab.kill();
    const two = await open();
    two.publish('new', { route: 'peer' });
    await clock.advance(10);
    two.outbox.setConfirmed('a', true);
    await clock.advance(50);
    expect(arrivals.map(({ tab, message }) => [tab, message.data])).toEqual([
      [two.name, 'old'],
      [two.name, 'new'],
    ]);
  });

  test('sends what the page before it left for another endpoint, before its own, although it takes time to get', async () => {
    const { clock, open, data, disk } = outboxWorld();
    const one = await open();
    one.outbox.setOnline(false);
    one.publish('old');
    await clock.advance(10);
    one.tab.kill();
    const late = <T>(work: () => Promise<T>): Promise<T> =>
      new Promise((resolve) => void clock.after(40, () => resolve(work())));
    const claim = (tab: string, by: string) => late(async () => (await disk.claim?.(tab, by)) ?? []);
    const two = await open({ storage: { ...disk, claim } }, 'locks', 'another');
    two.publish('new');
    await clock.advance(100);
    expect(data()).toEqual(['old', 'new']);
  });

  test('sends its own after a second, though a frozen tab does not say whether it lives', async () => {
    const { clock, open, data, shared } = outboxWorld();
    const frozen = await open({}, 'locks', 'another');
    frozen.outbox.setOnline(false);
    frozen.publish('hers');
    await clock.advance(10);
    frozen.tab.freeze();
    const two = openOutboxTab(shared);
    two.publish('new');
    await clock.advance(4_000);
    expect(data()).toEqual(['new']);
  });

  test('leaves alone what is bound to a tab that lives, and gets it when that one dies', async () => {
    const { clock, open, arrivals, disk } = outboxWorld();
    const [one, two] = [await open(), await open()];
    two.publish('hers', { route: 'peer' });
    await clock.advance(10);
    one.tab.kill();
    await clock.advance(10);
    one.outbox.setConfirmed('a', true);
    const three = await open();
    three.outbox.setConfirmed('a', true);
    await clock.advance(50);
    expect(arrivals).toEqual([]);
    two.tab.kill();
    await clock.advance(50);
    expect(arrivals.map(({ tab, message }) => [tab, message.data])).toEqual([[three.name, 'hers']]);
    expect(await disk.load()).toEqual([]);
  });
});

describe('tabs without locks', () => {
  test('each send what is their own', async () => {
    const { clock, open, arrivals } = outboxWorld();
    const [one, two] = [await open({}, 'messages'), await open({}, 'messages')];
    const published = [one.publish(1), two.publish(2)];
    await clock.advance(50);
    expect(arrivals.map(({ tab, message }) => [tab, message.data])).toEqual([
      [one.name, 1],
      [two.name, 2],
    ]);
    expect(published.map(({ end }) => end)).toMatchObject([{ level: 'accepted' }, { level: 'accepted' }]);
  });

  test('leave alone what belongs to a tab that answers', async () => {
    const { clock, open, data } = outboxWorld();
    const one = await open({}, 'messages');
    one.outbox.setOnline(false);
    one.publish('hers');
    await clock.advance(10);
    const two = await open({}, 'messages');
    two.outbox.setOnline(true);
    await clock.advance(5_000);
    expect(data()).toEqual([]);
    one.outbox.setOnline(true);
    await clock.advance(10);
    expect(data()).toEqual(['hers']);
  });

  test('adopt once what a tab has left that does not answer any more', async () => {
    const { clock, open, data, disk } = outboxWorld();
    const dead = await open({}, 'messages');
    dead.outbox.setOnline(false);
    for (const n of [1, 2, 3]) dead.publish(n);
    await clock.advance(10);
    dead.tab.kill();
    const [one, two] = [await open({}, 'messages'), await open({}, 'messages')];
    await clock.advance(1_000);
    expect(data()).toEqual([1, 2, 3]);
    expect(await disk.load()).toEqual([]);
    expect(one.outcomes.length + two.outcomes.length).toBe(3);
  });

  test.each([['messages'], ['none']] as const)(
    'send what the page before left before what this one publishes (%s)',
    async (kind) => {
      const { clock, open, data, disk, shared } = outboxWorld();
      const dead = await open({}, kind);
      dead.outbox.setOnline(false);
      dead.publish('old');
      await clock.advance(10);
      dead.tab.kill();
      const load = async (): Promise<readonly StoredMessage[]> => {
        await new Promise<void>((resolve) => void clock.after(40, resolve));
        return disk.load();
      };
      const fresh = openOutboxTab(shared, { storage: { ...disk, load } }, kind);
      fresh.publish('new');
      await clock.advance(2_000);
      expect(data()).toEqual(['old', 'new']);
    },
  );

  test('and without messages send whatever is stored, each for itself', async () => {
    const { clock, open, data } = outboxWorld();
    const dead = await open({}, 'none');
    dead.outbox.setOnline(false);
    dead.publish(1);
    await clock.advance(10);
    dead.tab.kill();
    await open({}, 'none');
    await clock.advance(10);
    expect(data()).toEqual([1]);
  });
});
