import { describe, expect, test } from 'vitest';
import { memoryStorage } from '../../src/outbox/memory-storage';
import type { OutboxStorage } from '../../src/ports';
import { scriptedOutbox } from '../fakes/scripted-outbox';
import { accept, retryable } from '../fakes/scripted-publisher';
import { cpuTime } from '../setup/cpu-time';

describe('a message that replaces another', () => {
  test('takes its place in the order; the older one is never sent and ends as the newer one does', async () => {
    const { server, publish, clock, outbox, outcomes } = scriptedOutbox();
    outbox.setOnline(false);
    const older = publish('draft 1', {}, { replaces: 'draft' });
    publish('between');
    const newer = publish('draft 2', {}, { replaces: 'draft' });
    await clock.settle();
    expect(outcomes).toMatchObject([{ type: 'replaced', message: { id: 'm1' }, by: 'm3' }]);
    server.rule = accept;
    outbox.setOnline(true);
    await clock.settle();
    expect(server.payloads).toEqual(['draft 2', 'between']);
    expect(older.end).toMatchObject({ id: 'm3', level: 'accepted' });
    expect(newer.end).toEqual(older.end);
  });

  test('leaves alone what is in flight, other keys, other channels and the other route', async () => {
    const { server, publish, clock, outbox } = scriptedOutbox();
    publish('in flight', {}, { replaces: 'k' });
    await clock.settle();
    publish('waiting', {}, { replaces: 'k' });
    publish('other key', {}, { replaces: 'l' });
    publish('other channel', { channel: 'b' }, { replaces: 'k' });
    publish('other route', { route: 'peer' }, { replaces: 'k' });
    expect(outbox.pending.get()).toHaveLength(5);
    publish('newest', {}, { replaces: 'k' });
    expect(outbox.pending.get()).toHaveLength(5);
    server.rule = accept;
    server.offers[0]?.answer.resolve({ level: 'accepted' });
    await clock.settle();
    expect(server.payloads.filter((data) => data !== 'other channel')).toEqual([
      'in flight',
      'newest',
      'other key',
    ]);
  });

  test('takes the place of one whose attempt failed while the newer one waited', async () => {
    const { server, publish, clock } = scriptedOutbox();
    const older = publish('older', {}, { replaces: 'k' });
    await clock.settle();
    publish('newer', {}, { replaces: 'k' });
    server.last.answer.reject(retryable());
    server.rule = accept;
    await clock.advance(500);
    expect(server.payloads).toEqual(['older', 'newer']);
    expect(older.end).toMatchObject({ id: 'm2' });
  });

  test('keeps that place after a reload, and is stored before the older one is forgotten', async () => {
    const inner = memoryStorage();
    const writes: string[] = [];
    const storage: OutboxStorage = {
      load: () => inner.load(),
      put: async (messages) => {
        writes.push(...messages.map(({ id }) => `put ${id}`));
        await inner.put(messages);
      },
      remove: async (ids) => {
        writes.push(...ids.map((id) => `remove ${id}`));
        await inner.remove(ids);
      },
    };
    const before = scriptedOutbox({ storage });
    before.outbox.setOnline(false);
    before.publish('draft 1', {}, { replaces: 'draft' });
    before.publish('between');
    await before.clock.advance(10);
    writes.length = 0;
    before.publish('draft 2', {}, { replaces: 'draft' });
    await before.clock.settle();
    expect(writes).toEqual(['put m3', 'remove m1']);
    before.outbox.destroy();
    const after = scriptedOutbox({ storage });
    after.server.rule = accept;
    await after.outbox.load();
    await after.clock.settle();
    expect(after.server.payloads).toEqual(['draft 2', 'between']);
  });

  test('keeps that place after a reload also when the older one had failed meanwhile', async () => {
    const storage = memoryStorage();
    const before = scriptedOutbox({ storage });
    before.publish('draft 1', {}, { replaces: 'draft' });
    before.publish('between');
    before.publish('draft 2', {}, { replaces: 'draft' });
    await before.clock.settle();
    before.server.last.answer.reject(retryable());
    await before.clock.settle();
    before.outbox.destroy();
    const after = scriptedOutbox({ storage });
    after.server.rule = accept;
    await after.outbox.load();
    await after.clock.settle();
    expect(after.server.payloads).toEqual(['draft 2', 'between']);
  });

  test('counts once against the limits', async () => {
    const { publish, outbox } = scriptedOutbox({ limits: { messages: 2, bytes: 100 } });
    outbox.setOnline(false);
    publish('other');
    for (let index = 0; index < 50; index += 1) publish(index, { bytes: 90 }, { replaces: 'k' });
    expect(outbox.depth).toMatchObject({ messages: 2, bytes: 100 });
  });

  test('withdrawing the older one leaves the newer one alone; withdrawing the newer one ends both', async () => {
    const { publish, clock, outbox } = scriptedOutbox();
    outbox.setOnline(false);
    const [first, third] = [new AbortController(), new AbortController()];
    const older = publish(1, {}, { replaces: 'k', signal: first.signal });
    const middle = publish(2, {}, { replaces: 'k' });
    const newer = publish(3, {}, { replaces: 'k', signal: third.signal });
    first.abort();
    await clock.settle();
    expect(older.end).toMatchObject({ code: 'aborted' });
    expect(outbox.pending.get().map(({ id }) => id)).toEqual(['m3']);
    third.abort();
    await clock.settle();
    expect([middle.end, newer.end]).toMatchObject([{ code: 'aborted' }, { code: 'aborted' }]);
    expect(outbox.pending.get()).toEqual([]);
  });
});

describe('A8: ten thousand moves of a cursor while nothing can be sent', () => {
  test.each(['accepted', 'none'] as const)(
    'are one message, and quick, with `acknowledge: %s`',
    async (acknowledge) => {
      const { clock, server, outbox, outcome } = scriptedOutbox();
      outbox.setOnline(false);
      const ends: Promise<string>[] = [];
      const took = await cpuTime(() => {
        for (let move = 0; move < 10_000; move += 1)
          ends.push(outcome(move, 'board', { replaces: 'cursor', acknowledge }));
        expect(outbox.depth).toMatchObject({ messages: 1, bytes: 10 });
      });
      // Quadratic, it takes minutes.
      expect(took).toBeLessThan(10_000);
      server.rule = accept;
      outbox.setOnline(true);
      await clock.settle();
      expect(server.payloads).toEqual([9_999]);
      expect(new Set(await Promise.all(ends))).toEqual(
        new Set([acknowledge === 'none' ? 'stored' : 'accepted']),
      );
    },
  );
});
