import { describe, expect, test } from 'vitest';
import { connectionWorld } from '../fakes/connection-world';

describe('the network', () => {
  test('offline is shown at once, and the link that is there is asked and kept: nothing that comes is lost', async () => {
    const { connection, clock, network, accept, state, states, transport, signals, say } = connectionWorld();
    void connection.connect();
    accept();
    network.say('offline');
    expect(connection.status.get()).toMatchObject({
      state: 'offline',
      trouble: 'offline',
      socketId: '1.1',
      reason: 'The device says that it is offline.',
    });
    expect(transport.pings).toBe(1);
    const message = { type: 'message', channel: 'a', event: 'b', data: 1, bytes: 9 } as const;
    say({ ...message, id: undefined, userId: undefined });
    expect(signals.map(({ type }) => type)).toEqual(['opened', 'message']);
    expect(state()).toBe('offline');
    say({ type: 'pong' });
    expect(connection.status.get()).toMatchObject({ state: 'connected', socketId: '1.1' });
    expect(connection.status.get().trouble).toBeUndefined();
    transport.onPing = () => say({ type: 'pong' });
    await clock.advance(600_000);
    expect(states()).toEqual(['connecting', 'connected', 'offline', 'connected']);
    expect(transport.dials).toHaveLength(1);
  });

  test('a server that answers no pings but talks proves as much, five seconds later', async () => {
    const { connection, clock, network, accept, state, say } = connectionWorld();
    void connection.connect();
    accept();
    network.say('offline');
    await clock.advance(2_000);
    say({ type: 'member-removed', channel: 'presence-a', member: { id: '1', info: undefined } });
    await clock.advance(3_000);
    expect(state()).toBe('connected');
  });

  test('offline, and the link does not answer: lost after 5 s, then dialled now and then, all silently', async () => {
    const { connection, clock, network, accept, close, state, transport, signals, errors, waits } =
      connectionWorld();
    void connection.connect();
    accept();
    network.say('offline');
    await clock.advance(5_000);
    expect(state()).toBe('offline');
    expect(connection.status.get().socketId).toBeUndefined();
    expect(signals.at(-1)).toMatchObject({ type: 'closed', reason: 'The device says that it is offline.' });
    transport.onOpen = () => queueMicrotask(() => close(1006));
    await clock.advance(295_000);
    expect(new Set(waits().slice(1))).toEqual(new Set([30_000]));
    expect(transport.dials.length).toBeGreaterThan(8);
    expect(state()).toBe('offline');
    expect(connection.status.get()).toMatchObject({ trouble: 'offline', retryAt: expect.any(Number) });
    expect(errors).toEqual([]);
  });

  test('a device that is wrong about its network for ever: connect() dials at once, the answer proves it wrong', async () => {
    const { connection, clock, network, accept, close, state, states, transport } = connectionWorld();
    network.isOnline = false;
    const connected = connection.connect();
    expect(transport.dials).toHaveLength(1);
    expect(state()).toBe('offline');
    accept();
    await connected;
    expect(states()).toEqual(['offline', 'connected']);
    // From now on it is a connection like any other.
    close(1006);
    expect(connection.status.get()).toMatchObject({ state: 'reconnecting', retryAt: clock.now() + 1_000 });
    await clock.advance(1_000);
    accept();
    expect(state()).toBe('connected');
  });

  test('offline is no matter of a server on this machine', async () => {
    const { connection, clock, network, accept, close, states, transport } = connectionWorld({ local: true });
    network.isOnline = false;
    void connection.connect();
    accept();
    network.say('offline');
    expect(transport.pings).toBe(1);
    close(1006);
    await clock.advance(1_000);
    accept();
    expect(states()).toEqual(['connecting', 'connected', 'reconnecting', 'reconnecting', 'connected']);
  });

  test('connect() while we wait for the network dials at once, and a listener that calls it at each status makes no loop', async () => {
    const { connection, clock, network, close, transport } = connectionWorld();
    network.isOnline = false;
    void connection.connect();
    close(1006);
    expect(connection.status.get().retryAt).toBe(clock.now() + 30_000);
    await clock.advance(5_000);
    void connection.connect();
    expect(transport.dials).toHaveLength(2);
    transport.onOpen = () => queueMicrotask(() => close(1006));
    connection.status.subscribe(() => void connection.connect());
    close(1006);
    await clock.advance(60_000);
    expect(transport.dials.length).toBeLessThan(65);
  });

  test('online dials within a second, wherever the curve was', async () => {
    const { connection, clock, network, accept, close, transport, state } = connectionWorld();
    void connection.connect();
    for (let dial = 0; dial < 6; dial += 1) {
      close(1006);
      await clock.advance(15_000);
    }
    network.say('offline');
    await clock.advance(60_000);
    const before = transport.dials.length;
    network.say('online');
    expect(connection.status.get()).toMatchObject({ state: 'reconnecting', retryAt: clock.now() + 1_000 });
    await clock.advance(1_000);
    expect(transport.dials).toHaveLength(before + 1);
    accept();
    expect(state()).toBe('connected');
  });

  test('online begins the curve anew: what failed in the old network says nothing about the new one', async () => {
    const { connection, clock, network, close } = connectionWorld();
    void connection.connect();
    for (let dial = 0; dial < 6; dial += 1) {
      close(1006);
      await clock.advance(15_000);
    }
    network.say('offline');
    network.say('online');
    await clock.advance(1_000);
    close(1006);
    expect(connection.status.get().retryAt).toBe(clock.now() + 1_000);
  });

  test.each(['online', 'resumed'] as const)('`%s` cuts a long wait short', async (change) => {
    const { connection, clock, network, close, transport } = connectionWorld();
    void connection.connect();
    for (let dial = 0; dial < 5; dial += 1) {
      close(1006);
      await clock.advance(2 ** dial * 1_000);
    }
    const before = transport.dials.length;
    close(1006);
    await clock.advance(1_000);
    network.say(change);
    await clock.advance(1_000);
    expect(transport.dials).toHaveLength(before + 1);
  });

  test('online begins anew with a dial that went out into the old network', async () => {
    const { connection, clock, network, transport } = connectionWorld();
    void connection.connect();
    await clock.advance(4_000);
    network.say('online');
    await clock.advance(1_000);
    expect(transport.dials).toHaveLength(2);
    expect(transport.doubled).toBe(0);
  });

  test('a network that flaps ten times a second causes no hot loop', async () => {
    const { connection, clock, network, transport } = connectionWorld({ random: 0.5 });
    void connection.connect();
    for (let turn = 0; turn < 100; turn += 1) {
      network.say('offline');
      network.say('online');
      await clock.advance(100);
    }
    expect(transport.dials.length).toBeLessThan(12);
    expect(transport.doubled).toBe(0);
  });

  test('connect() without a network dials, and again when there is one: offline, then connecting, then connected', async () => {
    const { connection, clock, network, accept, states, transport } = connectionWorld();
    network.isOnline = false;
    const connected = connection.connect();
    expect(connection.status.get()).toMatchObject({ state: 'offline', trouble: 'offline' });
    network.say('online');
    await clock.advance(1_000);
    expect(transport.dials).toHaveLength(2);
    expect(transport.doubled).toBe(0);
    accept();
    await connected;
    expect([...new Set(states())]).toEqual(['offline', 'reconnecting', 'connected']);
  });

  test('a frozen page that missed `online` dials when it comes back, or when somebody calls connect()', async () => {
    const { connection, clock, network, close, transport } = connectionWorld();
    void connection.connect();
    network.say('offline');
    network.isOnline = true;
    network.say('resumed');
    await clock.advance(1_000);
    expect(transport.dials).toHaveLength(2);
    await clock.advance(2_000);
    close(1006);
    network.say('offline');
    network.isOnline = true;
    void connection.connect();
    expect(transport.dials).toHaveLength(3);
  });

  test('a frozen page that missed `offline` is offline when it comes back', () => {
    const { connection, network, accept, state } = connectionWorld();
    void connection.connect();
    accept();
    network.isOnline = false;
    network.say('resumed');
    expect(state()).toBe('offline');
  });

  test('offline while a token is renewed: shown, and the renewal goes on', async () => {
    const { connection, clock, network, hooks, close, transport, state } = connectionWorld();
    let answer: () => void = () => {};
    hooks.renew = () => new Promise((resolve) => (answer = resolve));
    void connection.connect();
    close(4009);
    await clock.advance(1_000);
    network.say('offline');
    expect(state()).toBe('offline');
    answer();
    await clock.settle();
    expect(transport.dials).toHaveLength(2);
    expect(state()).toBe('offline');
    network.say('online');
    await clock.advance(1_000);
    expect(state()).toBe('reconnecting');
    expect(transport.doubled).toBe(0);
  });
});
