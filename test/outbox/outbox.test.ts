import { describe, expect, test } from 'vitest';
import { PublishError, RateLimitError, type RealtimeError } from '../../src/errors';
import { memoryStorage } from '../../src/outbox/memory-storage';
import type { OutboxOutcome, OutgoingMessage } from '../../src/outbox/surroundings';
import type { OutboxStorage } from '../../src/ports';
import { deferred } from '../../src/support/deferred';
import type { Acknowledgement, PublishOptions } from '../../src/types';
import { storedMessage } from '../contract/outbox-storage';
import { ManualClock } from '../fakes/manual-clock';
import { type OpenOutboxSettings, openOutbox } from '../fakes/open-outbox';
import { accept, ScriptedPublisher } from '../fakes/scripted-publisher';

const day = 86_400_000;

function setup(overrides: Partial<OpenOutboxSettings> = {}) {
  const clock = new ManualClock();
  const server = new ScriptedPublisher();
  const peer = new ScriptedPublisher();
  const outcomes: OutboxOutcome[] = [];
  const reports: RealtimeError[] = [];
  let ids = 0;
  const outbox = openOutbox({
    clock,
    random: () => 1,
    createId: () => `m${++ids}`,
    storage: memoryStorage(),
    publishers: { server, peer },
    limits: { messages: 1_000, bytes: 5 * 1_024 * 1_024 },
    expiresIn: day,
    backoff: { base: 500, cap: 30_000 },
    attemptTimeout: 10_000,
    report: (error) => reports.push(error),
    onSettled: (outcome) => outcomes.push(outcome),
    ...overrides,
  });
  /** Publishes and keeps the end in view, so that no rejection goes unhandled while a test goes on. */
  const publish = (data: unknown, message: Partial<OutgoingMessage> = {}, options?: PublishOptions) => {
    const promise = outbox.publish(
      { channel: 'a', event: 'e', route: 'server', bytes: 10, ...message, data },
      options,
    );
    const published: { promise: Promise<Acknowledgement>; end: Acknowledgement | RealtimeError | undefined } =
      {
        promise,
        end: undefined,
      };
    promise.then(
      (acknowledgement) => {
        published.end = acknowledgement;
      },
      (error: RealtimeError) => {
        published.end = error;
      },
    );
    return published;
  };
  return { clock, server, peer, outcomes, reports, outbox, publish };
}

const retryable = (retryAfter?: number): PublishError =>
  new PublishError('try again', { retryable: true, status: 503, retryAfter });
const refused = (): PublishError => new PublishError('no', { status: 403 });

describe('a publish that goes well', () => {
  test('tells the id, the level, the attempts and how long it took', async () => {
    const { clock, server, publish, outcomes, outbox } = setup();
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
    const { server, publish, outbox, clock } = setup({ storage });
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
    const { server, publish, outcomes, outbox, clock } = setup();
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
    const { server, peer, publish, clock, outbox } = setup();
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
    const { server, publish, clock, outbox } = setup();
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
    const { server, publish, clock, outcomes } = setup();
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

describe('another attempt', () => {
  test('waits twice as long each time, up to the cap, and begins anew after a success', async () => {
    const { server, publish, clock } = setup();
    const start = clock.now();
    const times: number[] = [];
    server.rule = async () => {
      times.push(clock.now() - start);
      if (times.length === 9) return { level: 'accepted' };
      throw retryable();
    };
    publish(1);
    publish(2);
    await clock.advance(200_000);
    expect(times.slice(0, 9).map((time, index) => time - (times[index - 1] ?? 0))).toEqual([
      0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
    ]);
    expect((times[10] ?? 0) - (times[9] ?? 0)).toBe(500);
  });

  test('is jittered fully', async () => {
    const { server, publish, clock } = setup({ random: () => 0.1 });
    publish(1);
    await clock.settle();
    server.last.answer.reject(retryable());
    await clock.advance(49);
    expect(server.offers).toHaveLength(1);
    await clock.advance(1);
    expect(server.offers).toHaveLength(2);
  });

  test('waits as long as the server asks, also when the network comes back meanwhile', async () => {
    const { server, publish, clock, outbox } = setup();
    publish(1);
    await clock.settle();
    server.last.answer.reject(new RateLimitError('slowly', { retryAfter: 7_000 }));
    await clock.advance(3_000);
    outbox.setOnline(false);
    outbox.setOnline(true);
    // And up to half of that on top, so that all whom it asked do not come at the same moment.
    await clock.advance(7_499);
    expect(server.offers).toHaveLength(1);
    await clock.advance(1);
    expect(server.offers).toHaveLength(2);
  });

  test('comes at once when the network comes back', async () => {
    const { server, publish, clock, outbox } = setup();
    publish(1);
    await clock.settle();
    outbox.setOnline(false);
    server.last.answer.reject(retryable());
    await clock.advance(60_000);
    expect(server.offers).toHaveLength(1);
    outbox.setOnline(true);
    expect(server.offers).toHaveLength(2);
  });

  test('comes after an attempt that hangs: its signal aborts after ten seconds, a late answer is dropped', async () => {
    const { server, publish, clock } = setup();
    const published = publish(1);
    await clock.advance(9_999);
    const hung = server.last;
    expect(hung.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(hung.signal.aborted).toBe(true);
    hung.answer.reject(refused());
    await clock.advance(500);
    expect(server.offers).toHaveLength(2);
    server.last.answer.resolve({ level: 'accepted' });
    await clock.settle();
    expect(published.end).toMatchObject({ level: 'accepted', attempts: 2 });
  });

  test('comes after a failure that the publisher does not explain, which is kept as the cause', async () => {
    const { server, publish, clock, outbox } = setup();
    publish(1);
    await clock.settle();
    const cause = new TypeError('Failed to fetch');
    server.last.answer.reject(cause);
    await clock.settle();
    expect(outbox.pending.get()[0]?.error).toMatchObject({ code: 'publish', retryable: true, cause });
    await clock.advance(500);
    expect(server.offers).toHaveLength(2);
  });

  test('comes after a publisher that throws instead of rejecting', async () => {
    const { server, publish, clock } = setup();
    server.rule = () => {
      throw retryable();
    };
    const published = publish(1);
    await clock.settle();
    server.rule = accept;
    await clock.advance(500);
    expect(published.end).toMatchObject({ attempts: 2 });
  });
});

describe('the gates', () => {
  test('without a network nothing is offered to the server; with it everything goes, in order', async () => {
    const { server, publish, clock, outbox } = setup();
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
    const { peer, publish, clock, outbox } = setup();
    publish('a', { route: 'peer' });
    publish('b', { route: 'peer', channel: 'b' });
    await clock.settle();
    expect(peer.offers).toEqual([]);
    outbox.setConfirmed('b', true);
    await clock.settle();
    expect(peer.payloads).toEqual(['b']);
  });

  test('a peer message that waits for its turn when the subscription is lost comes back first, and that was no attempt', async () => {
    const { peer, publish, clock, outbox } = setup();
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
  const { peer, publish, clock, outbox } = setup({
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

describe('expiry', () => {
  test('a message that waited too long rejects with a MessageExpiredError that has the last failure as its cause', async () => {
    const { server, publish, clock, outcomes } = setup();
    server.rule = async () => {
      throw retryable();
    };
    const published = publish(1, {}, { expiresIn: 5_000 });
    await clock.advance(4_999);
    expect(published.end).toBeUndefined();
    await clock.advance(1);
    expect(published.end).toMatchObject({
      code: 'message-expired',
      channel: 'a',
      event: 'e',
      cause: { status: 503 },
    });
    expect(outcomes).toMatchObject([{ type: 'rejected', error: { code: 'message-expired' } }]);
    expect(clock.waiting).toBe(0);
  });

  test('each message has its own time, also out of order and behind one that lives longer', async () => {
    const { publish, clock, outbox } = setup();
    outbox.setOnline(false);
    publish('long');
    publish('short', {}, { expiresIn: 1_000 });
    publish('shorter', {}, { expiresIn: 100 });
    await clock.advance(100);
    expect(outbox.pending.get().map(({ id }) => id)).toEqual(['m1', 'm2']);
    await clock.advance(900);
    expect(outbox.pending.get().map(({ id }) => id)).toEqual(['m1']);
    await clock.advance(day - 1_001);
    expect(outbox.pending.get()).toHaveLength(1);
    await clock.advance(1);
    expect(outbox.pending.get()).toEqual([]);
  });

  test('after a sleep that no timer noticed, what is too old is not sent any more', async () => {
    const { server, publish, clock, outbox } = setup();
    outbox.setOnline(false);
    const old = publish('old', {}, { expiresIn: 60_000 });
    publish('young');
    await clock.settle();
    clock.sleep(3_600_000);
    outbox.setOnline(true);
    await clock.settle();
    expect(server.payloads).toEqual(['young']);
    expect(old.end).toMatchObject({ code: 'message-expired' });
  });

  test('one in flight may still succeed after its time, and ends with its attempt if it does not', async () => {
    const { server, publish, clock } = setup();
    const lucky = publish('lucky', {}, { expiresIn: 1_000 });
    const unlucky = publish('unlucky', { channel: 'b' }, { expiresIn: 1_000 });
    await clock.advance(2_000);
    expect([lucky.end, unlucky.end]).toEqual([undefined, undefined]);
    server.offers[0]?.answer.resolve({ level: 'accepted' });
    server.offers[1]?.answer.reject(retryable(60_000));
    await clock.settle();
    expect(lucky.end).toMatchObject({ level: 'accepted' });
    expect(unlucky.end).toMatchObject({ code: 'message-expired' });
    expect(clock.waiting).toBe(0);
  });

  test('a life longer than a timer can count does not end at once', async () => {
    const { publish, clock, outbox } = setup();
    outbox.setOnline(false);
    const published = publish(1, {}, { expiresIn: 30 * day });
    publish(2, {}, { expiresIn: Number.MAX_SAFE_INTEGER });
    await clock.advance(30 * day - 1);
    expect(published.end).toBeUndefined();
    await clock.advance(1);
    expect(published.end).toMatchObject({ code: 'message-expired' });
    expect(outbox.pending.get()).toHaveLength(1);
  });

  test.each([0, -5, Number.NaN])('a life of %s ms is a mistake', async (expiresIn) => {
    const { publish, outbox } = setup();
    await expect(publish(1, {}, { expiresIn }).promise).rejects.toMatchObject({ code: 'configuration' });
    expect(outbox.pending.get()).toEqual([]);
  });
});

describe('a message that replaces another', () => {
  test('takes its place in the order; the older one is never sent and ends as the newer one does', async () => {
    const { server, publish, clock, outbox, outcomes } = setup();
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
    const { server, publish, clock, outbox } = setup();
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
    const { server, publish, clock } = setup();
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
    const before = setup({ storage });
    before.outbox.setOnline(false);
    before.publish('draft 1', {}, { replaces: 'draft' });
    before.publish('between');
    await before.clock.advance(10);
    writes.length = 0;
    before.publish('draft 2', {}, { replaces: 'draft' });
    await before.clock.settle();
    expect(writes).toEqual(['put m3', 'remove m1']);
    before.outbox.destroy();
    const after = setup({ storage });
    after.server.rule = accept;
    await after.outbox.load();
    await after.clock.settle();
    expect(after.server.payloads).toEqual(['draft 2', 'between']);
  });

  test('keeps that place after a reload also when the older one had failed meanwhile', async () => {
    const storage = memoryStorage();
    const before = setup({ storage });
    before.publish('draft 1', {}, { replaces: 'draft' });
    before.publish('between');
    before.publish('draft 2', {}, { replaces: 'draft' });
    await before.clock.settle();
    before.server.last.answer.reject(retryable());
    await before.clock.settle();
    before.outbox.destroy();
    const after = setup({ storage });
    after.server.rule = accept;
    await after.outbox.load();
    await after.clock.settle();
    expect(after.server.payloads).toEqual(['draft 2', 'between']);
  });

  test('counts once against the limits', async () => {
    const { publish, outbox } = setup({ limits: { messages: 2, bytes: 100 } });
    outbox.setOnline(false);
    publish('other');
    for (let index = 0; index < 50; index += 1) publish(index, { bytes: 90 }, { replaces: 'k' });
    expect(outbox.depth).toMatchObject({ messages: 2, bytes: 100 });
  });

  test('withdrawing the older one leaves the newer one alone; withdrawing the newer one ends both', async () => {
    const { publish, clock, outbox } = setup();
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

describe('a full outbox', () => {
  test('says so at once, by number and by size, and takes messages again when there is room', async () => {
    const { server, publish, clock, outbox, reports } = setup({ limits: { messages: 2, bytes: 100 } });
    outbox.setOnline(false);
    publish(1);
    publish(2);
    const third = publish(3);
    await clock.settle();
    expect(third.end).toMatchObject({ code: 'outbox-full', retryable: true, channel: 'a', event: 'e' });
    server.rule = accept;
    outbox.setOnline(true);
    await clock.settle();
    const large = publish(4, { bytes: 101 });
    const fits = publish(5, { bytes: 100 });
    await clock.settle();
    expect(large.end).toMatchObject({ code: 'outbox-full' });
    expect(fits.end).toMatchObject({ level: 'accepted' });
    expect(outbox.depth).toEqual({ messages: 0, bytes: 0 });
    expect(reports).toEqual([]);
  });

  test('gives up the oldest waiting message when it was told to, and reports that', async () => {
    const { server, publish, clock, reports } = setup({
      limits: { messages: 2, bytes: 100 },
      overflow: 'drop-oldest',
    });
    const flying = publish('in flight');
    await clock.settle();
    const oldest = publish('oldest');
    publish('newest');
    await clock.settle();
    expect(oldest.end).toMatchObject({ code: 'outbox-full' });
    expect(reports).toEqual([oldest.end]);
    expect(flying.end).toBeUndefined();
    const impossible = publish('too large', { bytes: 101 });
    await clock.settle();
    expect(impossible.end).toMatchObject({ code: 'outbox-full' });
    server.rule = accept;
    server.last.answer.resolve({ level: 'accepted' });
    await clock.settle();
    expect(server.payloads).toEqual(['in flight', 'newest']);
  });
});

test('as many waiting messages are given up for a new one as its size takes, and none when all are in flight', async () => {
  const { publish, clock, outbox } = setup({
    limits: { messages: 10, bytes: 100 },
    overflow: 'drop-oldest',
  });
  publish('in flight', { bytes: 40 });
  await clock.settle();
  const waiting = [1, 2, 3].map((n) => publish(n, { bytes: 20 }));
  const large = publish('large', { bytes: 40 });
  await clock.settle();
  expect(waiting.map(({ end }) => end !== undefined)).toEqual([true, true, false]);
  expect(large.end).toBeUndefined();
  const larger = publish('larger', { bytes: 61 });
  await clock.settle();
  expect(larger.end).toMatchObject({ code: 'outbox-full' });
  expect(outbox.pending.get().map(({ bytes }) => bytes)).toEqual([40]);
});

describe('withdrawing', () => {
  test('a signal takes a waiting message out; the next one goes on', async () => {
    const { server, publish, clock, outbox } = setup();
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
    const { outbox, publish } = setup();
    for (const expiresIn of ['1000', 0, -1, Number.NaN] as number[]) {
      await expect(publish(1, {}, { expiresIn }).promise).rejects.toMatchObject({ code: 'configuration' });
    }
    expect(outbox.pending.get()).toEqual([]);
  });

  test('a controller in the place of its signal is refused, and stops nothing behind it', async () => {
    const { server, outbox, publish } = setup();
    server.rule = accept;
    // Only a caller without types can write this.
    const signal = new AbortController() as unknown as AbortSignal;
    await expect(publish(1, {}, { signal }).promise).rejects.toMatchObject({ code: 'configuration' });
    expect(outbox.pending.get()).toEqual([]);
    expect(await publish(2).promise).toMatchObject({ level: 'accepted' });
  });

  test('a signal that has aborted already is honoured, and nothing is queued', async () => {
    const { publish, outbox } = setup();
    await expect(publish(1, {}, { signal: AbortSignal.abort() }).promise).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(outbox.depth.messages).toBe(0);
  });

  test('one in flight is no longer waited for: it may arrive, but gets no other attempt', async () => {
    const { server, publish, clock, outcomes, outbox } = setup();
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
    const { server, publish, clock, outbox } = setup();
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
    const { server, publish, clock, outbox } = setup({
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
    const { server, publish, clock, outbox } = setup({ storage });
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

describe('flush and retry', () => {
  test('flush tries at once what waits for another attempt, and resolves when it has ended', async () => {
    const { server, publish, clock, outbox } = setup();
    publish(1);
    publish(2);
    await clock.settle();
    server.last.answer.reject(retryable(3_600_000));
    await clock.settle();
    const flushed = outbox.flush();
    expect(server.payloads).toEqual([1, 1]);
    server.rule = accept;
    server.last.answer.resolve({ level: 'accepted' });
    await flushed;
    expect(outbox.pending.get()).toEqual([]);
  });

  test('flush does not wait for what was published after it', async () => {
    const { server, publish, clock, outbox } = setup();
    publish(1);
    await clock.settle();
    const flushed = outbox.flush();
    publish(2);
    server.last.answer.resolve({ level: 'accepted' });
    await flushed;
    expect(outbox.pending.get()).toHaveLength(1);
  });

  test('flush resolves when nothing can go on: shut gates, an attempt that fails again, an empty outbox', async () => {
    const { server, publish, clock, outbox } = setup();
    await outbox.flush();
    publish('fails');
    publish('behind it');
    publish('no subscription', { route: 'peer' });
    await clock.settle();
    server.last.answer.reject(retryable());
    await clock.settle();
    server.rule = async () => {
      throw retryable();
    };
    await outbox.flush();
    expect(outbox.pending.get()).toHaveLength(3);
    expect(server.payloads).toEqual(['fails', 'fails']);
    outbox.setOnline(false);
    await outbox.flush();
    expect(server.payloads).toHaveLength(2);
  });

  test("retry ends the wait of a message's channel, and of no other", async () => {
    const { server, publish, clock, outbox } = setup();
    publish('a');
    publish('b', { channel: 'b' });
    await clock.settle();
    for (const { answer } of server.offers) answer.reject(retryable());
    await clock.settle();
    expect(outbox.retry('m2')).toBe(true);
    expect(server.payloads).toEqual(['a', 'b', 'b']);
    expect(outbox.retry('unknown')).toBe(false);
  });
});

describe('after a reload', () => {
  test('what was stored comes back in its order, is sent before anything new, and ends as an event', async () => {
    const storage = memoryStorage();
    await storage.put([
      storedMessage('second', { channel: 'a', data: 2, sequence: 8, attempts: 4 }),
      storedMessage('first', { channel: 'a', data: 1, sequence: 7 }),
    ]);
    const { server, publish, clock, outcomes, outbox } = setup({ storage });
    clock.jump(1_700_000_000_000 - clock.now());
    server.rule = accept;
    const loading = outbox.load();
    const published = publish(3);
    await loading;
    await published.promise;
    expect(server.payloads).toEqual([1, 2, 3]);
    expect(outcomes).toMatchObject([
      { type: 'acknowledged', message: { id: 'first' }, acknowledgement: { attempts: 1 } },
      { type: 'acknowledged', message: { id: 'second' }, acknowledgement: { attempts: 5 } },
      { type: 'acknowledged', message: { id: 'm1' } },
    ]);
    expect(await storage.load()).toEqual([]);
  });

  test('numbers go on above those in the storage, so that order survives a clock that was set back', async () => {
    const storage = memoryStorage();
    await storage.put([storedMessage('old', { sequence: Number.MAX_SAFE_INTEGER - 100, expiresAt: 9e15 })]);
    const { publish, outbox } = setup({ storage });
    outbox.setOnline(false);
    await outbox.load();
    await publish('new', {}, { acknowledge: 'none' }).promise;
    const ordered = [...(await storage.load())].sort((a, b) => a.sequence - b.sequence);
    expect(ordered.map(({ id }) => id)).toEqual(['old', 'm1']);
  });

  test('what expired meanwhile is not sent, and its end is told', async () => {
    const storage = memoryStorage();
    await storage.put([storedMessage('late', { expiresAt: 5 })]);
    const { server, outbox, outcomes, clock } = setup({ storage });
    await outbox.load();
    await clock.settle();
    expect(server.offers).toEqual([]);
    expect(outcomes).toMatchObject([
      { type: 'rejected', message: { id: 'late' }, error: { code: 'message-expired' } },
    ]);
    expect(await storage.load()).toEqual([]);
  });

  test('a crash between storing a replacement and forgetting the replaced one sends only the newer', async () => {
    const storage = memoryStorage();
    const rest = { channel: 'a', replaces: 'k', sequence: 3, expiresAt: 9e15 };
    await storage.put([
      storedMessage('newer', { ...rest, createdAt: 2, data: 'newer' }),
      storedMessage('older', { ...rest, createdAt: 1, data: 'older' }),
    ]);
    const { server, outbox, clock } = setup({ storage });
    server.rule = accept;
    await outbox.load();
    await clock.settle();
    expect(server.payloads).toEqual(['newer']);
    expect(await storage.load()).toEqual([]);
  });
});

describe('a storage that fails', () => {
  const broken = (fail: () => Promise<never>): OutboxStorage => ({ load: fail, put: fail, remove: fail });

  test('is reported once; publishing goes on in memory', async () => {
    const cause = new Error('QuotaExceededError');
    const { server, publish, outbox, reports } = setup({ storage: broken(() => Promise.reject(cause)) });
    server.rule = accept;
    await outbox.load();
    const all = [1, 2, 3].map((data) => publish(data));
    for (const { promise } of all) expect(await promise).toMatchObject({ level: 'accepted' });
    expect(server.payloads).toEqual([1, 2, 3]);
    expect(reports).toMatchObject([{ code: 'storage', cause }]);
  });

  test('that throws instead of rejecting is no different', async () => {
    const { server, publish, outbox, reports } = setup({
      storage: broken(() => {
        throw new Error('SecurityError');
      }),
    });
    server.rule = accept;
    await outbox.load();
    expect(await publish(1).promise).toMatchObject({ level: 'accepted' });
    expect(reports).toHaveLength(1);
  });

  test('that never answers holds messages up for five seconds, once', async () => {
    const { server, publish, clock, outbox, reports } = setup({
      storage: broken(() => new Promise(() => {})),
    });
    server.rule = accept;
    const loading = outbox.load();
    const first = publish(1);
    await clock.advance(4_999);
    expect(first.end).toBeUndefined();
    await clock.advance(1);
    await loading;
    expect(first.end).toMatchObject({ level: 'accepted', latency: 5_000 });
    expect(await publish(2).promise).toMatchObject({ latency: 0 });
    expect(reports).toMatchObject([{ code: 'storage' }]);
    expect(clock.waiting).toBe(0);
  });

  test('that never answers does so as well to a message that comes while it is being emptied', async () => {
    const { server, publish, clock, outbox } = setup({ storage: broken(() => new Promise(() => {})) });
    server.rule = accept;
    const emptied = outbox.empty().catch((error: unknown) => error);
    await clock.advance(1_000);
    const message = publish(1);
    await clock.advance(4_000);
    expect(await emptied).toMatchObject({ code: 'storage' });
    await clock.advance(1_000);
    expect(message.end).toMatchObject({ level: 'accepted', latency: 5_000 });
    expect(clock.waiting).toBe(0);
  });

  test('that works again stores what comes then, and forgets what it could not forget before', async () => {
    const inner = memoryStorage();
    let works = true;
    const guard = async (): Promise<void> => {
      if (!works) throw new Error('closing');
    };
    const storage: OutboxStorage = {
      load: () => inner.load(),
      put: (messages) => guard().then(() => inner.put(messages)),
      remove: (ids) => guard().then(() => inner.remove(ids)),
    };
    const { server, publish, clock, outbox, reports } = setup({ storage });
    const first = publish(1);
    await clock.settle();
    works = false;
    server.last.answer.resolve({ level: 'accepted' });
    await clock.settle();
    expect(first.end).toMatchObject({ level: 'accepted' });
    expect(await inner.load()).toHaveLength(1);
    works = true;
    outbox.setOnline(false);
    publish(2);
    outbox.discard('m2');
    publish(3);
    await clock.settle();
    expect((await inner.load()).map(({ data }) => data)).toEqual([3]);
    expect(reports).toHaveLength(1);
  });

  test('writes of one turn are one write', async () => {
    const puts: number[] = [];
    const removals: number[] = [];
    const { server, publish, outbox, clock } = setup({
      storage: {
        load: async () => [],
        put: async (messages) => void puts.push(messages.length),
        remove: async (ids) => void removals.push(ids.length),
      },
    });
    server.rule = accept;
    const all = Array.from({ length: 30 }, (_, index) => publish(index, { channel: `c${index}` }));
    await Promise.all(all.map(({ promise }) => promise));
    expect(puts).toEqual([30]);
    expect(removals).toEqual([30]);
    publish('thought better of it');
    outbox.discard('m31');
    await clock.settle();
    expect([puts, removals]).toEqual([[30], [30]]);
  });
});

describe('many channels at once', () => {
  test('send 32 messages at the same time; the next goes when one of them is done, whatever came of it', async () => {
    const { server, publish, outbox, clock } = setup();
    const all = Array.from({ length: 100 }, (_, index) => publish(index, { channel: `c${index}` }));
    await clock.settle();
    expect(server.offers).toHaveLength(32);
    server.offers[0]?.answer.resolve({ level: 'accepted' });
    server.offers[1]?.answer.reject(retryable());
    await clock.settle();
    expect(server.offers).toHaveLength(34);
    outbox.discard(outbox.pending.get()[1]?.id ?? '');
    await clock.settle();
    expect(server.offers).toHaveLength(35);
    server.rule = accept;
    for (const { answer } of server.offers) answer.resolve({ level: 'accepted' });
    await clock.advance(1_000);
    expect(outbox.pending.get()).toEqual([]);
    expect(all.filter(({ end }) => end === undefined)).toEqual([]);
  });

  test('flush waits for those that were held back', async () => {
    const { server, publish, outbox, clock } = setup();
    for (let index = 0; index < 40; index += 1) publish(index, { channel: `c${index}` });
    await clock.settle();
    let flushed = false;
    void outbox.flush().then(() => {
      flushed = true;
    });
    for (const { answer } of server.offers) answer.resolve({ level: 'accepted' });
    await clock.settle();
    expect([server.offers.length, flushed]).toEqual([40, false]);
    for (const { answer } of server.offers) answer.resolve({ level: 'accepted' });
    await clock.settle();
    expect(flushed).toBe(true);
  });

  test('do not hold back messages to peers, which make no request', async () => {
    const { server, peer, publish, outbox, clock } = setup();
    for (let index = 0; index < 40; index += 1) {
      outbox.setConfirmed(`c${index}`, true);
      publish(index, { channel: `c${index}`, route: 'peer' });
      publish(index, { channel: `c${index}` });
    }
    await clock.settle();
    expect([server.offers.length, peer.offers.length]).toEqual([32, 40]);
  });
});

describe('the list of what is pending', () => {
  test('is the same object until something changes, and messages that did not change stay the same objects', async () => {
    const { publish, outbox, clock } = setup();
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
    const { publish, outbox, clock, reports } = setup();
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
    const { publish, outbox, clock } = setup({ limits: { messages: 10_000, bytes: 1e9 } });
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
    const { server, publish, clock, outbox, outcomes } = setup({ storage });
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
    const { server, publish, clock, outbox } = setup({
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
    const { publish, clock, outbox } = setup({
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
  const { publish, outbox } = setup({ publishers: {} });
  await expect(publish(1).promise).rejects.toMatchObject({
    code: 'configuration',
    message: expect.stringContaining('publish.endpoint'),
  });
  expect(outbox.pending.get()).toEqual([]);
});

test('no payload is in any error or report', async () => {
  const { server, publish, clock, outbox, reports } = setup({
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

describe('a storage that gave no answer in time', () => {
  test('is not asked again before it has answered, and is from then on', async () => {
    const disk = memoryStorage();
    const first = deferred<void>();
    let asked = 0;
    const put: OutboxStorage['put'] = async (messages) => {
      if (asked++ === 0) await first.promise;
      await disk.put(messages);
    };
    const { clock, server, publish, reports } = setup({ storage: { ...disk, put } });
    server.rule = accept;
    publish(1);
    await clock.advance(5_000);
    expect(reports).toMatchObject([{ code: 'storage' }]);
    publish(2);
    await clock.settle();
    expect(asked).toBe(1);
    first.resolve();
    await clock.settle();
    publish(3);
    await clock.settle();
    expect(asked).toBe(2);
    expect(server.payloads).toEqual([1, 2, 3]);
  });

  test('keeps nobody waiting who clears after the client was destroyed', async () => {
    const disk = memoryStorage();
    const { server, publish, outbox } = setup({
      storage: { ...disk, remove: () => new Promise(() => {}) },
      keepRejected: true,
    });
    server.rule = () => Promise.reject(refused());
    await expect(publish(1).promise).rejects.toMatchObject({ status: 403 });
    outbox.destroy();
    await outbox.clear();
    expect(outbox.rejected.get()).toEqual([]);
  });
});
