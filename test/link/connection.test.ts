import { describe, expect, test } from 'vitest';
import { AuthenticationError, ConfigurationError, ConnectionError, RealtimeError } from '../../src/errors';
import { Connection } from '../../src/link/connection';
import { Status } from '../../src/link/status';
import type { Network } from '../../src/ports';
import type { Transport, TransportSignal } from '../../src/transport-port';
import type { ConnectionStatus } from '../../src/types';
import { ManualClock } from '../fakes/manual-clock';

type Receive = (signal: TransportSignal) => void;

/** Dials by hand: the test decides what each dial meets. */
class HandTransport implements Transport {
  dials: { readonly at: number; readonly receive: Receive }[] = [];
  /** The dial or connection that is not over: never more than one. */
  current: Receive | undefined;
  doubled = 0;
  pings = 0;
  destroyed = 0;
  onOpen: (receive: Receive) => void = () => {};
  onPing: () => void = () => {};
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  open(receive: Receive): void {
    if (this.current !== undefined) this.doubled += 1;
    this.current = receive;
    this.dials.push({ at: this.#now(), receive });
    this.onOpen(receive);
  }
  close(): void {
    this.current = undefined;
  }
  ping(): void {
    this.pings += 1;
    this.onPing();
  }
  subscribe(): boolean {
    return true;
  }
  unsubscribe(): void {}
  send(): boolean {
    return true;
  }
  destroy(): void {
    this.destroyed += 1;
  }
}

class HandNetwork implements Network {
  isOnline = true;
  readonly listeners = new Set<(change: 'online' | 'offline' | 'resumed') => void>();
  online(): boolean {
    return this.isOnline;
  }
  watch(listener: (change: 'online' | 'offline' | 'resumed') => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
  say(change: 'online' | 'offline' | 'resumed'): void {
    if (change !== 'resumed') this.isOnline = change === 'online';
    for (const listener of [...this.listeners]) listener(change);
  }
}

function setUp({ random = 1, local = false }: { readonly random?: number; readonly local?: boolean } = {}) {
  const clock = new ManualClock();
  const transport = new HandTransport(() => clock.now());
  const network = new HandNetwork();
  const signals: TransportSignal[] = [];
  const errors: RealtimeError[] = [];
  const history: ConnectionStatus[] = [];
  const roundTrips: number[] = [];
  const hooks = {
    random: () => random,
    renew: async (): Promise<void> => {},
    received: (_: TransportSignal): void => {},
    dialled: (): void => {},
    reported: (_: RealtimeError): void => {},
  };
  const reports = {
    error: (error: RealtimeError): void => {
      errors.push(error);
      hooks.reported(error);
    },
    log: (): void => {},
  };
  const status = new Status(clock, reports);
  const connection = new Connection({
    status,
    transport,
    clock,
    network,
    local,
    random: () => hooks.random(),
    receive: (signal) => {
      signals.push(signal);
      hooks.received(signal);
    },
    renewToken: () => hooks.renew(),
    reports,
    recorder: { dialled: () => hooks.dialled(), roundTrip: (ms) => roundTrips.push(ms) },
  });
  connection.status.subscribe((status) => history.push(status));
  let sockets = 0;
  const say = (signal: TransportSignal): void => {
    const receive = transport.dials.at(-1)?.receive;
    if (receive === undefined) throw new Error('nobody dialled');
    receive(signal);
  };
  return {
    connection,
    status,
    clock,
    transport,
    network,
    signals,
    errors,
    history,
    hooks,
    roundTrips,
    /** What the server says on the newest dial. */
    say,
    accept: (idleLimit = 120_000): void => {
      sockets += 1;
      say({ type: 'opened', socketId: `1.${sockets}`, idleLimit });
    },
    close: (code?: number, reason?: string): void =>
      say({
        type: 'closed',
        ...(code === undefined ? undefined : { code }),
        ...(reason === undefined ? undefined : { reason }),
      }),
    state: (): string => connection.status.get().state,
    states: (): string[] => history.map(({ state }) => state),
    /** The waits between dials, in milliseconds. */
    waits: (): number[] =>
      transport.dials.slice(1).map(({ at }, index) => at - (transport.dials[index]?.at ?? 0)),
  };
}

const settled = async (promise: Promise<unknown>): Promise<unknown> =>
  Promise.race([
    promise.then(
      () => 'resolved',
      (error: unknown) => error,
    ),
    new Promise((resolve) => setImmediate(() => resolve('pending'))),
  ]);

describe('a dial', () => {
  test('ends in connected with the socket’s id, and connect() resolves', async () => {
    const { connection, accept, states, signals, transport } = setUp();
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
    const { connection, clock, state, transport, errors, waits } = setUp();
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
    const { connection, transport, state, errors, clock, network } = setUp();
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
    const { connection, transport } = setUp();
    const cause = new TypeError('x is not a function');
    transport.onOpen = () => {
      throw cause;
    };
    expect(await settled(connection.connect())).toMatchObject({ name: 'ConnectionError', cause });
  });

  test('opens once, whatever a transport says', () => {
    const { connection, accept, signals } = setUp();
    void connection.connect();
    accept();
    accept();
    expect(signals).toHaveLength(1);
    expect(connection.status.get().socketId).toBe('1.1');
  });

  test('a late signal of an earlier dial is not heard', async () => {
    const { connection, clock, transport, state, signals } = setUp();
    void connection.connect();
    await clock.advance(12_000);
    expect(transport.dials).toHaveLength(2);
    transport.dials[0]?.receive({ type: 'opened', socketId: '9.9', idleLimit: 1_000 });
    transport.dials[0]?.receive({ type: 'closed', code: 4001 });
    expect(state()).toBe('reconnecting');
    expect(signals).toEqual([]);
  });
});

describe('the curve', () => {
  test('is 1, 2, 4, 8, 8 s at most; after two minutes of outage 30 s at most', async () => {
    const { connection, clock, transport, close, waits } = setUp();
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
    const none = setUp({ random: 0 });
    void none.connection.connect();
    none.close(1006);
    expect(none.connection.status.get().retryAt).toBe(none.clock.now());
    const half = setUp({ random: 0.5 });
    void half.connection.connect();
    half.close(1006);
    expect(half.connection.status.get().retryAt).toBe(half.clock.now() + 500);
  });

  test('goes on where it was when a connection held for less than 30 s', async () => {
    const { connection, clock, accept, close } = setUp();
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
    const { connection, clock, accept, close, transport, say } = setUp();
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
    const { connection, clock, transport, accept, close } = setUp({ random: 0.5 });
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
    const { connection, clock, transport, close, waits } = setUp();
    transport.onOpen = () => queueMicrotask(() => close(4200));
    void connection.connect();
    await clock.advance(16_000);
    expect(waits()).toEqual([0, 2_000, 4_000, 8_000]);
  });

  test('a machine that slept through the wait dials as soon as it is awake', async () => {
    const { connection, clock, close, transport } = setUp();
    void connection.connect();
    close(4004);
    expect(connection.status.get().retryAt).toBe(clock.now() + 120_000);
    clock.jump(3_600_000);
    await clock.advance(5_000);
    expect(transport.dials).toHaveLength(2);
  });

  test('a clock that is set back does not make the wait longer', async () => {
    const { connection, clock, close, transport } = setUp();
    void connection.connect();
    close(4100);
    clock.jump(-3_600_000);
    await clock.advance(2_000);
    expect(transport.dials).toHaveLength(2);
  });
});

describe('close codes', () => {
  test('what the server says before it closes with the same code is the reason, where the close has none', () => {
    const { connection, accept, say, close } = setUp();
    void connection.connect();
    const words = {
      type: 'server-error',
      kind: 'event-unknown',
      code: 4200,
      message: 'Closing for a new version',
    } as const;
    accept();
    say(words);
    close(4200);
    expect(connection.status.get().reason).toContain('(4200: Closing for a new version)');
    connection.disconnect();
    void connection.connect();
    accept();
    say(words);
    say({ type: 'pong' });
    close(4200);
    expect(connection.status.get().reason).toBe('The server closed the connection (4200).');
    connection.disconnect();
    void connection.connect();
    accept();
    say(words);
    close(4201);
    expect(connection.status.get().reason).toBe('The server closed the connection (4201).');
  });

  test.each([4000, 4001, 4002, 4003, 4005, 4006, 4007, 4008, 4010, 4099])(
    '%i fails for good: one dial, the reason in status, promise and error',
    async (code) => {
      const { connection, clock, transport, close, errors, network } = setUp();
      const connected = connection.connect();
      close(code, 'No');
      const error = await settled(connected);
      expect(error).toMatchObject({ name: 'ConnectionError', status: code, retryable: false });
      expect(errors).toEqual([error]);
      expect(connection.status.get()).toMatchObject({
        state: 'failed',
        reason: expect.stringContaining('No'),
      });
      await clock.advance(3_600_000);
      network.say('online');
      network.say('resumed');
      expect(transport.dials).toHaveLength(1);
      expect(clock.waiting).toBe(0);
      expect(network.listeners.size).toBe(0);
    },
  );

  test.each([undefined, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1011, 1012, 1015, 3000, 4300, 4301, 4999])(
    '%s is dialled again on the curve',
    (code) => {
      const { connection, clock, close } = setUp();
      void connection.connect();
      close(code);
      expect(connection.status.get()).toMatchObject({ state: 'reconnecting', retryAt: clock.now() + 1_000 });
    },
  );

  test('1009, after a frame that was too large, is told: what was in it is lost', async () => {
    const { connection, accept, close, errors } = setUp();
    void connection.connect();
    accept();
    close(1009, 'Maximum message size exceeded');
    expect(connection.status.get().state).toBe('reconnecting');
    expect(errors).toEqual([
      expect.objectContaining({
        code: 'connection',
        status: 1009,
        retryable: true,
        message: expect.stringMatching(/`limits`.*Maximum message size exceeded/),
      }),
    ]);
  });

  test.each([4100, 4199])('%i, over capacity, is never dialled again within a second', (code) => {
    const { connection, clock, close } = setUp({ random: 0 });
    void connection.connect();
    close(code);
    expect(connection.status.get().retryAt).toBe(clock.now() + 1_000);
  });

  test.each([4200, 4201, 4202, 4299])('%i is dialled at once, the first time', async (code) => {
    const { connection, clock, transport, accept, close } = setUp();
    void connection.connect();
    accept();
    close(code);
    await clock.advance(0);
    expect(transport.dials).toHaveLength(2);
    close(code);
    expect(connection.status.get().retryAt).toBe(clock.now() + 2_000);
  });

  test('4004, over quota, is tried in minutes, whatever the network or the page does meanwhile', async () => {
    const { connection, clock, network, transport, close, state } = setUp({ random: 0 });
    void connection.connect();
    close(4004);
    expect(state()).toBe('reconnecting');
    network.say('resumed');
    network.say('online');
    await clock.advance(59_999);
    expect(transport.dials).toHaveLength(1);
    await clock.advance(1);
    expect(transport.dials).toHaveLength(2);
  });

  test('4004 does not keep somebody who asks for it from dialling', async () => {
    const { connection, clock, transport, close } = setUp();
    void connection.connect();
    close(4004);
    await clock.advance(1_000);
    void connection.connect();
    expect(transport.dials).toHaveLength(2);
  });

  test('4009 renews the token once; a second 4009 fails', async () => {
    const { connection, clock, transport, hooks, close, state } = setUp();
    let renewals = 0;
    hooks.renew = async () => {
      renewals += 1;
    };
    const connected = connection.connect();
    close(4009);
    expect(state()).toBe('reconnecting');
    await clock.advance(1_000);
    expect(renewals).toBe(1);
    expect(transport.dials).toHaveLength(2);
    close(4009);
    expect(state()).toBe('failed');
    expect(await settled(connected)).toMatchObject({ status: 4009 });
    await clock.advance(600_000);
    expect(renewals).toBe(1);
    expect(transport.dials).toHaveLength(2);
  });

  test('4009 again after half a minute of a good connection is another day: another renewal', async () => {
    const { connection, clock, transport, hooks, accept, close, say, state } = setUp();
    transport.onPing = () => say({ type: 'pong' });
    let renewals = 0;
    hooks.renew = async () => {
      renewals += 1;
    };
    void connection.connect();
    close(4009);
    await clock.advance(1_000);
    accept();
    await clock.advance(31_000);
    close(4009);
    expect(state()).toBe('reconnecting');
    await clock.advance(1_000);
    expect(renewals).toBe(2);
  });

  test('4009, and the application has no other token: failed, with the application’s error as the cause', async () => {
    const { connection, clock, hooks, close, state } = setUp();
    const cause = new AuthenticationError('Signed out.');
    hooks.renew = async () => {
      throw cause;
    };
    const connected = connection.connect();
    close(4009);
    await clock.advance(1_000);
    expect(state()).toBe('failed');
    expect(await settled(connected)).toMatchObject({ name: 'ConnectionError', status: 4009, cause });
  });

  test('4009, and the token source is down for a while: asked again on the curve, then connected', async () => {
    const { connection, clock, hooks, accept, close, state, transport } = setUp();
    let calls = 0;
    hooks.renew = async () => {
      calls += 1;
      if (calls < 3) throw new AuthenticationError('503', { retryable: true });
    };
    void connection.connect();
    close(4009);
    await clock.advance(1_000);
    expect(connection.status.get()).toMatchObject({ state: 'reconnecting', retryAt: clock.now() + 2_000 });
    await clock.advance(6_000);
    expect(calls).toBe(3);
    expect(transport.dials).toHaveLength(2);
    accept();
    expect(state()).toBe('connected');
  });

  test('4009, and the token source hangs: disconnect() ends it, and nothing dials when it answers after all', async () => {
    const { connection, clock, hooks, close, state, transport } = setUp();
    let answer: () => void = () => {};
    hooks.renew = () => new Promise((resolve) => (answer = resolve));
    void connection.connect();
    close(4009);
    await clock.advance(1_000);
    expect(connection.status.get().retryAt).toBeUndefined();
    connection.disconnect();
    answer();
    await clock.advance(60_000);
    expect(state()).toBe('idle');
    expect(transport.dials).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });
});

describe('truth', () => {
  test('says connected for 1 s after the socket died: ours says so in the same moment', () => {
    const { connection, accept, close, state, signals } = setUp();
    void connection.connect();
    accept();
    close(1006);
    expect(state()).toBe('reconnecting');
    expect(connection.status.get().socketId).toBeUndefined();
    expect(signals.at(-1)).toMatchObject({ type: 'closed', code: 1006 });
  });

  test('`since` is kept while the state lasts, and each status is another object', async () => {
    const { connection, clock, close, history } = setUp();
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
    const { connection, clock, accept, close, errors } = setUp();
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
    const { connection, clock, transport, accept, close, errors } = setUp();
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
    const { connection, clock, network, accept, close, signals } = setUp();
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

describe('a dead link', () => {
  test('half-open (nothing comes, nothing breaks) is found within 25 s', async () => {
    const { connection, clock, accept, transport, state, signals } = setUp();
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
    const { connection, clock, accept, transport } = setUp();
    void connection.connect();
    accept(4_000);
    await clock.advance(4_000);
    expect(transport.pings).toBe(1);
  });

  test('whatever the server sends counts as a sign of life', async () => {
    const { connection, clock, accept, transport, state, say } = setUp();
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
    const { connection, clock, accept, transport, say, state, roundTrips } = setUp();
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
    const { connection, accept, say, roundTrips } = setUp();
    void connection.connect();
    accept();
    say({ type: 'pong' });
    expect(roundTrips).toEqual([]);
  });

  test('after a sleep the link is asked within 5 s, and lives if it answers', async () => {
    const { connection, clock, accept, transport, say, state } = setUp();
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
    const { connection, clock, accept, transport } = setUp();
    void connection.connect();
    accept();
    clock.jump(8_000);
    await clock.advance(5_000);
    expect(transport.pings).toBe(1);
  });

  test('a sleep between ping and pong is no death: the answer may wait in the queue', async () => {
    const { connection, clock, accept, transport, say, state } = setUp();
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
    const { connection, clock, accept, transport, state } = setUp();
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
    const { connection, clock, accept, state } = setUp();
    void connection.connect();
    accept();
    await clock.advance(3_000);
    clock.jump(-3_600_000);
    await clock.advance(25_000);
    expect(state()).toBe('reconnecting');
  });

  test.each(['online', 'resumed'] as const)('`%s` asks at once, with 5 s to answer', async (change) => {
    const { connection, clock, network, accept, transport, state } = setUp();
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
    const { connection, clock, network, accept, transport } = setUp();
    void connection.connect();
    accept();
    await clock.advance(15_000);
    clock.jump(600_000);
    network.say('resumed');
    expect(transport.pings).toBe(2);
  });

  test('a transport that notices the end while it writes the ping leaves one timer, for the next dial', async () => {
    const { connection, clock, accept, transport, close, state } = setUp();
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
    const { connection, clock, accept, close } = setUp();
    void connection.connect();
    accept();
    const heard = clock.now();
    await clock.advance(7_000);
    close(1006);
    expect(connection.lastSeen).toBe(heard);
  });
});

describe('the network', () => {
  test('offline is shown at once, and the link that is there is asked and kept: nothing that comes is lost', async () => {
    const { connection, clock, network, accept, state, states, transport, signals, say } = setUp();
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
    const { connection, clock, network, accept, state, say } = setUp();
    void connection.connect();
    accept();
    network.say('offline');
    await clock.advance(2_000);
    say({ type: 'member-removed', channel: 'presence-a', member: { id: '1', info: undefined } });
    await clock.advance(3_000);
    expect(state()).toBe('connected');
  });

  test('offline, and the link does not answer: lost after 5 s, then dialled now and then, all silently', async () => {
    const { connection, clock, network, accept, close, state, transport, signals, errors, waits } = setUp();
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
    const { connection, clock, network, accept, close, state, states, transport } = setUp();
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
    const { connection, clock, network, accept, close, states, transport } = setUp({ local: true });
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
    const { connection, clock, network, close, transport } = setUp();
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
    const { connection, clock, network, accept, close, transport, state } = setUp();
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
    const { connection, clock, network, close } = setUp();
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
    const { connection, clock, network, close, transport } = setUp();
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
    const { connection, clock, network, transport } = setUp();
    void connection.connect();
    await clock.advance(4_000);
    network.say('online');
    await clock.advance(1_000);
    expect(transport.dials).toHaveLength(2);
    expect(transport.doubled).toBe(0);
  });

  test('a network that flaps ten times a second causes no hot loop', async () => {
    const { connection, clock, network, transport } = setUp({ random: 0.5 });
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
    const { connection, clock, network, accept, states, transport } = setUp();
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
    const { connection, clock, network, close, transport } = setUp();
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
    const { connection, network, accept, state } = setUp();
    void connection.connect();
    accept();
    network.isOnline = false;
    network.say('resumed');
    expect(state()).toBe('offline');
  });

  test('offline while a token is renewed: shown, and the renewal goes on', async () => {
    const { connection, clock, network, hooks, close, transport, state } = setUp();
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

describe('how long a dial may take', () => {
  test('less where the last handshakes took milliseconds, and more again when that was not enough', async () => {
    const { connection, clock, accept, close, state, waits } = setUp({ random: 0 });
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
    const slow = setUp({ random: 0 });
    void slow.connection.connect();
    await slow.clock.advance(300);
    slow.accept();
    slow.close(1006);
    await slow.clock.advance(20_000);
    expect(slow.waits().slice(1, 3)).toEqual([6_000, 10_000]);
    const moved = setUp({ random: 0 });
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

describe('what people are told', () => {
  test.each([
    [1006, 'unreachable'],
    [4100, 'busy'],
    [4004, 'busy'],
    [4001, 'refused'],
    [4009, 'needs-sign-in'],
  ] as const)('after %i: %s', (code, trouble) => {
    const { connection, close, accept, hooks } = setUp();
    hooks.renew = () => new Promise(() => {});
    void connection.connect();
    expect(connection.status.get().trouble).toBeUndefined();
    accept();
    close(code);
    expect(connection.status.get()).toMatchObject({ trouble, reason: expect.any(String) });
  });

  test('a token that is refused wherever it was used is in the status, connected or not, until there is another', async () => {
    const { connection, status, clock, accept, close, states } = setUp();
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

describe('the round trip', () => {
  test('is measured once a minute on a link that is never silent', async () => {
    const { connection, clock, accept, say, transport, roundTrips } = setUp();
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
    const { connection, clock, accept, say, close, roundTrips } = setUp();
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

describe('the promise of connect()', () => {
  test('resolves after an outage, however long', async () => {
    const { connection, clock, transport, close, accept, waits } = setUp();
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
    const { connection } = setUp();
    const both = [connection.connect(), connection.connect()];
    connection.disconnect();
    for (const each of both) expect(await settled(each)).toMatchObject({ code: 'aborted' });
  });

  test('rejects after destroy(), without an unhandled rejection for those who do not wait', async () => {
    const { connection, transport } = setUp();
    const unhandled: unknown[] = [];
    const collect = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', collect);
    connection.destroy();
    void connection.connect();
    expect(await settled(connection.connect())).toMatchObject({ name: 'ConnectionError' });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', collect);
    expect(unhandled).toEqual([]);
    expect(transport.dials).toHaveLength(0);
  });

  test('a listener that disconnects and connects again in one go: the first promise rejects, the second resolves', async () => {
    const { connection, accept, state } = setUp();
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
    const { connection, accept, close, state } = setUp();
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
    const { connection, hooks, accept, state } = setUp();
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
    const { connection, hooks, accept } = setUp();
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
    const { connection, clock, transport, close } = setUp();
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

type Story = ReturnType<typeof setUp>;

describe('disconnect() is final', () => {
  const situations: [string, (story: Story) => void | Promise<void>][] = [
    ['while dialling', () => {}],
    ['while connected', ({ accept }) => accept()],
    [
      'in the wait after a drop',
      ({ accept, close }) => {
        accept();
        close(1006);
      },
    ],
    [
      'in the wait after 4100',
      ({ accept, close }) => {
        accept();
        close(4100);
      },
    ],
    [
      'in the wait after 4200',
      ({ accept, close }) => {
        accept();
        close(4200);
      },
    ],
    ['in the wait after 4004', ({ close }) => close(4004)],
    ['in the wait after 4009', ({ close }) => close(4009)],
    ['after a failure', ({ close }) => close(4001)],
    ['offline', ({ network }) => network.say('offline')],
    [
      'back online, before the dial',
      ({ network }) => {
        network.say('offline');
        network.say('online');
      },
    ],
    [
      'while a ping is out',
      async ({ accept, clock }) => {
        accept();
        return clock.advance(16_000);
      },
    ],
  ];
  test.each(situations)('%s', async (_, arrange) => {
    const story = setUp();
    const { connection, clock, network, transport, state, accept } = story;
    const connected = connection.connect();
    await arrange(story);
    connection.disconnect();
    expect(state()).toBe('idle');
    expect(clock.waiting).toBe(0);
    expect(network.listeners.size).toBe(0);
    expect(transport.current).toBeUndefined();
    expect(await settled(connected)).not.toBe('pending');
    const before = transport.dials.length;
    network.say('offline');
    network.say('online');
    await clock.advance(600_000);
    expect(transport.dials).toHaveLength(before);
    void connection.connect();
    accept();
    expect(state()).toBe('connected');
  });

  test.each(['connecting', 'connected', 'reconnecting', 'offline', 'failed'] as const)(
    'inside a status listener, at `%s`',
    async (at) => {
      const story = setUp();
      const { connection, clock, transport, network, accept, close, state, signals } = story;
      connection.status.subscribe((status) => {
        if (status.state === at) connection.disconnect();
      });
      const connected = connection.connect();
      if (at === 'connected' || at === 'reconnecting' || at === 'offline') accept();
      if (at === 'reconnecting') close(1006);
      if (at === 'offline') network.say('offline');
      if (at === 'failed') close(4001);
      expect(state()).toBe('idle');
      expect(await settled(connected)).not.toBe('pending');
      await clock.advance(600_000);
      expect(transport.dials.length).toBe(at === 'connecting' ? 0 : 1);
      expect(transport.current).toBeUndefined();
      expect(clock.waiting).toBe(0);
      expect(network.listeners.size).toBe(0);
      const count = (type: string): number => signals.filter((signal) => signal.type === type).length;
      expect(count('closed')).toBe(count('opened'));
    },
  );

  test.each(['opened', 'closed', 'message'] as const)('where `%s` is heard', async (at) => {
    const { connection, clock, transport, accept, close, say, state, hooks } = setUp();
    hooks.received = ({ type }) => {
      if (type === at) connection.disconnect();
    };
    void connection.connect();
    accept();
    if (at === 'message')
      say({ type: 'message', channel: 'a', event: 'b', data: 1, id: undefined, userId: undefined, bytes: 9 });
    if (at === 'closed') close(1006);
    expect(state()).toBe('idle');
    await clock.advance(600_000);
    expect(transport.dials).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });

  test('where a dial is told (a listener of `log`)', async () => {
    const { connection, clock, transport, hooks, state } = setUp();
    hooks.dialled = () => connection.disconnect();
    void connection.connect();
    expect(state()).toBe('idle');
    expect(transport.dials).toHaveLength(0);
    expect(clock.waiting).toBe(0);
  });

  test('at `connecting`: a dial that did not take place is not told', () => {
    const { connection, hooks, transport } = setUp();
    let told = 0;
    hooks.dialled = () => {
      told += 1;
    };
    connection.status.subscribe(() => connection.disconnect());
    void connection.connect();
    expect(told).toBe(0);
    expect(transport.dials).toHaveLength(0);
  });

  test('where an error is reported', async () => {
    const { connection, clock, transport, hooks, close, state } = setUp();
    hooks.reported = () => connection.disconnect();
    void connection.connect();
    close(1006);
    expect(state()).toBe('idle');
    await clock.advance(600_000);
    expect(transport.dials).toHaveLength(1);
  });

  test('destroy() inside a listener that would connect again leaves nothing', async () => {
    const { connection, clock, transport, accept, network, state } = setUp();
    connection.status.subscribe(({ state: now }) => {
      if (now === 'idle') void connection.connect();
    });
    void connection.connect();
    accept();
    connection.destroy();
    connection.destroy();
    expect(state()).toBe('idle');
    expect(clock.waiting).toBe(0);
    expect(network.listeners.size).toBe(0);
    expect(transport.dials).toHaveLength(1);
  });

  test('before anything was wanted it does nothing', () => {
    const { connection, history } = setUp();
    connection.disconnect();
    connection.destroy();
    expect(history).toEqual([]);
  });
});

test('a status listener that throws is reported, the others are told and the dial goes on', async () => {
  const { connection, accept, errors, states } = setUp();
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
  const { connection, clock, network, transport, accept, close, errors } = setUp({ random: 0.3 });
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
  connection.destroy();
  expect(clock.waiting).toBe(0);
});
