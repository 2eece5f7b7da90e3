import { expect, test } from 'vitest';
import { StatisticsStore } from '../../src/parts/statistics';
import { ManualClock } from '../fakes/manual-clock';

function setup() {
  const clock = new ManualClock();
  const pending = { messages: 0, oldest: undefined as number | undefined };
  const errors: unknown[] = [];
  const store = new StatisticsStore(clock, (error) => errors.push(error));
  store.outbox(() => pending);
  return {
    clock,
    pending,
    errors,
    store,
  };
}

test('a channel has figures of its own while it is held; the totals stay', () => {
  const { store, clock } = setup();
  store.held('news');
  store.received('news', 100, clock.now());
  store.sent('news', 30, 12);
  expect(store.get().channels['news']).toEqual({ received: 1, receivedBytes: 100, sent: 1, sentBytes: 30 });
  store.released('news');
  expect(store.get()).toMatchObject({ received: 1, receivedBytes: 100, sent: 1, sentBytes: 30 });
  expect(Object.keys(store.get().channels)).toEqual([]);
});

test('messages for channels that nobody holds count, but leave no entries behind', () => {
  const { store, clock } = setup();
  for (let index = 0; index < 5_000; index++) store.received(`made-up-${index}`, 10, clock.now());
  expect(store.get().received).toBe(5_000);
  expect(Object.keys(store.get().channels)).toEqual([]);
});

test('of channels that are only published to, the last thousand are remembered', () => {
  const { store } = setup();
  for (let index = 0; index < 1_500; index++) store.sent(`user-${index}`, 1, 1);
  store.sent('user-600', 1, 1);
  store.sent('one-more', 1, 1);
  const { channels, sent } = store.get();
  expect(sent).toBe(1_502);
  expect(Object.keys(channels)).toHaveLength(1_000);
  expect(channels['user-600']?.sent).toBe(2);
  expect(channels['user-500']).toBeUndefined();
  store.held('user-600');
  expect(store.get().channels['user-600']?.sent).toBe(2);
});

test('a channel called __proto__ is a channel', () => {
  const { store, clock } = setup();
  store.held('__proto__');
  store.received('__proto__', 1, clock.now());
  expect(Object.entries(store.get().channels)).toEqual([
    ['__proto__', { received: 1, receivedBytes: 1, sent: 0, sentBytes: 0 }],
  ]);
});

test('uptime is the connected share since the first dial', async () => {
  const { store, clock } = setup();
  expect(store.get()).toMatchObject({ uptime: 0, connectedFor: 0, reconnects: 0, dials: 0 });
  store.dialled();
  await clock.advance(1_000);
  store.opened();
  await clock.advance(3_000);
  expect(store.get()).toMatchObject({ connectedFor: 3_000, uptime: 0.75 });
  store.closed(true);
  store.closed(true);
  await clock.advance(4_000);
  expect(store.get()).toMatchObject({ connectedFor: 3_000, uptime: 0.375 });
  store.dialled();
  store.opened();
  expect(store.get()).toMatchObject({ dials: 2, reconnects: 1 });
});

test('a reconnect is a connection that was lost and came back, not one that we hung up and dialled again', () => {
  const { store } = setup();
  for (const lost of [true, false, true, true, false]) {
    store.dialled();
    store.opened();
    store.closed(lost);
  }
  expect(store.get()).toMatchObject({ dials: 5, reconnects: 3 });
});

test('what was never measured is absent, not 0', () => {
  const { store } = setup();
  expect(store.get()).not.toHaveProperty('latency');
  expect(store.get()).not.toHaveProperty('roundTrip');
  store.sent('a', 1, 40);
  expect(store.get().latency?.p50).toBeGreaterThan(35);
});

test('a clock that is set back makes no negative figures', () => {
  const { store, clock, pending } = setup();
  store.dialled();
  store.opened();
  pending.messages = 1;
  pending.oldest = clock.now();
  clock.jump(-3_600_000);
  const { connectedFor, uptime, oldestPending } = store.get();
  expect([connectedFor, uptime, oldestPending]).toEqual([0, 1, 0]);
});

test.each([-1, 1])('a clock that is set by %i h makes no connection longer or shorter', async (hours) => {
  const { store, clock } = setup();
  store.dialled();
  await clock.advance(1_000);
  store.opened();
  await clock.advance(1_000);
  clock.jump(hours * 3_600_000);
  await clock.advance(2_000);
  expect(store.get()).toMatchObject({ connectedFor: 3_000, uptime: 0.75 });
  store.closed(true);
  await clock.advance(2_000);
  expect(store.get()).toMatchObject({ connectedFor: 3_000, uptime: 0.5 });
});

test('a sign of life is activity', async () => {
  const { store, clock } = setup();
  expect(store.get()).not.toHaveProperty('lastActivity');
  await clock.advance(500);
  store.roundTrip(40);
  expect(store.get()).toMatchObject({ roundTrip: 40, lastActivity: clock.now() });
});

test('who listens is told once a second, one that throws does not keep the others from it, and no timer stays', async () => {
  const { store, clock, errors } = setup();
  const told: number[] = [];
  const stops = [
    store.subscribe(() => {
      throw new Error('a listener');
    }),
    store.subscribe(({ received }) => told.push(received)),
  ];
  store.received('news', 1, clock.now());
  await clock.advance(2_500);
  expect(told).toEqual([1, 1]);
  expect(errors).toHaveLength(2);
  for (const stop of stops) stop();
  expect(clock.waiting).toBe(0);
  store.subscribe(() => {});
  store.destroy();
  expect(clock.waiting).toBe(0);
});

test('who is stopped by another listener is not told any more, in the same round either', async () => {
  const { store, clock } = setup();
  const told: string[] = [];
  let stopSecond: () => void = () => {};
  store.subscribe(() => {
    told.push('first');
    stopSecond();
  });
  stopSecond = store.subscribe(() => told.push('second'));
  await clock.advance(1_000);
  expect(told).toEqual(['first']);
  store.destroy();
});

test('two looks in one moment see the same snapshot; a count or a second makes another', async () => {
  const { store, clock, pending } = setup();
  store.opened();
  const first = store.get();
  expect(store.get()).toBe(first);
  await clock.advance(999);
  expect(store.get()).toBe(first);
  await clock.advance(1);
  const later = store.get();
  expect(later.connectedFor).toBe(1_000);
  store.count('gaps');
  expect(store.get()).toMatchObject({ gaps: 1 });
  pending.messages = 1;
  expect(store.get()).toMatchObject({ pending: 1 });
  expect(store.initial).toMatchObject({ connectedFor: 0, gaps: 0, pending: 0 });
});
