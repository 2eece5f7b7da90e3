import Pusher from 'pusher-js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PusherLink, type PusherLinkSettings } from '../../src/link/pusher';
import type { PusherConstructor } from '../../src/link/pusher-module';
import { HandSocket } from '../fakes/hand-socket';
import { recordTold as record, type Told, ToldLink } from '../fakes/told-link';

const PusherClass = Pusher as unknown as PusherConstructor & {
  instances: unknown[];
  isReady: boolean;
  logToConsole: boolean;
  log: ((message: unknown) => void) | undefined;
  readonly Runtime: object;
};

beforeEach(() => {
  HandSocket.all = [];
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', HandSocket);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  PusherClass.log = undefined;
});

const options = { cluster: '', wsHost: 'server.test', forceTLS: true };

function over(settings: PusherLinkSettings): ToldLink {
  return new ToldLink(new PusherLink(settings));
}

function setUp(more: Readonly<Record<string, unknown>> = {}, key = 'key') {
  const link = over({ key, pusherOptions: { ...options, ...more }, Pusher: PusherClass });
  const events = record();
  return { link, events };
}

describe('a dial', () => {
  test('is one socket, and `opened` tells its id and the server’s idle limit', () => {
    const { link, events } = setUp();
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
    const { link, events } = setUp({ forceTLS: false, enabledTransports: ['ws', 'wss'] });
    link.open(events);
    await vi.advanceTimersByTimeAsync(9_900);
    expect(HandSocket.all).toHaveLength(1);
    link.close();
    expect(HandSocket.living).toBe(0);
  });

  test('`wss` alone is `failed` at once in pusher-js: here it dials', () => {
    const { link, events } = setUp({ enabledTransports: ['wss'] });
    link.open(events);
    expect(HandSocket.last.url).toMatch(/^wss:/);
    link.close();
  });

  test('a transport remembered in localStorage is not tried beside the first', async () => {
    const stored = vi.fn(() => JSON.stringify({ timestamp: Date.now(), transport: 'ws', latency: 100 }));
    const Runtime = PusherClass.Runtime as { getLocalStorage(): unknown };
    const before = Runtime.getLocalStorage;
    Runtime.getLocalStorage = () => new Proxy({}, { get: stored });
    const { link, events } = setUp();
    link.open(events);
    await vi.advanceTimersByTimeAsync(9_900);
    expect(stored).not.toHaveBeenCalled();
    expect(HandSocket.all).toHaveLength(1);
    Runtime.getLocalStorage = before;
    link.close();
  });

  test('opening again lets go of the dial before it', () => {
    const { link, events } = setUp();
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
    const { link } = setUp();
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
    const { link, events } = setUp();
    link.open(events);
    expect(Object.getOwnPropertyDescriptors(PusherClass.Runtime)).toEqual(before);
    expect(PusherClass.isReady).toBe(ready);
    link.destroy();
  });

  test('a Pusher of the application’s own is not disturbed', () => {
    const own = new Pusher('own', { ...options, enabledTransports: ['ws'] });
    const before = own.connection.state;
    const { link, events } = setUp();
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
    const { link, events } = setUp();
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
      expect(() => over({ key: 'key', pusherOptions: options, Pusher: stranger as never })).toThrow(
        expect.objectContaining({ code: 'configuration' }),
      );
    }
  });

  test('options that pusher-js throws at', () => {
    const link = over({ key: 'key', pusherOptions: {}, Pusher: PusherClass });
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
    const link = over({ key: 'key', pusherOptions: options, Pusher: ForPages as never });
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
    const { link } = setUp({ wsHost: '127.0.0.1', wsPort: 1, forceTLS: false });
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
    const link = over({ key: 'key', pusherOptions: options, Pusher: shape as never });
    link.open(record());
    expect(HandSocket.all).toHaveLength(1);
    link.destroy();
  });
});

describe('the end', () => {
  test.each([1000, 1001, 1002, 1003, 1004, 1006, 1011, 4000, 4001, 4100, 4200, 4300])(
    'disconnect() undone by a leaked timer: after %i nobody dials again',
    async (code) => {
      const { link, events } = setUp();
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
      const { link, events } = setUp();
      link.open(events);
      HandSocket.last.open();
      HandSocket.last.end(code);
      await vi.advanceTimersByTimeAsync(120_000);
      expect(events.log).toEqual([['closed', code, undefined]]);
      expect(HandSocket.all).toHaveLength(1);
    },
  );

  test('a refusal said in the handshake counts, also where the server then closes without a code (Reverb)', () => {
    const { link, events } = setUp();
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
    const { link, events } = setUp();
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
      const { link, events } = setUp();
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
      const { link, events } = setUp();
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
      const { link, events } = setUp();
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
      const { link, events } = setUp();
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
    const { link, events } = setUp();
    link.open(events);
    HandSocket.last.welcome();
    link.close();
    link.destroy();
    expect(HandSocket.last.closings).toBe(1);
  });

  test('open() inside `closed` dials once, and that dial is heard', () => {
    const { link, events } = setUp();
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
    const { link, events } = setUp({ pongTimeout: 100, activityTimeout: 100 });
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

describe('frames', () => {
  function connected(): { link: ToldLink; events: ReturnType<typeof record>; socket: HandSocket } {
    const { link, events } = setUp();
    link.open(events);
    HandSocket.last.welcome();
    events.log.length = 0;
    return { link, events, socket: HandSocket.last };
  }

  test.each([
    ['binary', new ArrayBuffer(4), 'a frame that is not text'],
    ['no JSON', '{"event":', 'a frame that is not JSON'],
    ['a number', '7', 'a frame that is not an object'],
    ['null', 'null', 'a frame that is not an object'],
    ['a list', '[]', 'a frame without an event'],
    ['no event (an old service’s `type`)', '{"type":"message","data":{}}', 'a frame without an event'],
    ['an event that is no text', '{"event":7}', 'a frame without an event'],
    ['a channel that is no text', '{"event":"a","channel":{}}', 'a frame whose channel is not a text'],
    [
      'a second handshake',
      '{"event":"pusher:connection_established","data":{"socket_id":"2.2","activity_timeout":1}}',
      'a second handshake',
    ],
  ])('%s is malformed, and the connection lives on', (_, data, reason) => {
    const { link, events, socket } = connected();
    socket.onmessage?.({ data });
    expect(events.log).toEqual([['malformed', reason, typeof data === 'string' ? data.length : 0]]);
    socket.say({ event: 'progress', channel: 'a', data: '{"progress":1}' });
    expect(events.frames).toMatchObject([{ event: 'progress', channel: 'a', data: { progress: 1 } }]);
    link.destroy();
  });

  test('a frame before the handshake is not passed on', () => {
    const { link, events } = setUp();
    link.open(events);
    HandSocket.last.open();
    HandSocket.last.say({ event: 'progress', channel: 'a' });
    HandSocket.last.say({ event: 'pusher_internal:subscription_succeeded', channel: 'a' });
    expect(events.kinds()).toEqual(['malformed', 'malformed']);
    HandSocket.last.welcome();
    expect(events.kinds().at(-1)).toBe('opened');
    link.destroy();
  });

  test('`__proto__` and friends are plain fields of the payload and change nothing else', () => {
    const { link, events, socket } = connected();
    const data = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
    socket.say(
      `{"event":"__proto__","channel":"constructor","data":${JSON.stringify(data)},"__proto__":{"user_id":"x"}}`,
    );
    expect(events.frames).toMatchObject([{ event: '__proto__', channel: 'constructor', userId: undefined }]);
    const [frame] = events.frames;
    expect(frame?.type === 'message' && Object.keys(frame.data as object)).toEqual([
      '__proto__',
      'constructor',
    ]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    link.destroy();
  });

  test('a megabyte, and data that is text, number, null or missing, come as they are', () => {
    const { link, events, socket } = connected();
    const big = 'x'.repeat(1_000_000);
    for (const data of [JSON.stringify(big), 'plain text', '"7"', '7', 'null', null, 7, undefined])
      socket.say({ event: 'a', channel: 'b', data });
    expect(events.frames.map((frame) => frame.type === 'message' && frame.data)).toEqual([
      big,
      'plain text',
      '7',
      7,
      null,
      null,
      7,
      undefined,
    ]);
    link.destroy();
  });

  test('pings of the server are answered, once', async () => {
    const { link, events, socket } = connected();
    socket.say({ event: 'pusher:ping', data: {} });
    await vi.advanceTimersByTimeAsync(10);
    expect(socket.sent.map((text) => JSON.parse(text).event)).toEqual(['pusher:pong']);
    expect(events.kinds()).toEqual([]);
    link.destroy();
  });

  test('are written at once, and false says that there is nothing to write to', () => {
    const { link, events } = setUp();
    expect(link.write('b', 'client-a', {})).toBe(false);
    link.open(events);
    expect(link.write('b', 'client-a', {})).toBe(false);
    HandSocket.last.open();
    expect(link.write('b', 'client-a', {})).toBe(false);
    HandSocket.last.welcome();
    expect(link.write('b', 'client-a', { x: 1 })).toBe(true);
    link.ping();
    expect(HandSocket.last.sent.map((text) => JSON.parse(text))).toEqual([
      { event: 'client-a', channel: 'b', data: { x: 1 } },
      { event: 'pusher:ping', data: {} },
    ]);
    HandSocket.last.readyState = 2;
    expect(link.write('b', 'client-a', {})).toBe(false);
    link.destroy();
    expect(link.write('b', 'client-a', {})).toBe(false);
  });

  test('who reads pusher-js’s log sees every frame there, and a reader that throws costs us nothing', () => {
    const lines: string[] = [];
    PusherClass.log = (line) => {
      lines.push(String(line));
      if (String(line).includes('boom')) throw new Error('mine');
    };
    const { link, events, socket } = connected();
    socket.say({ event: 'progress', channel: 'a', data: '{"progress":1}' });
    expect(lines.some((line) => line.includes('progress'))).toBe(true);
    socket.say({ event: 'boom', channel: 'a' });
    expect(events.frames).toMatchObject([{ event: 'progress' }, { event: 'boom' }]);
    link.destroy();
  });
});
