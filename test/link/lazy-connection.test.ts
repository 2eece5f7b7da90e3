import { describe, expect, test, vi } from 'vitest';
import type { RealtimeError } from '../../src/errors';
import { Connection } from '../../src/link/connection';
import { LazyConnection } from '../../src/link/lazy-connection';
import { type Deferred, deferred } from '../../src/support/deferred';
import type { ConnectionStatus } from '../../src/types';
import { HandNetwork } from '../fakes/hand-network';
import { HandTransport } from '../fakes/hand-transport';
import { ManualClock } from '../fakes/manual-clock';

function setUp(wrap: (code: Promise<object>) => Promise<object> = (promise) => promise) {
  const clock = new ManualClock(1_000_000);
  const errors: RealtimeError[] = [];
  const history: ConnectionStatus[] = [];
  const loads: Deferred<object>[] = [];
  const network = new HandNetwork();
  const transport = new HandTransport(() => clock.now());
  transport.onOpen = (receive) => receive({ type: 'opened', socketId: '1.1', idleLimit: 120_000 });
  const lazy = new LazyConnection<object>({
    clock,
    network,
    local: false,
    random: () => 1,
    reports: { error: (error) => errors.push(error) },
    load: () => {
      const load = deferred<object>();
      loads.push(load);
      return wrap(load.promise);
    },
    start: (_, status) =>
      new Connection({
        status,
        clock,
        local: false,
        network,
        transport,
        random: () => 1,
        receive: () => {},
        renewToken: async () => {},
        reports: { error: (error) => errors.push(error), log: () => {} },
        recorder: undefined,
        doubted: () => {},
      }),
  });
  lazy.status.subscribe((status) => history.push(status));
  return {
    clock,
    errors,
    history,
    lazy,
    loads,
    network,
    transport,
    opened: (): number => transport.dials.length,
    states: (): string[] => history.map(({ state }) => state),
  };
}

const code = {};
const lost = new TypeError('Failed to fetch dynamically imported module');

describe('while the code of connections is loaded', () => {
  test('the status says at once that we are connecting, and says it once', async () => {
    const { lazy, loads, states, history, clock } = setUp();
    const connected = lazy.connect();
    expect(lazy.status.get()).toEqual({ state: 'connecting', since: 1_000_000, attempt: 1 });
    await clock.advance(300);
    loads[0]?.resolve(code);
    await connected;
    expect(states()).toEqual(['connecting', 'connected']);
    expect(history[1]).toMatchObject({ attempt: 1, socketId: '1.1', since: 1_000_300 });
  });

  test('everybody who asks waits for the same one, and everybody is told', async () => {
    const { lazy, loads, opened } = setUp();
    const both = Promise.all([lazy.connect(), lazy.connect()]);
    expect(loads).toHaveLength(1);
    loads[0]?.resolve(code);
    await both;
    expect(opened()).toBe(1);
  });

  test.each(['disconnect', 'destroy'] as const)(
    '%s() is the end of it, whatever comes later',
    async (end) => {
      const { lazy, loads, states, opened, errors } = setUp();
      const waiting = lazy.connect();
      lazy[end]();
      await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
      loads[0]?.resolve(code);
      await loads[0]?.promise;
      expect([states(), opened(), errors]).toEqual([['connecting', 'idle'], 0, []]);
      if (end === 'destroy') await expect(lazy.connect()).rejects.toMatchObject({ code: 'connection' });
    },
  );

  test('a listener of the status that disconnects at once ends it, as at any other moment', async () => {
    const { lazy, loads, states, opened } = setUp();
    lazy.status.subscribe(({ state }) => {
      if (state === 'connecting') lazy.disconnect();
    });
    await expect(lazy.connect()).rejects.toMatchObject({ code: 'aborted' });
    loads[0]?.resolve(code);
    await loads[0]?.promise;
    expect([states(), opened()]).toEqual([['connecting', 'idle'], 0]);
  });

  test('a promise of another kind than `Promise` is waited for as well, as where zone.js has replaced that', async () => {
    // What an async function returns is the platform's own, as is what `import()` does.
    const { lazy, loads, states } = setUp(async (promise) => promise);
    vi.stubGlobal('Promise', class extends Promise<unknown> {});
    const connected = lazy.connect();
    vi.unstubAllGlobals();
    expect(states()).toEqual(['connecting']);
    loads[0]?.resolve(code);
    await connected;
  });

  test('there is nothing to measure', async () => {
    const { lazy } = setUp();
    void lazy.connect();
    await expect(lazy.ping()).rejects.toMatchObject({ code: 'connection', retryable: true });
  });

  test('a token that is refused is in the status, and in that of the connection that follows', async () => {
    const { lazy, loads } = setUp();
    lazy.status.signInNeeded(true);
    const connected = lazy.connect();
    expect(lazy.status.get()).toMatchObject({ state: 'connecting', trouble: 'needs-sign-in' });
    loads[0]?.resolve(code);
    await connected;
    expect(lazy.status.get()).toMatchObject({ state: 'connected', trouble: 'needs-sign-in' });
  });
});

describe('destroy()', () => {
  test('is the end: who asks for a connection after it is told, without an unhandled rejection for those who do not wait', async () => {
    const { lazy, loads, opened } = setUp();
    const unhandled: unknown[] = [];
    const collect = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', collect);
    lazy.destroy();
    void lazy.connect();
    await expect(lazy.connect()).rejects.toMatchObject({ name: 'ConnectionError' });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', collect);
    expect([unhandled, loads, opened()]).toEqual([[], [], 0]);
  });

  test('inside a listener that would connect again leaves nothing', async () => {
    const { lazy, loads, clock, network, opened, errors } = setUp();
    lazy.status.subscribe(({ state }) => {
      if (state === 'idle') void lazy.connect();
    });
    const connected = lazy.connect();
    loads[0]?.resolve(code);
    await connected;
    lazy.destroy();
    lazy.destroy();
    expect(lazy.status.get().state).toBe('idle');
    expect([clock.waiting, network.listeners.size, opened(), loads.length]).toEqual([0, 0, 1, 1]);
    expect(errors).toEqual([]);
  });

  test('before anything was wanted does nothing', () => {
    const { lazy, history } = setUp();
    lazy.destroy();
    expect(history).toEqual([]);
  });
});

describe('code that could not be loaded', () => {
  test('is asked for again on a curve, is told once, and the dials are counted on', async () => {
    const { lazy, loads, clock, errors, states } = setUp();
    const connected = lazy.connect();
    loads[0]?.reject(lost);
    await clock.advance(0);
    expect(lazy.status.get()).toMatchObject({
      state: 'reconnecting',
      trouble: 'unreachable',
      reason: expect.stringContaining('could not be loaded'),
      retryAt: 1_002_000,
    });
    await clock.advance(2_000);
    loads[1]?.reject(lost);
    await clock.advance(0);
    expect(errors).toMatchObject([{ code: 'connection', retryable: true }]);
    await clock.advance(4_000);
    loads[2]?.resolve(code);
    await connected;
    expect(lazy.status.get()).toMatchObject({ state: 'connected', attempt: 3 });
    expect(states()).not.toContain('failed');
  });

  test('is asked for again when it does not come at all', async () => {
    const { lazy, loads, clock } = setUp();
    const connected = lazy.connect();
    await clock.advance(10_000);
    expect(lazy.status.get()).toMatchObject({ state: 'reconnecting', trouble: 'unreachable' });
    await clock.advance(2_000);
    expect(loads).toHaveLength(2);
    loads[1]?.resolve(code);
    await connected;
  });

  test('is asked for at once when the network is back, and nobody is blamed for a device that is offline', async () => {
    const { lazy, loads, clock, network, errors } = setUp();
    network.isOnline = false;
    const connected = lazy.connect();
    expect(lazy.status.get()).toMatchObject({ state: 'offline', trouble: 'offline' });
    loads[0]?.reject(lost);
    await clock.advance(0);
    expect(lazy.status.get()).toMatchObject({ state: 'offline', retryAt: 1_002_000 });
    network.isOnline = true;
    lazy.hurry();
    expect(loads).toHaveLength(2);
    loads[1]?.resolve(code);
    await connected;
    expect(errors).toEqual([]);
  });

  test('is not asked for again once it is there, however long the connection waits for its next dial', async () => {
    const { lazy, loads, transport, opened } = setUp();
    const connected = lazy.connect();
    loads[0]?.resolve(code);
    await connected;
    transport.current?.({ type: 'closed', code: 1006 });
    expect(lazy.status.get()).toMatchObject({ state: 'reconnecting', retryAt: expect.any(Number) });
    lazy.hurry();
    expect([loads.length, opened()]).toEqual([1, 1]);
  });

  test('is asked for at once by connect(), but not in a loop with a listener of the status', async () => {
    const { lazy, loads, clock } = setUp();
    lazy.status.subscribe(({ retryAt }) => {
      if (retryAt !== undefined) void lazy.connect();
    });
    void lazy.connect();
    loads[0]?.reject(lost);
    await clock.advance(0);
    expect(loads).toHaveLength(1);
    await clock.advance(1_000);
    void lazy.connect();
    expect(loads).toHaveLength(2);
  });
});
