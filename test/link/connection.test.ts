import { describe, expect, test } from 'vitest';
import { ConfigurationError, ConnectionError, RealtimeError } from '../../src/errors';
import { connectionWorld } from '../fakes/connection-world';
import { settled } from '../fakes/settled';

describe('a dial', () => {
  test('ends in connected with the socket’s id, and connect() resolves', async () => {
    const { connection, accept, states, signals, transport } = connectionWorld();
    const connected = connection.connect();
    expect(await settled(connected)).toBe('pending');
    accept();
    await connected;
    expect(states()).toEqual(['connecting', 'connected']);
    expect(connection.status.get()).toMatchObject({ state: 'connected', socketId: '1.1', attempt: 1 });
    expect(signals).toEqual([{ type: 'opened', socketId: '1.1', idleLimit: 120_000 }]);
    expect(transport.dials).toHaveLength(1);
    await connection.connect();
    expect(transport.dials).toHaveLength(1);
  });

  test('a server that accepts the socket and never answers is given up after 10 s', async () => {
    const { connection, clock, state, transport, errors, waits } = connectionWorld();
    void connection.connect();
    await clock.advance(9_999);
    expect(state()).toBe('connecting');
    await clock.advance(1);
    expect(connection.status.get()).toMatchObject({
      state: 'reconnecting',
      reason: 'The server did not answer within 10 s.',
      retryAt: clock.now() + 1_000,
    });
    expect(transport.current).toBeUndefined();
    expect(errors).toMatchObject([{ name: 'ConnectionError', retryable: true }]);
    await clock.advance(1_000);
    expect(waits()).toEqual([11_000]);
    expect(transport.doubled).toBe(0);
  });

  test('a transport that cannot work here at all is `failed` with its own error', async () => {
    const { connection, transport, state, errors, clock, network } = connectionWorld();
    const unusable = new ConfigurationError('No WebSocket here.');
    transport.onOpen = () => {
      throw unusable;
    };
    expect(await settled(connection.connect())).toBe(unusable);
    expect(state()).toBe('failed');
    expect(errors).toEqual([unusable]);
    expect(clock.waiting).toBe(0);
    expect(network.listeners.size).toBe(0);
  });

  test('what a transport throws that is no error of ours is the cause of one', async () => {
    const { connection, transport } = connectionWorld();
    const cause = new TypeError('x is not a function');
    transport.onOpen = () => {
      throw cause;
    };
    expect(await settled(connection.connect())).toMatchObject({ name: 'ConnectionError', cause });
  });

  test('opens once, whatever a transport says', () => {
    const { connection, accept, signals } = connectionWorld();
    void connection.connect();
    accept();
    accept();
    expect(signals).toHaveLength(1);
    expect(connection.status.get().socketId).toBe('1.1');
  });

  test('a late signal of an earlier dial is not heard', async () => {
    const { connection, clock, transport, state, signals } = connectionWorld();
    void connection.connect();
    await clock.advance(12_000);
    expect(transport.dials).toHaveLength(2);
    transport.dials[0]?.receive({ type: 'opened', socketId: '9.9', idleLimit: 1_000 });
    transport.dials[0]?.receive({ type: 'closed', code: 4001 });
    expect(state()).toBe('reconnecting');
    expect(signals).toEqual([]);
  });
});

describe('truth', () => {
  test('says connected for 1 s after the socket died: ours says so in the same moment', () => {
    const { connection, accept, close, state, signals } = connectionWorld();
    void connection.connect();
    accept();
    close(1006);
    expect(state()).toBe('reconnecting');
    expect(connection.status.get().socketId).toBeUndefined();
    expect(signals.at(-1)).toMatchObject({ type: 'closed', code: 1006 });
  });

  test('`since` is kept while the state lasts, and each status is another object', async () => {
    const { connection, clock, close, history } = connectionWorld();
    void connection.connect();
    await clock.advance(500);
    close(1006);
    const { since } = connection.status.get();
    expect(since).toBe(clock.now());
    await clock.advance(1_000);
    close(1006);
    expect(connection.status.get()).toMatchObject({ since, attempt: 2 });
    expect(new Set(history).size).toBe(history.length);
  });

  test('an outage is reported once, a lost connection that comes back at once not at all', async () => {
    const { connection, clock, accept, close, errors } = connectionWorld();
    void connection.connect();
    accept();
    close(1006);
    await clock.advance(1_000);
    accept();
    expect(errors).toEqual([]);
    close(1006);
    for (let dial = 0; dial < 5; dial += 1) {
      await clock.advance(15_000);
      close(1006);
    }
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ name: 'ConnectionError', retryable: true, status: 1006 });
  });

  test('a server that lets us in and throws us out each time is reported, too', async () => {
    const { connection, clock, transport, accept, close, errors } = connectionWorld();
    transport.onOpen = () =>
      queueMicrotask(() => {
        accept();
        close(4100, 'Over capacity');
      });
    void connection.connect();
    await clock.advance(20_000);
    expect(errors).toMatchObject([{ status: 4100, message: expect.stringContaining('Over capacity') }]);
  });

  test('each `opened` that those above hear has one `closed`', async () => {
    const { connection, clock, network, accept, close, signals } = connectionWorld();
    void connection.connect();
    accept();
    close(4200);
    await clock.advance(0);
    accept();
    close(1006);
    network.say('offline');
    network.say('online');
    await clock.advance(1_000);
    accept();
    connection.disconnect();
    connection.disconnect();
    expect(signals.map(({ type }) => type)).toEqual([
      'opened',
      'closed',
      'opened',
      'closed',
      'opened',
      'closed',
    ]);
  });
});

describe('what people are told', () => {
  test.each([
    [1006, 'unreachable'],
    [4100, 'busy'],
    [4004, 'busy'],
    [4001, 'refused'],
    [4009, 'needs-sign-in'],
  ] as const)('after %i: %s', (code, trouble) => {
    const { connection, close, accept, hooks } = connectionWorld();
    hooks.renew = () => new Promise(() => {});
    void connection.connect();
    expect(connection.status.get().trouble).toBeUndefined();
    accept();
    close(code);
    expect(connection.status.get()).toMatchObject({ trouble, reason: expect.any(String) });
  });

  test('a token that is refused wherever it was used is in the status, connected or not, until there is another', async () => {
    const { connection, status, clock, accept, close, states } = connectionWorld();
    status.signInNeeded(true);
    expect(connection.status.get()).toMatchObject({ state: 'idle', trouble: 'needs-sign-in' });
    void connection.connect();
    accept();
    expect(connection.status.get()).toMatchObject({ state: 'connected', trouble: 'needs-sign-in' });
    close(1006);
    expect(connection.status.get()).toMatchObject({ trouble: 'unreachable' });
    await clock.advance(1_000);
    accept();
    expect(connection.status.get()).toMatchObject({ trouble: 'needs-sign-in' });
    status.signInNeeded(false);
    expect(connection.status.get()).toMatchObject({ state: 'connected', socketId: '1.2' });
    expect(connection.status.get().trouble).toBeUndefined();
    expect(states().at(-1)).toBe('connected');
  });
});

describe('the promise of connect()', () => {
  test('resolves after an outage, however long', async () => {
    const { connection, clock, transport, close, accept, waits } = connectionWorld();
    const connected = connection.connect();
    transport.onOpen = () => queueMicrotask(() => close(1006));
    close(1006);
    await clock.advance(3_600_000);
    expect(await settled(connected)).toBe('pending');
    transport.onOpen = () => {};
    await clock.advance(waits().at(-1) ?? 0);
    while (transport.current === undefined) await clock.advance(1_000);
    accept();
    expect(await settled(connected)).toBe('resolved');
  });

  test('rejects with `aborted` when disconnect() comes first, and everybody who waits is told', async () => {
    const { connection } = connectionWorld();
    const both = [connection.connect(), connection.connect()];
    connection.disconnect();
    for (const each of both) expect(await settled(each)).toMatchObject({ code: 'aborted' });
  });

  test('a listener that disconnects and connects again in one go: the first promise rejects, the second resolves', async () => {
    const { connection, accept, state } = connectionWorld();
    const first = connection.connect();
    let second: Promise<void> | undefined;
    const stop = connection.status.subscribe((status) => {
      if (status.state !== 'connected') return;
      stop();
      connection.disconnect();
      second = connection.connect();
    });
    accept();
    expect(await settled(first)).toMatchObject({ code: 'aborted' });
    expect(await settled(second ?? Promise.resolve())).toBe('pending');
    accept();
    expect(await settled(second ?? Promise.resolve())).toBe('resolved');
    expect(state()).toBe('connected');
  });

  test('connect() inside `failed` begins again, and its promise is not the one that failed', async () => {
    const { connection, accept, close, state } = connectionWorld();
    const first = connection.connect();
    let second: Promise<void> | undefined;
    connection.status.subscribe((status) => {
      if (status.state === 'failed') second = connection.connect();
    });
    close(4001);
    expect(await settled(first)).toMatchObject({ status: 4001 });
    expect(await settled(second ?? Promise.resolve())).toBe('pending');
    accept();
    expect(await settled(second ?? Promise.resolve())).toBe('resolved');
    expect(state()).toBe('connected');
  });

  test('connect() where the channels hear of the end does not resolve with the connection that just ended', async () => {
    const { connection, hooks, accept, state } = connectionWorld();
    void connection.connect();
    accept();
    let again: Promise<void> | undefined;
    hooks.received = ({ type }) => {
      if (type === 'closed') again = connection.connect();
    };
    connection.disconnect();
    expect(state()).toBe('connecting');
    expect(await settled(again ?? Promise.resolve())).toBe('pending');
    accept();
    expect(await settled(again ?? Promise.resolve())).toBe('resolved');
  });

  test('a listener that starts over while the channels hear of the connection: the new promise waits for the new one', async () => {
    const { connection, hooks, accept } = connectionWorld();
    void connection.connect();
    let again: Promise<void> | undefined;
    hooks.received = ({ type }) => {
      if (type !== 'opened' || again !== undefined) return;
      connection.disconnect();
      again = connection.connect();
    };
    accept();
    expect(await settled(again ?? Promise.resolve())).toBe('pending');
    accept();
    expect(await settled(again ?? Promise.resolve())).toBe('resolved');
  });

  test('connect() in the wait dials now, but a listener that calls it at each status makes no loop', async () => {
    const { connection, clock, transport, close } = connectionWorld();
    connection.status.subscribe(() => void connection.connect());
    transport.onOpen = () => queueMicrotask(() => close(1006));
    void connection.connect();
    await clock.advance(60_000);
    expect(transport.dials.length).toBeLessThan(60);
    await clock.advance(10_000);
    const { retryAt } = connection.status.get();
    await clock.advance(1_000);
    void connection.connect();
    expect(transport.dials.at(-1)?.at).toBe(clock.now());
    expect(retryAt).toBeDefined();
    expect(transport.doubled).toBe(0);
  });
});

test('a status listener that throws is reported, the others are told and the dial goes on', async () => {
  const { connection, accept, errors, states } = connectionWorld();
  const cause = new Error('mine');
  connection.status.subscribe(() => {
    throw cause;
  });
  void connection.connect();
  accept();
  expect(states()).toEqual(['connecting', 'connected']);
  expect(errors).toMatchObject([
    { code: 'listener', cause },
    { code: 'listener', cause },
  ]);
  expect(errors[0]).toBeInstanceOf(RealtimeError);
  expect(errors[0]).not.toBeInstanceOf(ConnectionError);
});

test('no two sockets at once, whatever happens: two thousand random events', async () => {
  const { connection, clock, network, transport, accept, close, errors } = connectionWorld({ random: 0.3 });
  let seed = 7;
  const dice = (sides: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % sides;
  };
  const acts: (() => void | Promise<void>)[] = [
    () => void connection.connect(),
    () => connection.disconnect(),
    () => transport.current !== undefined && accept(),
    () => transport.current !== undefined && close([1006, 4001, 4004, 4009, 4100, 4200][dice(6)]),
    () => network.say('offline'),
    () => network.say('online'),
    () => network.say('resumed'),
    () => clock.jump(dice(20_000) - 5_000),
    () => clock.advance(dice(8_000)),
    () => clock.advance(dice(400)),
  ].map((act) => async () => void (await act()));
  for (let turn = 0; turn < 2_000; turn += 1) {
    await acts[dice(acts.length)]?.();
    const { state, retryAt, socketId } = connection.status.get();
    expect(transport.doubled).toBe(0);
    expect(clock.waiting).toBeLessThanOrEqual(1);
    if (state !== 'offline') expect(socketId === undefined).toBe(state !== 'connected');
    if (socketId !== undefined) expect(transport.current).toBeDefined();
    if (state === 'idle' || state === 'failed') expect(transport.current).toBeUndefined();
    if (retryAt !== undefined) {
      expect(['reconnecting', 'connecting', 'offline']).toContain(state);
      expect(transport.current).toBeUndefined();
    }
  }
  expect(transport.dials.length).toBeGreaterThan(50);
  expect(errors.length).toBeGreaterThan(0);
  connection.disconnect();
  expect(clock.waiting).toBe(0);
});
