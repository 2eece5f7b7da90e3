import Pusher from 'pusher-js';
import { describe, expect, test, vi } from 'vitest';
import { HandSocket } from '../fakes/hand-socket';
import { dialHandSockets, linkOver, PusherClass, pusherLink, pusherOptions } from '../fakes/pusher-link';
import { recordTold as record, type Told } from '../fakes/told-link';

dialHandSockets();

describe('a dial', () => {
  test('is one socket, and `opened` tells its id and the server’s idle limit', () => {
    const { link, events } = pusherLink();
    link.open(events);
    expect(HandSocket.all).toHaveLength(1);
    expect(HandSocket.last.url).toMatch(
      /^wss:\/\/server\.test:443\/app\/key\?protocol=7&client=js&version=8\.6\.0/,
    );
    HandSocket.last.welcome('7.7', 30);
    expect(events.log).toEqual([['opened', '7.7', 30_000]]);
    link.close();
  });

  test('a socket that does not open stays the only one: no second transport, no second address', async () => {
    const { link, events } = pusherLink({ forceTLS: false, enabledTransports: ['ws', 'wss'] });
    link.open(events);
    await vi.advanceTimersByTimeAsync(9_900);
    expect(HandSocket.all).toHaveLength(1);
    link.close();
    expect(HandSocket.living).toBe(0);
  });

  test('`wss` alone is `failed` at once in pusher-js: here it dials', () => {
    const { link, events } = pusherLink({ enabledTransports: ['wss'] });
    link.open(events);
    expect(HandSocket.last.url).toMatch(/^wss:/);
    link.close();
  });

  test('a transport remembered in localStorage is not tried beside the first', async () => {
    const stored = vi.fn(() => JSON.stringify({ timestamp: Date.now(), transport: 'ws', latency: 100 }));
    const Runtime = PusherClass.Runtime as { getLocalStorage(): unknown };
    const before = Runtime.getLocalStorage;
    Runtime.getLocalStorage = () => new Proxy({}, { get: stored });
    const { link, events } = pusherLink();
    link.open(events);
    await vi.advanceTimersByTimeAsync(9_900);
    expect(stored).not.toHaveBeenCalled();
    expect(HandSocket.all).toHaveLength(1);
    Runtime.getLocalStorage = before;
    link.close();
  });

  test('opening again lets go of the dial before it', () => {
    const { link, events } = pusherLink();
    link.open(events);
    const first = HandSocket.last;
    const later = record();
    link.open(later);
    expect(first.readyState).toBe(2);
    expect(HandSocket.living).toBe(1);
    first.welcome();
    first.end();
    HandSocket.last.welcome();
    expect(events.log).toEqual([]);
    expect(later.kinds()).toEqual(['opened']);
    link.close();
  });

  test('a hundred dials leave one socket, no timer and nothing in Pusher.instances', () => {
    const instances = PusherClass.instances.length;
    const { link } = pusherLink();
    for (let dial = 0; dial < 100; dial += 1) {
      const events = record();
      link.open(events);
      HandSocket.last.welcome();
      HandSocket.last.end(4100);
      expect(events.kinds()).toEqual(['opened', 'closed']);
    }
    expect(HandSocket.all).toHaveLength(100);
    expect(HandSocket.living).toBe(0);
    expect(PusherClass.instances).toHaveLength(instances);
    link.destroy();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('`Pusher` is as it was: ready, its Runtime untouched', () => {
    const before = Object.getOwnPropertyDescriptors(PusherClass.Runtime);
    const ready = PusherClass.isReady;
    const { link, events } = pusherLink();
    link.open(events);
    expect(Object.getOwnPropertyDescriptors(PusherClass.Runtime)).toEqual(before);
    expect(PusherClass.isReady).toBe(ready);
    link.destroy();
  });

  test('a Pusher of the application’s own is not disturbed', () => {
    const own = new Pusher('own', { ...pusherOptions, enabledTransports: ['ws'] });
    const before = own.connection.state;
    const { link, events } = pusherLink();
    link.open(events);
    link.destroy();
    expect(own.connection.state).toBe(before);
    expect(PusherClass.instances).toContain(own);
    own.disconnect();
  });
});

describe('what cannot work says so', () => {
  test('a WebSocket that refuses the address (ws: in a page on https:)', () => {
    vi.stubGlobal(
      'WebSocket',
      class {
        constructor() {
          throw new DOMException('An insecure WebSocket connection may not be initiated', 'SecurityError');
        }
      },
    );
    const { link, events } = pusherLink();
    expect(() => link.open(events)).toThrow(
      expect.objectContaining({
        code: 'configuration',
        message: expect.stringMatching(/SecurityError.*insecure/),
      }),
    );
    expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
    vi.runAllTimers();
    expect(events.log).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a class without pusher-js’s inside', () => {
    const strangers: unknown[] = [class {}, Object.assign(() => {}, { Runtime: {} }), {}, 7];
    for (const stranger of strangers) {
      expect(() => linkOver({ key: 'key', pusherOptions, Pusher: stranger as never })).toThrow(
        expect.objectContaining({ code: 'configuration' }),
      );
    }
  });

  test('options that pusher-js throws at', () => {
    const link = linkOver({ key: 'key', pusherOptions: {}, Pusher: PusherClass });
    expect(() => link.open(record())).toThrow(
      expect.objectContaining({ code: 'configuration', message: expect.stringContaining('cluster') }),
    );
  });

  test('the build of pusher-js for pages, in a worker: names the one that runs there', () => {
    // Firefox's words; the others differ.
    class ForPages extends (PusherClass as unknown as new (key: string, options: object) => object) {
      constructor(key: string, options: object) {
        super(key, options);
        throw new ReferenceError('document is not defined');
      }
    }
    const link = linkOver({ key: 'key', pusherOptions, Pusher: ForPages as never });
    expect(() => link.open(record())).toThrow(
      expect.objectContaining({
        code: 'configuration',
        message: expect.stringMatching(/worker.*`pusher-js\/worker`.*option `Pusher`/),
      }),
    );
  });

  test('without a global WebSocket the one that pusher-js brings is used', async () => {
    vi.useRealTimers();
    vi.stubGlobal('WebSocket', undefined);
    const { link } = pusherLink({ wsHost: '127.0.0.1', wsPort: 1, forceTLS: false });
    const [code] = await new Promise<unknown[]>((resolve) => {
      link.open({ ...record(), closed: (...values) => resolve(values) });
    });
    expect(code).toBe(1006);
    link.destroy();
  });

  test.each([
    ['the class in `Pusher` (React Native, Node with 8.5.0)', { Pusher: PusherClass }],
    ['the class in `default`', { default: PusherClass }],
  ])('%s is taken as the class', (_, shape) => {
    const link = linkOver({ key: 'key', pusherOptions, Pusher: shape as never });
    link.open(record());
    expect(HandSocket.all).toHaveLength(1);
    link.destroy();
  });
});

describe('the end', () => {
  test.each([1000, 1001, 1002, 1003, 1004, 1006, 1011, 4000, 4001, 4100, 4200, 4300])(
    'disconnect() undone by a leaked timer: after %i nobody dials again',
    async (code) => {
      const { link, events } = pusherLink();
      link.open(events);
      HandSocket.last.welcome();
      HandSocket.last.end(code, 'why');
      expect(events.log.at(-1)).toEqual(['closed', code, 'why']);
      link.close();
      await vi.advanceTimersByTimeAsync(120_000);
      expect(HandSocket.all).toHaveLength(1);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  test.each([4000, 4001, 4100, 4200, 1006, 1000])(
    '%i in the handshake is one `closed`, and one socket',
    async (code) => {
      const { link, events } = pusherLink();
      link.open(events);
      HandSocket.last.open();
      HandSocket.last.end(code);
      await vi.advanceTimersByTimeAsync(120_000);
      expect(events.log).toEqual([['closed', code, undefined]]);
      expect(HandSocket.all).toHaveLength(1);
    },
  );

  test('a refusal said in the handshake counts, also where the server then closes without a code (Reverb)', () => {
    const { link, events } = pusherLink();
    link.open(events);
    HandSocket.last.open();
    HandSocket.last.say({
      event: 'pusher:error',
      data: '{"code":4001,"message":"Application does not exist"}',
    });
    HandSocket.last.end(1000);
    expect(events.log).toEqual([['closed', 4001, 'Application does not exist']]);
  });

  test('an error after the handshake is a frame, not the end', () => {
    const { link, events } = pusherLink();
    link.open(events);
    HandSocket.last.welcome();
    HandSocket.last.say({ event: 'pusher:error', data: { code: 4009, message: 'no such channel for you' } });
    expect(events.kinds()).toEqual(['opened', 'frame']);
    expect(HandSocket.living).toBe(1);
    link.destroy();
  });

  test.each([
    ['missing', 120_000],
    [0, 120_000],
    [-1, 120_000],
    ['soon', 120_000],
    [null, 120_000],
    [{ valueOf: 1 }, 120_000],
    ['', 120_000],
    [0.001, 5_000],
    ['30', 30_000],
    [1e300, 86_400_000],
  ])(
    'handshake without a good activity_timeout hangs in pusher-js: here it counts within reason (%j)',
    (activityTimeout, idleLimit) => {
      const { link, events } = pusherLink();
      link.open(events);
      const data = {
        socket_id: '1.1',
        ...(activityTimeout === 'missing' ? {} : { activity_timeout: activityTimeout }),
      };
      HandSocket.last.open();
      HandSocket.last.say({ event: 'pusher:connection_established', data });
      expect(events.log).toEqual([['opened', '1.1', idleLimit]]);
      link.destroy();
    },
  );

  test.each([undefined, '', 7, {}, '1.1:private-payroll', '1.1 ', 'x'.repeat(200), '1.1\n'])(
    'a socket id that no backend should sign ends the dial (%j)',
    (socketId) => {
      const { link, events } = pusherLink();
      link.open(events);
      HandSocket.last.open();
      HandSocket.last.say({
        event: 'pusher:connection_established',
        data: { socket_id: socketId, activity_timeout: 120 },
      });
      expect(events.log).toEqual([
        ['closed', undefined, expect.stringContaining('did not introduce itself')],
      ]);
      expect(HandSocket.living).toBe(0);
    },
  );

  test('close() in every state is silent and leaves no timer', () => {
    const states: ((socket: HandSocket) => void)[] = [
      () => {},
      (socket) => socket.open(),
      (socket) => socket.welcome(),
      (socket) => {
        socket.welcome();
        socket.say({ event: 'pusher:ping' });
      },
    ];
    for (const arrange of states) {
      const { link, events } = pusherLink();
      link.open(events);
      const socket = HandSocket.last;
      arrange(socket);
      const before = events.log.length;
      link.close();
      link.close();
      socket.welcome();
      socket.end();
      vi.runOnlyPendingTimers();
      expect(events.log).toHaveLength(before);
      expect(vi.getTimerCount()).toBe(0);
    }
  });

  test.each(['opened', 'frame', 'malformed', 'closed'] as const)(
    'close() inside `%s` is the end',
    async (at) => {
      const { link, events } = pusherLink();
      const closing: Told = {
        ...events,
        [at]: (...values: never[]) => {
          (events[at] as (...all: never[]) => void)(...values);
          link.close();
        },
      };
      link.open(closing);
      const socket = HandSocket.last;
      socket.welcome();
      if (at === 'frame' || at === 'malformed')
        socket.say(at === 'frame' ? { event: 'a', channel: 'b' } : 'x');
      const before = events.log.length;
      if (at !== 'closed') socket.say({ event: 'a', channel: 'b' });
      socket.end();
      await vi.advanceTimersByTimeAsync(120_000);
      expect(events.log).toHaveLength(at === 'closed' ? before + 1 : before);
      expect(HandSocket.living).toBe(0);
      expect(HandSocket.all).toHaveLength(1);
    },
  );

  test('a socket is closed once: closed twice, the one that pusher-js brings keeps Node alive for 30 s', () => {
    const { link, events } = pusherLink();
    link.open(events);
    HandSocket.last.welcome();
    link.close();
    link.destroy();
    expect(HandSocket.last.closings).toBe(1);
  });

  test('open() inside `closed` dials once, and that dial is heard', () => {
    const { link, events } = pusherLink();
    const later = record();
    link.open({ ...events, closed: () => link.open(later) });
    HandSocket.last.welcome();
    HandSocket.last.end(4200);
    expect(HandSocket.all).toHaveLength(2);
    HandSocket.last.welcome('2.2');
    expect(later.log).toEqual([['opened', '2.2', 120_000]]);
    link.destroy();
  });

  test('a link that pusher-js would give up is ours to judge: it writes nothing, and never dials by itself', async () => {
    const { link, events } = pusherLink({ pongTimeout: 100, activityTimeout: 100 });
    link.open(events);
    HandSocket.last.welcome('1.1', 1);
    await vi.advanceTimersByTimeAsync(24 * 3_600_000);
    expect(HandSocket.last.sent).toEqual([]);
    expect(HandSocket.all).toHaveLength(1);
    expect(HandSocket.living).toBe(1);
    link.destroy();
    expect(vi.getTimerCount()).toBe(0);
  });
});
