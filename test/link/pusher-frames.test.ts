import { describe, expect, test, vi } from 'vitest';
import { HandSocket } from '../fakes/hand-socket';
import { dialHandSockets, PusherClass, pusherLink } from '../fakes/pusher-link';
import type { recordTold as record, ToldLink } from '../fakes/told-link';

dialHandSockets();

describe('frames', () => {
  function connected(): { link: ToldLink; events: ReturnType<typeof record>; socket: HandSocket } {
    const { link, events } = pusherLink();
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
    const { link, events } = pusherLink();
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
    const { link, events } = pusherLink();
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
