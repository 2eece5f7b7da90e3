import { describe, expect, test } from 'vitest';
import { memoryStorage } from '../../src/outbox/memory-storage';
import type { OutboxStorage } from '../../src/ports';
import { deferred } from '../../src/support/deferred';
import { scriptedOutbox } from '../fakes/scripted-outbox';
import { accept, refused, retryable } from '../fakes/scripted-publisher';

describe('a publish that goes well', () => {
  test('tells the id, the level, the attempts and how long it took', async () => {
    const { clock, server, publish, outcomes, outbox } = scriptedOutbox();
    const start = clock.now();
    const published = publish({ run: 'build' });
    await clock.advance(40);
    expect(server.last.message).toEqual({ id: 'm1', channel: 'a', event: 'e', data: { run: 'build' } });
    server.last.answer.resolve({ level: 'accepted', eventId: 'e-9' });
    expect(await published.promise).toEqual({
      id: 'm1',
      level: 'accepted',
      acceptedAt: start + 40,
      attempts: 1,
      latency: 40,
      eventId: 'e-9',
    });
    expect(outcomes).toEqual([
      {
        type: 'acknowledged',
        message: expect.objectContaining({ id: 'm1' }),
        acknowledgement: published.end,
      },
    ]);
    expect(outbox.pending.get()).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  test('is stored before it is sent, and forgotten by the storage before the promise settles', async () => {
    const steps: string[] = [];
    const inner = memoryStorage();
    const storage: OutboxStorage = {
      load: () => inner.load(),
      put: async (messages) => {
        await inner.put(messages);
        steps.push('stored');
      },
      remove: async (ids) => {
        await inner.remove(ids);
        steps.push('removed');
      },
    };
    const { server, publish, outbox, clock } = scriptedOutbox({ storage });
    server.rule = async () => {
      steps.push('sent');
      return { level: 'accepted' };
    };
    const settled = publish(1).promise.then(() =>
      steps.push(`settled with ${outbox.pending.get().length} pending`),
    );
    await clock.settle();
    await settled;
    expect(steps).toEqual(['stored', 'sent', 'removed', 'settled with 0 pending']);
  });

  test('with `acknowledge: none` it resolves when it is stored, and its end is an event', async () => {
    const { server, publish, outcomes, outbox, clock } = scriptedOutbox();
    outbox.setOnline(false);
    const published = publish(1, {}, { acknowledge: 'none' });
    expect(await published.promise).toMatchObject({ id: 'm1', level: 'stored', attempts: 0 });
    expect(server.offers).toEqual([]);
    server.rule = accept;
    outbox.setOnline(true);
    await clock.settle();
    expect(outcomes).toMatchObject([
      { type: 'acknowledged', message: { id: 'm1' }, acknowledgement: { level: 'accepted' } },
    ]);
  });
});

describe('order', () => {
  test('one message of a channel is in flight at a time; other channels and the other route do not wait for it', async () => {
    const { server, peer, publish, clock, outbox } = scriptedOutbox();
    outbox.setConfirmed('a', true);
    publish('a1');
    publish('a2');
    publish('b1', { channel: 'b' });
    publish('p1', { route: 'peer' });
    await clock.settle();
    expect(server.payloads).toEqual(['a1', 'b1']);
    expect(peer.payloads).toEqual(['p1']);
    expect(outbox.pending.get().map(({ state }) => state)).toEqual([
      'in-flight',
      'waiting',
      'in-flight',
      'in-flight',
    ]);
    server.offers[0]?.answer.resolve({ level: 'accepted' });
    await clock.settle();
    expect(server.payloads).toEqual(['a1', 'b1', 'a2']);
  });

  test('a message that failed is offered again, with the same id, before those behind it', async () => {
    const { server, publish, clock, outbox } = scriptedOutbox();
    const first = publish('a1');
    publish('a2');
    await clock.settle();
    server.last.answer.reject(retryable());
    await clock.settle();
    expect(outbox.pending.get()[0]).toMatchObject({ state: 'waiting', attempts: 1, error: { status: 503 } });
    await clock.advance(499);
    expect(server.payloads).toEqual(['a1']);
    await clock.advance(1);
    expect(server.offers.map(({ message }) => message.id)).toEqual(['m1', 'm1']);
    server.last.answer.resolve({ level: 'accepted' });
    await clock.settle();
    expect(first.end).toMatchObject({ attempts: 2 });
    expect(server.payloads).toEqual(['a1', 'a1', 'a2']);
  });

  test('a refusal rejects that message with the reason, and the next one goes on', async () => {
    const { server, publish, clock, outcomes } = scriptedOutbox();
    const first = publish('a1');
    publish('a2');
    await clock.settle();
    const reason = refused();
    server.last.answer.reject(reason);
    await clock.settle();
    expect(first.end).toBe(reason);
    expect(server.payloads).toEqual(['a1', 'a2']);
    expect(outcomes).toMatchObject([{ type: 'rejected', message: { id: 'm1' }, error: { status: 403 } }]);
  });
});

describe('the gates', () => {
  test('without a network nothing is offered to the server; with it everything goes, in order', async () => {
    const { server, publish, clock, outbox } = scriptedOutbox();
    outbox.setOnline(false);
    const all = [1, 2, 3].map((data) => publish(data));
    await clock.advance(3_600_000);
    expect(server.offers).toEqual([]);
    server.rule = accept;
    outbox.setOnline(true);
    await Promise.all(all.map(({ promise }) => promise));
    expect(server.payloads).toEqual([1, 2, 3]);
    expect(all[0]?.end).toMatchObject({ latency: 3_600_000 });
  });

  test("a peer message waits for its own channel's subscription", async () => {
    const { peer, publish, clock, outbox } = scriptedOutbox();
    publish('a', { route: 'peer' });
    publish('b', { route: 'peer', channel: 'b' });
    await clock.settle();
    expect(peer.offers).toEqual([]);
    outbox.setConfirmed('b', true);
    await clock.settle();
    expect(peer.payloads).toEqual(['b']);
  });

  test('a peer message that waits for its turn when the subscription is lost comes back first, and that was no attempt', async () => {
    const { peer, publish, clock, outbox } = scriptedOutbox();
    outbox.setConfirmed('a', true);
    peer.rule = (_message, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const published = publish(1, { route: 'peer' });
    publish(2, { route: 'peer' });
    await clock.advance(60_000);
    expect(peer.payloads).toEqual([1]);
    outbox.setConfirmed('a', false);
    await clock.advance(60_000);
    expect(outbox.pending.get()).toMatchObject([{ state: 'waiting', attempts: 0 }, { attempts: 0 }]);
    peer.rule = async () => ({ level: 'written' });
    outbox.setConfirmed('a', true);
    await clock.settle();
    expect(peer.payloads).toEqual([1, 1, 2]);
    expect(published.end).toMatchObject({ level: 'written', attempts: 1 });
  });
});

test('a channel is demanded for the peer route as long as it has messages for it, and for no other route', async () => {
  const demands: unknown[] = [];
  const { peer, publish, clock, outbox } = scriptedOutbox({
    onPeerDemand: (channel, wanted) => demands.push([channel, wanted]),
  });
  publish('server');
  publish(1, { route: 'peer' });
  publish(2, { route: 'peer' });
  await clock.settle();
  expect(demands).toEqual([['a', true]]);
  peer.rule = async () => ({ level: 'written' });
  outbox.setConfirmed('a', true);
  await clock.settle();
  expect(demands).toEqual([
    ['a', true],
    ['a', false],
  ]);
});

describe('the list of what is pending', () => {
  test('is the same object until something changes, and messages that did not change stay the same objects', async () => {
    const { publish, outbox, clock } = scriptedOutbox();
    outbox.setOnline(false);
    publish(1);
    const before = outbox.pending.get();
    expect(outbox.pending.get()).toBe(before);
    publish(2);
    await clock.settle();
    const after = outbox.pending.get();
    expect(after).toHaveLength(2);
    expect(before).toHaveLength(1);
    expect(after[0]).toBe(before[0]);
    expect(after.map(({ data }) => data)).toEqual([1, 2]);
  });

  test('tells its subscribers once for many changes, and one that throws does not stop the others', async () => {
    const { publish, outbox, clock, reports } = scriptedOutbox();
    outbox.setOnline(false);
    const seen: number[] = [];
    outbox.pending.subscribe(() => {
      throw new Error('in a listener');
    });
    const stop = outbox.pending.subscribe((pending) => seen.push(pending.length));
    for (let index = 0; index < 100; index += 1) publish(index);
    expect(seen).toEqual([]);
    await clock.settle();
    expect(seen).toEqual([100]);
    expect(reports).toMatchObject([{ code: 'listener' }]);
    stop();
    publish(100);
    await clock.settle();
    expect(seen).toEqual([100]);
  });

  test('is not built for anybody who does not look', async () => {
    const { publish, outbox, clock } = scriptedOutbox({ limits: { messages: 10_000, bytes: 1e9 } });
    outbox.setOnline(false);
    for (let index = 0; index < 10_000; index += 1) publish(index);
    await clock.settle();
    expect(outbox.depth).toEqual({ messages: 10_000, bytes: 100_000, oldest: clock.now() });
    expect(outbox.pending.get()).toHaveLength(10_000);
  });
});

describe('the end of the client', () => {
  test('everybody who waits is told; what is stored stays; no timer is left', async () => {
    const storage = memoryStorage();
    const { server, publish, clock, outbox, outcomes } = scriptedOutbox({ storage });
    const all = [publish('in flight'), publish('behind it'), publish('backing off', { channel: 'b' })];
    await clock.settle();
    server.last.answer.reject(retryable());
    await clock.settle();
    const flushed = outbox.flush();
    outbox.destroy();
    outbox.destroy();
    await flushed;
    expect(all.map(({ end }) => end)).toMatchObject(all.map(() => ({ code: 'aborted' })));
    expect(String(all[0]?.end)).toContain('destroyed');
    expect(server.offers[0]?.signal.aborted).toBe(true);
    expect(outbox.pending.get()).toEqual([]);
    expect(clock.waiting).toBe(0);
    expect((await storage.load()).map(({ data }) => data)).toEqual(['in flight', 'behind it', 'backing off']);
    expect(outcomes).toEqual([]);
    await expect(publish('later').promise).rejects.toMatchObject({ code: 'aborted' });
  });

  test('a message that was accepted is acknowledged, although the storage has not answered yet', async () => {
    const removal = deferred<void>();
    const inner = memoryStorage();
    const { server, publish, clock, outbox } = scriptedOutbox({
      storage: { ...inner, remove: () => removal.promise },
    });
    server.rule = accept;
    const published = publish(1);
    await clock.settle();
    expect(published.end).toBeUndefined();
    outbox.destroy();
    await clock.settle();
    expect(published.end).toMatchObject({ level: 'accepted' });
    expect(clock.waiting).toBe(0);
  });

  test('what was published while the storage was being read is told too', async () => {
    const { publish, clock, outbox } = scriptedOutbox({
      storage: { ...memoryStorage(), load: () => new Promise(() => {}) },
    });
    const loading = outbox.load();
    const published = publish(1);
    const cleared = outbox.clear();
    outbox.destroy();
    await Promise.all([cleared, clock.settle()]);
    expect(published.end).toMatchObject({ code: 'aborted' });
    expect(clock.waiting).toBe(0);
    void loading;
  });
});

test('a route without a publisher is a mistake that the error explains', async () => {
  const { publish, outbox } = scriptedOutbox({ publishers: {} });
  await expect(publish(1).promise).rejects.toMatchObject({
    code: 'configuration',
    message: expect.stringContaining('publish.endpoint'),
  });
  expect(outbox.pending.get()).toEqual([]);
});

test('no payload is in any error or report', async () => {
  const { server, publish, clock, outbox, reports } = scriptedOutbox({
    storage: {
      load: async () => [],
      put: async () => Promise.reject(new Error('full')),
      remove: async () => {},
    },
    limits: { messages: 3, bytes: 100 },
  });
  const secret = 'correct horse battery staple';
  const ends = [publish(secret), publish(secret), publish(secret), publish(secret)];
  await clock.settle();
  server.last.answer.reject(retryable());
  await clock.advance(10);
  outbox.discard('m2');
  outbox.destroy();
  await clock.settle();
  const errors = ends.map(({ end }) => (end instanceof Error ? `${end.stack}${JSON.stringify(end)}` : ''));
  expect(errors.every((text) => text.length > 0)).toBe(true);
  expect([...errors, JSON.stringify(reports)].join()).not.toContain(secret);
});

describe('A7: after the end', () => {
  test.each(['pending', 'rejected'] as const)(
    'tells the last list of what is %s before destroy() is over, and nothing afterwards',
    async (list) => {
      const { outbox, publish, server, clock } = scriptedOutbox({ keepRejected: true });
      server.rule = () => Promise.reject(refused());
      publish(1);
      await clock.settle();
      server.rule = undefined;
      publish(2);
      await clock.settle();
      const told: number[] = [];
      outbox[list].subscribe((messages) => told.push(messages.length));
      outbox.destroy();
      const before = told.length;
      await clock.advance(60_000);
      expect(before).toBe(1);
      expect(told).toHaveLength(1);
    },
  );

  test.each(['destroy', 'empty'] as const)(
    '%s() offers nothing to those who waited for a place',
    async (how) => {
      const { clock, server, outbox, outcome } = scriptedOutbox();
      server.rule = (_, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      for (let index = 0; index < 60; index += 1) void outcome(index, `room-${index}`);
      for (const data of [2, 3]) void outcome(data, 'room-0');
      await clock.settle();
      expect(server.offers).toHaveLength(32);
      await outbox[how]();
      await clock.advance(60_000);
      expect(server.offers).toHaveLength(32);
      expect(clock.waiting).toBe(0);
    },
  );
});
