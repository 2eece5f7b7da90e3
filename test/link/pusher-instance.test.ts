import Pusher from 'pusher-js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PusherInstanceLink } from '../../src/link/pusher-instance';
import type { PusherInstance } from '../../src/link/pusher-module';
import { HandSocket } from '../fakes/hand-socket';
import { dialSocketsFrom } from '../fakes/pusher-sockets';
import { recordTold as record, ToldLink } from '../fakes/told-link';

let undo: () => void;

beforeEach(() => {
  HandSocket.all = [];
  vi.useFakeTimers();
  undo = dialSocketsFrom((url) => new HandSocket(url));
});
afterEach(() => {
  vi.useRealTimers();
  undo();
});

/** An application's own Pusher, which connects by itself. */
function setUp(more: Readonly<Record<string, unknown>> = {}) {
  const pusher = new Pusher('key', {
    cluster: '',
    wsHost: 'server.test',
    enabledTransports: ['ws'],
    ...more,
  });
  const link = new ToldLink(new PusherInstanceLink(pusher as unknown as PusherInstance));
  return { pusher, link, events: record() };
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

/** Every callback on a connection, by event. */
function listeners(pusher: Pusher): Record<string, number> {
  const { callbacks } = pusher.connection as unknown as {
    callbacks: { _callbacks: Record<string, readonly unknown[] | undefined> };
  };
  const all = Object.entries(callbacks._callbacks).map(
    ([event, list]) => [event, list?.length ?? 0] as const,
  );
  return Object.fromEntries(all.filter(([, count]) => count > 0));
}

describe('an instance that the application made', () => {
  test('is dialled anew when it is already connected', async () => {
    const { pusher, link, events } = setUp();
    HandSocket.last.welcome('1.1');
    expect(pusher.connection.state).toBe('connected');
    link.open(events);
    expect(HandSocket.living).toBe(1);
    HandSocket.last.welcome('2.2', 30);
    await settle();
    expect(events.log).toEqual([['opened', '2.2', 30_000]]);
    link.destroy();
  });

  test('is left alone while nobody dials: neither building nor destroying the link hangs it up', () => {
    const { pusher, link } = setUp();
    const before = listeners(pusher);
    HandSocket.last.welcome('1.1');
    link.close();
    link.destroy();
    expect(pusher.connection.state).toBe('connected');
    expect(listeners(pusher)).toEqual(before);
    pusher.disconnect();
  });

  test('is free of our listeners after destroy(), and the application can go on with it', async () => {
    const { pusher, link, events } = setUp();
    const own = vi.fn();
    pusher.connection.bind('connected', own);
    const before = listeners(pusher);
    link.open(events);
    HandSocket.last.welcome();
    link.destroy();
    link.destroy();
    expect(listeners(pusher)).toEqual(before);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(HandSocket.living).toBe(0);
    pusher.connect();
    HandSocket.last.welcome('3.3');
    expect(pusher.connection.state).toBe('connected');
    expect(own).toHaveBeenCalledTimes(2);
    expect(events.log).toEqual([['opened', '1.1', 120_000]]);
    pusher.disconnect();
  });

  test.each([{}, null, class {}, Pusher, { connection: {} }])('is not just anything (%o)', (stranger) => {
    expect(() => new PusherInstanceLink(stranger as never)).toThrow(
      expect.objectContaining({ code: 'configuration', message: expect.stringContaining('`Pusher`') }),
    );
  });

  test('without a transport that works here is a configuration error', () => {
    const { link, events } = setUp({ enabledTransports: ['sockjs'] });
    expect(() => link.open(events)).toThrow(expect.objectContaining({ code: 'configuration' }));
    link.destroy();
  });
});

describe('the end', () => {
  test.each([1000, 1001, 1002, 1003, 1004, 1005, 1006, 1011, 4000, 4001, 4100, 4200, 4300])(
    '%i is one `closed`, and pusher-js dials no more by itself',
    async (code) => {
      const { link, events } = setUp();
      link.open(events);
      HandSocket.last.welcome();
      HandSocket.last.end(code);
      await settle();
      // pusher-js does not say which of the two ordinary codes it was.
      expect(events.log.slice(1)).toEqual([
        ['closed', code === 1000 || code === 1001 ? undefined : code, undefined],
      ]);
      const dials = HandSocket.all.length;
      await vi.advanceTimersByTimeAsync(120_000);
      expect(HandSocket.all).toHaveLength(dials);
      expect(HandSocket.living).toBe(0);
      link.destroy();
    },
  );

  test.each([1000, 1006, 4001, 4100, 4200])('%i in the handshake, too', async (code) => {
    const { link, events } = setUp();
    link.open(events);
    const dials = HandSocket.all.length;
    HandSocket.last.open();
    HandSocket.last.end(code);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(events.log).toEqual([['closed', code === 1000 ? undefined : code, undefined]]);
    expect(HandSocket.all).toHaveLength(dials);
    link.destroy();
  });

  test.each([1002, 4100, 4200])(
    'disconnect() undone by a leaked timer: destroy() in the moment of a %i close is final',
    async (code) => {
      const { pusher, link, events } = setUp();
      const closed = vi.fn(() => link.destroy());
      link.open({ ...events, closed });
      HandSocket.last.welcome();
      HandSocket.last.end(code);
      await settle();
      expect(closed).toHaveBeenCalledOnce();
      const dials = HandSocket.all.length;
      await vi.advanceTimersByTimeAsync(120_000);
      expect(HandSocket.all).toHaveLength(dials);
      expect(pusher.connection.state).toBe('disconnected');
    },
  );

  test.each([1002, 4100, 4200])('and so is destroy() before we know of the %i close', async (code) => {
    const { link, events } = setUp();
    link.open(events);
    HandSocket.last.welcome();
    HandSocket.last.end(code);
    link.destroy();
    const dials = HandSocket.all.length;
    await vi.advanceTimersByTimeAsync(120_000);
    expect(HandSocket.all).toHaveLength(dials);
    expect(events.log).toHaveLength(1);
  });

  test('says connected for 1 s after the socket died: `closed` comes in the same turn', async () => {
    const { link, events } = setUp();
    link.open(events);
    HandSocket.last.welcome();
    HandSocket.last.end(1006);
    await Promise.resolve();
    await Promise.resolve();
    expect(events.log.at(-1)).toEqual(['closed', 1006, undefined]);
    expect(link.write('b', 'client-a', {})).toBe(false);
    link.destroy();
  });

  test('an error about a channel is not the end, and not the reason of a later one', async () => {
    const { link, events } = setUp();
    link.open(events);
    HandSocket.last.welcome();
    HandSocket.last.say({ event: 'pusher:error', data: { code: 4009, message: 'no' } });
    await settle();
    expect(events.log.map(([kind]) => kind)).toEqual(['opened', 'frame']);
    HandSocket.last.end(1000);
    await settle();
    expect(events.log.at(-1)).toEqual(['closed', undefined, undefined]);
    link.destroy();
  });

  test('a dial after the end is heard, and the one before it is not', async () => {
    const { link, events } = setUp();
    link.open(events);
    const first = HandSocket.last;
    first.welcome();
    first.end(4200);
    await settle();
    const later = record();
    link.open(later);
    HandSocket.last.welcome('2.2');
    first.end(1006);
    await settle();
    // After an end like this pusher-js itself takes 10 s of silence for death.
    expect(later.log).toEqual([['opened', '2.2', 10_000]]);
    expect(HandSocket.living).toBe(1);
    link.destroy();
  });

  test('an application that hangs up its instance has ended our connection, and is told no lie', async () => {
    const { pusher, link, events } = setUp();
    link.open(events);
    HandSocket.last.welcome();
    pusher.disconnect();
    await settle();
    expect(events.log.at(-1)).toEqual(['closed', undefined, undefined]);
    link.destroy();
  });

  test('an application that dials while we are hung up is hung up again', async () => {
    const { pusher, link, events } = setUp();
    link.open(events);
    HandSocket.last.welcome();
    link.close();
    pusher.connect();
    await settle();
    expect(pusher.connection.state).toBe('disconnected');
    expect(HandSocket.living).toBe(0);
    link.destroy();
  });
});

describe('frames', () => {
  test('come with the data that pusher-js parsed, and not parsed twice', async () => {
    const { link, events } = setUp();
    link.open(events);
    HandSocket.last.welcome();
    for (const data of ['{"a":1}', '"7"', 'plain', { b: 2 }])
      HandSocket.last.say({ event: 'progress', channel: 'a', data, user_id: 'ada' });
    expect(events.frames.map((frame) => frame.type === 'message' && frame.data)).toEqual([
      { a: 1 },
      '7',
      'plain',
      { b: 2 },
    ]);
    expect(events.frames[0]).toMatchObject({ event: 'progress', channel: 'a', userId: 'ada' });
    link.destroy();
  });

  test('that are no JSON are malformed, and the connection lives on', async () => {
    const { link, events } = setUp();
    link.open(events);
    HandSocket.last.welcome();
    HandSocket.last.say('{"event":');
    await settle();
    expect(events.log.slice(1)).toEqual([['malformed', 'a frame that is not JSON', 0]]);
    expect(HandSocket.living).toBe(1);
    link.destroy();
  });

  test('are written while the connection is open, and only then', async () => {
    const { link, events } = setUp();
    expect(link.write('b', 'client-a', {})).toBe(false);
    link.open(events);
    HandSocket.last.welcome();
    expect(link.write('b', 'client-a', { x: 1 })).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(HandSocket.last.sent.map((text) => JSON.parse(text))).toContainEqual({
      event: 'client-a',
      channel: 'b',
      data: { x: 1 },
    });
    link.close();
    expect(link.write('b', 'client-a', {})).toBe(false);
    link.destroy();
  });
});
