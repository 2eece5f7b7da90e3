import { describe, expect, test } from 'vitest';
import { connectionWorld } from '../fakes/connection-world';

describe('the curve', () => {
  test('is 1, 2, 4, 8, 8 s at most; after two minutes of outage 30 s at most', async () => {
    const { connection, clock, transport, close, waits } = connectionWorld();
    transport.onOpen = () => queueMicrotask(() => close(1006));
    void connection.connect();
    await clock.advance(400_000);
    expect(waits().slice(0, 6)).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
    expect(
      waits().filter(
        (_, index) => (transport.dials[index]?.at ?? 0) - (transport.dials[0]?.at ?? 0) < 120_000,
      ),
    ).not.toContain(30_000);
    expect(waits().slice(-5)).toEqual([30_000, 30_000, 30_000, 30_000, 30_000]);
    expect(transport.doubled).toBe(0);
  });

  test('is full jitter: any moment from now to the curve', async () => {
    const none = connectionWorld({ random: 0 });
    void none.connection.connect();
    none.close(1006);
    expect(none.connection.status.get().retryAt).toBe(none.clock.now());
    const half = connectionWorld({ random: 0.5 });
    void half.connection.connect();
    half.close(1006);
    expect(half.connection.status.get().retryAt).toBe(half.clock.now() + 500);
  });

  test('goes on where it was when a connection held for less than 30 s', async () => {
    const { connection, clock, accept, close } = connectionWorld();
    void connection.connect();
    close(1006);
    await clock.advance(1_000);
    close(1006);
    await clock.advance(2_000);
    accept();
    await clock.advance(14_000);
    close(1006);
    expect(connection.status.get()).toMatchObject({ retryAt: clock.now() + 4_000, attempt: 3 });
  });

  test('starts anew when a connection held for 30 s, and so does the count of attempts', async () => {
    const { connection, clock, accept, close, transport, say } = connectionWorld();
    transport.onPing = () => say({ type: 'pong' });
    void connection.connect();
    close(1006);
    await clock.advance(1_000);
    close(1006);
    await clock.advance(2_000);
    accept();
    await clock.advance(30_000);
    close(1006);
    expect(connection.status.get()).toMatchObject({ retryAt: clock.now() + 1_000, attempt: 0 });
    await clock.advance(1_000);
    expect(connection.status.get()).toMatchObject({ state: 'reconnecting', attempt: 1 });
  });

  test('a server that opens and closes at once is not dialled in a hot loop', async () => {
    const { connection, clock, transport, accept, close } = connectionWorld({ random: 0.5 });
    transport.onOpen = () =>
      queueMicrotask(() => {
        accept();
        close(1006);
      });
    void connection.connect();
    await clock.advance(60_000);
    expect(transport.dials.length).toBeLessThan(20);
  });

  test('192 dials in one second on 42xx in the handshake: ours are one at once, then on the curve', async () => {
    const { connection, clock, transport, close, waits } = connectionWorld();
    transport.onOpen = () => queueMicrotask(() => close(4200));
    void connection.connect();
    await clock.advance(16_000);
    expect(waits()).toEqual([0, 2_000, 4_000, 8_000]);
  });

  test('a machine that slept through the wait dials as soon as it is awake', async () => {
    const { connection, clock, close, transport } = connectionWorld();
    void connection.connect();
    close(4004);
    expect(connection.status.get().retryAt).toBe(clock.now() + 120_000);
    clock.jump(3_600_000);
    await clock.advance(5_000);
    expect(transport.dials).toHaveLength(2);
  });

  test('a clock that is set back does not make the wait longer', async () => {
    const { connection, clock, close, transport } = connectionWorld();
    void connection.connect();
    close(4100);
    clock.jump(-3_600_000);
    await clock.advance(2_000);
    expect(transport.dials).toHaveLength(2);
  });
});

describe('how long a dial may take', () => {
  test('less where the last handshakes took milliseconds, and more again when that was not enough', async () => {
    const { connection, clock, accept, close, state, waits } = connectionWorld({ random: 0 });
    void connection.connect();
    await clock.advance(40);
    accept();
    close(1006);
    await clock.advance(0);
    // Accepted and never answered, as by a proxy whose server is away.
    await clock.advance(2_999);
    expect(state()).toBe('reconnecting');
    await clock.advance(60_000);
    expect(waits().slice(1, 6)).toEqual([3_000, 6_000, 10_000, 20_000, 20_000]);
  });

  test('a slow network keeps its time, and so does one that is new', async () => {
    const slow = connectionWorld({ random: 0 });
    void slow.connection.connect();
    await slow.clock.advance(300);
    slow.accept();
    slow.close(1006);
    await slow.clock.advance(20_000);
    expect(slow.waits().slice(1, 3)).toEqual([6_000, 10_000]);
    const moved = connectionWorld({ random: 0 });
    void moved.connection.connect();
    await moved.clock.advance(10);
    moved.accept();
    moved.network.say('offline');
    moved.close(1006);
    moved.network.say('online');
    await moved.clock.advance(0);
    const before = moved.transport.dials.length;
    await moved.clock.advance(9_999);
    expect(moved.transport.dials).toHaveLength(before);
  });
});
