import { describe, expect, test } from 'vitest';
import { memoryStorage } from '../../src/outbox/memory-storage';
import { deferred } from '../../src/support/deferred';
import { scriptedOutbox } from '../fakes/scripted-outbox';
import { accept, retryable } from '../fakes/scripted-publisher';

describe('withdrawing', () => {
  test('a signal takes a waiting message out; the next one goes on', async () => {
    const { server, publish, clock, outbox } = scriptedOutbox();
    outbox.setOnline(false);
    const controller = new AbortController();
    const published = publish(1, {}, { signal: controller.signal });
    publish(2);
    await clock.settle();
    const reason = new Error('the user left');
    controller.abort(reason);
    await clock.settle();
    expect(published.end).toMatchObject({ code: 'aborted', cause: reason });
    outbox.setOnline(true);
    expect(server.payloads).toEqual([2]);
  });

  test('a time that is none is refused, where it would never come', async () => {
    const { outbox, publish } = scriptedOutbox();
    for (const expiresIn of ['1000', 0, -1, Number.NaN] as number[]) {
      await expect(publish(1, {}, { expiresIn }).promise).rejects.toMatchObject({ code: 'configuration' });
    }
    expect(outbox.pending.get()).toEqual([]);
  });

  test('a controller in the place of its signal is refused, and stops nothing behind it', async () => {
    const { server, outbox, publish } = scriptedOutbox();
    server.rule = accept;
    // Only a caller without types can write this.
    const signal = new AbortController() as unknown as AbortSignal;
    await expect(publish(1, {}, { signal }).promise).rejects.toMatchObject({ code: 'configuration' });
    expect(outbox.pending.get()).toEqual([]);
    expect(await publish(2).promise).toMatchObject({ level: 'accepted' });
  });

  test('a signal that has aborted already is honoured, and nothing is queued', async () => {
    const { publish, outbox } = scriptedOutbox();
    await expect(publish(1, {}, { signal: AbortSignal.abort() }).promise).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(outbox.depth.messages).toBe(0);
  });

  test('one in flight is no longer waited for: it may arrive, but gets no other attempt', async () => {
    const { server, publish, clock, outcomes, outbox } = scriptedOutbox();
    const controllers = [new AbortController(), new AbortController()];
    const arrives = publish('arrives', {}, { signal: controllers[0]?.signal ?? AbortSignal.abort() });
    const fails = publish(
      'fails',
      { channel: 'b' },
      { signal: controllers[1]?.signal ?? AbortSignal.abort() },
    );
    await clock.settle();
    for (const controller of controllers) controller.abort();
    await clock.settle();
    expect([arrives.end, fails.end]).toMatchObject([{ code: 'aborted' }, { code: 'aborted' }]);
    server.offers[0]?.answer.resolve({ level: 'accepted' });
    server.offers[1]?.answer.reject(retryable());
    await clock.advance(60_000);
    expect(outcomes.map(({ type }) => type)).toEqual(['acknowledged', 'rejected']);
    expect(server.offers).toHaveLength(2);
    expect(outbox.pending.get()).toEqual([]);
  });

  test('discard takes a message out of the middle, or out of flight, and says when there is none', async () => {
    const { server, publish, clock, outbox } = scriptedOutbox();
    const all = [1, 2, 3].map((data) => publish(data));
    await clock.settle();
    expect(outbox.discard('m2')).toBe(true);
    expect(outbox.pending.get().map(({ id }) => id)).toEqual(['m1', 'm3']);
    expect(outbox.discard('m1')).toBe(true);
    expect(outbox.discard('m1')).toBe(false);
    await clock.settle();
    expect(server.offers[0]?.signal.aborted).toBe(true);
    expect(all.map(({ end }) => end)).toMatchObject([{ code: 'aborted' }, { code: 'aborted' }, undefined]);
    server.offers[0]?.answer.resolve({ level: 'accepted' });
    await clock.settle();
    expect(server.payloads).toEqual([1, 3]);
    expect(all[2]?.end).toBeUndefined();
  });

  test('discard is too late once the server has accepted, although the storage has not forgotten the message yet', async () => {
    const removal = deferred<void>();
    const { server, publish, clock, outbox } = scriptedOutbox({
      storage: { ...memoryStorage(), remove: () => removal.promise },
    });
    server.rule = accept;
    const published = publish(1);
    await clock.settle();
    expect(outbox.discard('m1')).toBe(false);
    removal.resolve();
    expect(await published.promise).toMatchObject({ level: 'accepted' });
  });

  test('clear discards everything, offers nothing on the way, and resolves when the storage is empty', async () => {
    const storage = memoryStorage();
    const { server, publish, clock, outbox } = scriptedOutbox({ storage });
    const all = [1, 2, 3, 4].map((data) => publish(data, { channel: data % 2 ? 'a' : 'b' }));
    await clock.settle();
    expect(await storage.load()).toHaveLength(4);
    await outbox.clear();
    expect(await storage.load()).toEqual([]);
    await clock.settle();
    expect(all.every(({ end }) => end instanceof Error)).toBe(true);
    expect(server.payloads).toEqual([1, 2]);
    expect(clock.waiting).toBe(0);
  });
});

test('C12: three thousand messages with one signal are one listener', async () => {
  const { outbox, outcome } = scriptedOutbox({ limits: { messages: 3_000, bytes: 1e9 } });
  outbox.setOnline(false);
  const controller = new AbortController();
  let listeners = 0;
  const add = controller.signal.addEventListener.bind(controller.signal);
  controller.signal.addEventListener = ((...given: Parameters<typeof add>) => {
    listeners += 1;
    add(...given);
  }) as typeof add;
  const ends = Array.from({ length: 3_000 }, (_, n) => outcome(n, 'a', { signal: controller.signal }));
  expect(listeners).toBe(1);
  controller.abort();
  expect(new Set(await Promise.all(ends))).toEqual(new Set(['aborted']));
});
