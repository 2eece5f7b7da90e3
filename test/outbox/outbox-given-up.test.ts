import { describe, expect, test } from 'vitest';
import { busy, never, outboxWorld } from '../fakes/outbox-world';
import { slow } from '../fakes/slow-storage';

describe('what a tab gives up, and has not written yet', () => {
  test('is sent by nobody when the tab that was sending it is frozen just after it was discarded there', async () => {
    const { clock, open, data, disk, shared } = outboxWorld();
    const remove = slow(disk, 'remove');
    const [one, two] = [await open({ storage: remove.storage }), await open()];
    shared.rule = never;
    const published = two.publish('unwanted');
    await clock.advance(10);
    one.outbox.discard(one.outbox.pending.get()[0]?.id ?? '');
    await clock.settle();
    one.tab.freeze();
    shared.rule = undefined;
    await clock.advance(5_000);
    expect(published.end).toMatchObject({ code: 'aborted' });
    expect(data()).toEqual(['unwanted']);
    expect(await disk.load()).toEqual([]);
  });

  test.each(['discarded', 'withdrawn'])(
    'is sent by nobody when it was %s just before its tab closed, and another one reads it while that is written',
    async (how) => {
      const { clock, open, data, disk } = outboxWorld();
      const [put, remove] = [slow(disk, 'put'), slow(disk, 'remove')];
      const one = await open();
      const two = await open({ storage: { ...put.storage, remove: remove.storage.remove } });
      const leaving = new AbortController();
      const published = two.publish('unwanted', { signal: leaving.signal });
      await clock.settle();
      if (how === 'withdrawn') leaving.abort();
      else two.outbox.discard(two.outbox.pending.get()[0]?.id ?? '');
      two.outbox.destroy();
      await clock.advance(10);
      await put.answer();
      await clock.advance(10);
      one.outbox.setOnline(true);
      await clock.advance(1_000);
      await remove.answer();
      await clock.advance(60_000);
      expect(published.end).toMatchObject({ code: 'aborted' });
      expect(data()).toEqual([]);
      expect(await disk.load()).toEqual([]);
      expect(clock.waiting).toBe(0);
    },
  );

  test('is taken out by a page that found it before it was, when it was discarded just before its tab closed', async () => {
    const { clock, open, data, disk, shared } = outboxWorld();
    const [put, remove] = [slow(disk, 'put'), slow(disk, 'remove')];
    const two = await open({ storage: { ...put.storage, remove: remove.storage.remove } });
    two.outbox.setOnline(false);
    two.publish('unwanted').promise.catch(() => {});
    await clock.settle();
    two.outbox.discard(two.outbox.pending.get()[0]?.id ?? '');
    two.outbox.destroy();
    await clock.advance(10);
    await put.answer();
    shared.rule = busy;
    // Nobody could tell this one, and the lead is still that of the tab that writes: it sends by itself.
    const one = await open({}, 'messages');
    one.outbox.setOnline(true);
    await clock.advance(2_000);
    await remove.answer();
    await clock.advance(100);
    const offered = data().length;
    await clock.advance(60_000);
    expect(data()).toHaveLength(offered);
    expect(one.outbox.pending.get()).toEqual([]);
    expect(await disk.load()).toEqual([]);
  });

  test('is not sent after the user signed out, though its tab had just been closed and was still writing it', async () => {
    const { clock, open, data, disk } = outboxWorld();
    const { storage, answer } = slow(disk, 'put');
    const [one, two] = [await open(), await open({ storage })];
    for (const text of ['being written', 'to be written']) {
      two.publish(text).promise.catch(() => {});
      await clock.settle();
    }
    two.outbox.destroy();
    await clock.advance(10);
    await Promise.all([one.outbox.empty(), clock.advance(10)]);
    one.tab.kill();
    for (let writes = 0; writes < 2; writes += 1) {
      await answer();
      await clock.advance(10);
    }
    await open();
    await clock.advance(5_000);
    expect(data()).toEqual([]);
    expect(await disk.load()).toEqual([]);
  });
});

describe('A3: a message that was replaced by one of a second tab, which a third tab gives up', () => {
  test.each(['abort', 'discard'])('has its end by %s, and flush ends', async (how) => {
    const { clock, open, shared } = outboxWorld();
    const [one, two, three] = [await open(), await open(), await open()];
    shared.rule = never;
    one.publish('in the way').promise.catch(() => {});
    await clock.advance(5);
    const older = two.publish(1, { replaces: 'draft' });
    await clock.advance(5);
    const controller = new AbortController();
    three.publish(2, { replaces: 'draft', signal: controller.signal }).promise.catch(() => {});
    await clock.advance(5);
    let flushed = false;
    void two.outbox.flush().then(() => {
      flushed = true;
    });
    if (how === 'abort') controller.abort();
    else for (const { id } of three.outbox.pending.get()) three.outbox.discard(id);
    await clock.advance(20_000);
    expect(older.end).toMatchObject({ code: 'aborted' });
    expect(two.outbox.pending.get()).toEqual([]);
    expect(flushed).toBe(true);
  });
});

describe('A4: a message that is withdrawn while another tab offers it', () => {
  test('is sent by nobody when that tab dies, nor by a later page', async () => {
    const { clock, open, shared, data, disk } = outboxWorld();
    const [one, two] = [await open(), await open()];
    shared.rule = never;
    const leaving = new AbortController();
    const published = two.publish('x', { signal: leaving.signal });
    await clock.advance(10);
    leaving.abort();
    await clock.advance(10);
    expect(published.end).toMatchObject({ code: 'aborted' });
    one.tab.kill();
    shared.rule = undefined;
    await clock.advance(1_000);
    two.tab.kill();
    await open();
    await clock.advance(1_000);
    expect(data()).toEqual(['x']);
    expect(two.outbox.pending.get()).toEqual([]);
    expect(await disk.load()).toEqual([]);
  });
});
