import { describe, expect, test } from 'vitest';
import { connectionWorld } from '../fakes/connection-world';
import { settled } from '../fakes/settled';

describe('a dead link', () => {
  test('half-open (nothing comes, nothing breaks) is found within 25 s', async () => {
    const { connection, clock, accept, transport, state, signals } = connectionWorld();
    void connection.connect();
    accept();
    await clock.advance(15_000);
    expect(transport.pings).toBe(1);
    expect(state()).toBe('connected');
    await clock.advance(5_000);
    expect(state()).toBe('reconnecting');
    expect(connection.status.get().reason).toBe('The server gave no sign of life for too long.');
    expect(signals.at(-1)?.type).toBe('closed');
  });

  test('is asked sooner where the server’s own limit is shorter', async () => {
    const { connection, clock, accept, transport } = connectionWorld();
    void connection.connect();
    accept(4_000);
    await clock.advance(4_000);
    expect(transport.pings).toBe(1);
  });

  test('whatever the server sends counts as a sign of life', async () => {
    const { connection, clock, accept, transport, state, say } = connectionWorld();
    void connection.connect();
    accept();
    await clock.advance(14_000);
    say({ type: 'message', channel: 'a', event: 'b', data: 1, id: undefined, userId: undefined, bytes: 9 });
    await clock.advance(14_000);
    expect(transport.pings).toBe(0);
    await clock.advance(1_000);
    expect(transport.pings).toBe(1);
    await clock.advance(4_000);
    say({ type: 'malformed', reason: 'a frame that is not JSON', bytes: 3 });
    await clock.advance(10_000);
    expect(state()).toBe('connected');
  });

  test('a link that answers is asked for ever and keeps its one timer', async () => {
    const { connection, clock, accept, transport, say, state, roundTrips } = connectionWorld();
    void connection.connect();
    accept();
    transport.onPing = () => void clock.after(40, () => say({ type: 'pong' }));
    await clock.advance(3_600_000);
    expect(state()).toBe('connected');
    expect(roundTrips.length).toBeGreaterThan(170);
    expect(new Set(roundTrips)).toEqual(new Set([40]));
    expect(clock.waiting).toBeLessThanOrEqual(2);
  });

  test('a pong that nobody asked for is no round trip', () => {
    const { connection, accept, say, roundTrips } = connectionWorld();
    void connection.connect();
    accept();
    say({ type: 'pong' });
    expect(roundTrips).toEqual([]);
  });

  test('after a sleep the link is asked within 5 s, and lives if it answers', async () => {
    const { connection, clock, accept, transport, say, state } = connectionWorld();
    void connection.connect();
    accept();
    await clock.advance(1_000);
    clock.jump(3_600_000);
    await clock.advance(5_000);
    expect(transport.pings).toBe(1);
    say({ type: 'pong' });
    await clock.advance(5_000);
    expect(state()).toBe('connected');
  });

  test('a nap that is shorter than the silence we allow is a reason to ask as well', async () => {
    const { connection, clock, accept, transport } = connectionWorld();
    void connection.connect();
    accept();
    clock.jump(8_000);
    await clock.advance(5_000);
    expect(transport.pings).toBe(1);
  });

  test('a sleep between ping and pong is no death: the answer may wait in the queue', async () => {
    const { connection, clock, accept, transport, say, state } = connectionWorld();
    void connection.connect();
    accept();
    await clock.advance(15_000);
    clock.jump(3_600_000);
    await clock.advance(5_000);
    expect(state()).toBe('connected');
    expect(transport.pings).toBe(2);
    say({ type: 'pong' });
    await clock.advance(10_000);
    expect(state()).toBe('connected');
  });

  test('in a page whose timers are always late, a dead link is found all the same', async () => {
    const { connection, clock, accept, transport, state } = connectionWorld();
    void connection.connect();
    accept();
    await clock.advance(15_000);
    clock.jump(55_000);
    await clock.advance(5_000);
    clock.jump(55_000);
    await clock.advance(5_000);
    expect(transport.pings).toBe(2);
    expect(state()).toBe('reconnecting');
  });

  test('a clock that is set back an hour does not hide a dead link', async () => {
    const { connection, clock, accept, state } = connectionWorld();
    void connection.connect();
    accept();
    await clock.advance(3_000);
    clock.jump(-3_600_000);
    await clock.advance(25_000);
    expect(state()).toBe('reconnecting');
  });

  test.each(['online', 'resumed'] as const)('`%s` asks at once, with 5 s to answer', async (change) => {
    const { connection, clock, network, accept, transport, state } = connectionWorld();
    void connection.connect();
    accept();
    await clock.advance(2_000);
    network.say(change);
    network.say(change);
    expect(transport.pings).toBe(1);
    await clock.advance(5_000);
    expect(state()).toBe('reconnecting');
  });

  test('a page that comes to the front with a ping from before its sleep asks anew', async () => {
    const { connection, clock, network, accept, transport } = connectionWorld();
    void connection.connect();
    accept();
    await clock.advance(15_000);
    clock.jump(600_000);
    network.say('resumed');
    expect(transport.pings).toBe(2);
  });

  test('a transport that notices the end while it writes the ping leaves one timer, for the next dial', async () => {
    const { connection, clock, accept, transport, close, state } = connectionWorld();
    void connection.connect();
    accept();
    transport.onPing = () => close(1006);
    await clock.advance(15_000);
    expect(state()).toBe('reconnecting');
    expect(clock.waiting).toBe(1);
    transport.onPing = () => {};
    await clock.advance(1_000);
    accept();
    await clock.advance(10_000);
    expect(state()).toBe('connected');
  });

  test('`lastSeen` is when the server was last heard, not when we gave it up', async () => {
    const { connection, clock, accept, close } = connectionWorld();
    void connection.connect();
    accept();
    const heard = clock.now();
    await clock.advance(7_000);
    close(1006);
    expect(connection.lastSeen).toBe(heard);
  });
});

describe('the round trip', () => {
  test('is measured once a minute on a link that is never silent', async () => {
    const { connection, clock, accept, say, transport, roundTrips } = connectionWorld();
    transport.onPing = () => clock.after(40, () => say({ type: 'pong' }));
    void connection.connect();
    accept();
    const message = { type: 'message', channel: 'a', event: 'b', data: 1, bytes: 9 } as const;
    for (let second = 0; second < 600; second += 1) {
      await clock.advance(1_000);
      say({ ...message, id: undefined, userId: undefined });
    }
    expect(roundTrips.length).toBeGreaterThanOrEqual(8);
    expect(roundTrips.length).toBeLessThanOrEqual(10);
    expect(new Set(roundTrips)).toEqual(new Set([40]));
  });

  test('is measured when somebody asks, and tells those who ask without a connection that there is none', async () => {
    const { connection, clock, accept, say, close, roundTrips } = connectionWorld();
    expect(await settled(connection.ping())).toMatchObject({ name: 'ConnectionError', retryable: true });
    void connection.connect();
    accept();
    const [one, two] = [connection.ping(), connection.ping()];
    await clock.advance(25);
    say({ type: 'pong' });
    expect(await Promise.all([one, two])).toEqual([25, 25]);
    expect(roundTrips).toEqual([25]);
    const cut = connection.ping();
    close(1006);
    expect(await settled(cut)).toMatchObject({ name: 'ConnectionError', retryable: true });
  });
});
