import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { RealtimeClient } from '../../src/index';
import { createLegacyWebSocket } from '../../src/legacy/index';
import { createTestServer } from '../../src/testing/index';
import { OldServer } from './old-server';

type SocketClass = new (address: string | URL, protocols?: string | string[]) => WebSocket;

interface Platform {
  readonly Socket: SocketClass;
  /** An address that can be opened, without its path. */
  readonly origin: string;
  stop(): Promise<void> | void;
}

/** Node's own, on an old server: the reference. */
async function native(): Promise<Platform> {
  const server = new OldServer();
  await server.start();
  return { Socket: globalThis.WebSocket, origin: server.origin, stop: () => server.stop() };
}

/** Ours, on a Pusher server in memory. */
async function lookalike(): Promise<Platform> {
  const server = createTestServer();
  const client = new RealtimeClient({ ...server.options });
  const routes = { '/ws/native': 'test-channel', '/': 'test-channel' };
  const Socket: SocketClass = createLegacyWebSocket(client, routes);
  const stop = async (): Promise<void> => {
    client.destroy();
    await server.stop();
  };
  return { Socket, origin: 'ws://127.0.0.1:8000', stop };
}

/** The exception's name, or undefined when nothing is thrown. */
function thrownBy(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as Error).name;
  }
}

/** Where a class, or one that it extends, has it. */
function inherited(place: object, name: string): PropertyDescriptor | undefined {
  for (let each = place; each !== null; each = Object.getPrototypeOf(each)) {
    if (Object.hasOwn(each, name)) return Object.getOwnPropertyDescriptor(each, name);
  }
  return undefined;
}

/**
 * What the Web Platform Tests for WebSockets check, as far as it can be seen without a network. The names of theirs are in brackets. The same
 * assertions run against Node's WebSocket: what is green twice looks alike.
 */
describe.each([
  ['the WebSocket of Node', native],
  ['LegacySocket', lookalike],
])('%s', (_name, begin) => {
  let platform: Platform;
  const opened: WebSocket[] = [];

  beforeAll(async () => {
    platform = await begin();
  });
  afterEach(() => {
    for (const socket of opened.splice(0)) {
      socket.onerror = null;
      socket.close();
    }
  });
  afterAll(() => platform.stop());

  function dial(address = `${platform.origin}/ws/native`, protocols?: string | string[]): WebSocket {
    const socket =
      protocols === undefined ? new platform.Socket(address) : new platform.Socket(address, protocols);
    opened.push(socket);
    return socket;
  }

  function next<Type extends keyof WebSocketEventMap>(
    socket: WebSocket,
    type: Type,
  ): Promise<WebSocketEventMap[Type]> {
    return new Promise((resolve) => socket.addEventListener(type, resolve as EventListener, { once: true }));
  }

  async function open(): Promise<WebSocket> {
    const socket = dial();
    await next(socket, 'open');
    return socket;
  }

  test.each([
    ['/ws/native', '/ws/native'],
    ['/ws/native?a b', '/ws/native?a%20b'],
    ['/ws/native?q=ä', '/ws/native?q=%C3%A4'],
  ])(
    'has the address %s as it was understood [Create-url-with-space, interfaces/WebSocket/url]',
    (written, read) => {
      expect(dial(`${platform.origin}${written}`).url).toBe(`${platform.origin}${read}`);
    },
  );

  test('takes http for ws, an object for its text, and adds what is missing [Create-http-urls, constructor/009]', () => {
    expect(dial('http://127.0.0.1:1/ws/native').url).toBe('ws://127.0.0.1:1/ws/native');
    expect(dial('HTTPS://127.0.0.1:1').url).toBe('wss://127.0.0.1:1/');
    expect(new platform.Socket(new URL(`${platform.origin}/ws/native`)).url).toBe(
      `${platform.origin}/ws/native`,
    );
  });

  test.each([
    'ws://foo bar',
    'mailto:a@b',
    'about:blank',
    'ftp://host/',
    '/ws/native',
    'ws://host/#',
    'ws://host/#f',
    '',
  ])(
    'refuses the address "%s" [Create-invalid-urls, Create-non-absolute-url, constructor/004]',
    (address) => {
      expect(thrownBy(() => new platform.Socket(address))).toBe('SyntaxError');
    },
  );

  test.each<[string, string | string[]]>([
    ['empty', ''],
    ['empty in a list', ['']],
    ['with a space', 'ex ample'],
    ['beyond ASCII', 'ä'],
    ['with a separator', 'a/b'],
    ['with a comma', ['a,b']],
    ['twice', ['echo', 'echo']],
    ['twice but for case', ['echo', 'Echo']],
  ])(
    'refuses a protocol that is %s [Create-protocols-repeated, Create-protocol-with-space, constructor/008]',
    (_, protocols) => {
      expect(thrownBy(() => dial(undefined, protocols))).toBe('SyntaxError');
    },
  );

  test('throws a TypeError without an address, and a DOMException for a bad one [constructor/001]', () => {
    expect(thrownBy(() => Reflect.construct(platform.Socket, []))).toBe('TypeError');
    expect(thrownBy(() => Reflect.apply(platform.Socket, undefined, ['ws://host']))).toBe('TypeError');
    expect(() => new platform.Socket('')).toThrow(DOMException);
  });

  test('begins connecting, with nothing to tell [readyState/001, protocol/001, extensions/001, bufferedAmount/001]', () => {
    const { readyState, protocol, extensions, bufferedAmount, binaryType } = dial();
    expect({ readyState, protocol, extensions, bufferedAmount, binaryType }).toEqual({
      readyState: 0,
      protocol: '',
      extensions: '',
      bufferedAmount: 0,
      binaryType: 'blob',
    });
  });

  test('has its states as constants that nobody changes [interfaces/WebSocket/constants]', () => {
    const { Socket } = platform;
    const states = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 };
    for (const [name, value] of Object.entries(states)) {
      const constant = { value, writable: false, enumerable: true, configurable: false };
      expect(inherited(Socket, name)).toEqual(constant);
      expect(inherited(Socket.prototype, name)).toEqual(constant);
      expect(thrownBy(() => Object.assign(Socket.prototype, { [name]: 9 }))).toBe('TypeError');
    }
    expect(dial()).toMatchObject(states);
  });

  test('has attributes that nobody changes [readyState/003, url/006, protocol, extensions]', () => {
    const socket = dial();
    for (const name of ['readyState', 'url', 'protocol', 'extensions', 'bufferedAmount']) {
      expect(thrownBy(() => Object.assign(socket, { [name]: 5 }))).toBe('TypeError');
      expect(Reflect.has(platform.Socket.prototype, name)).toBe(true);
    }
  });

  test('looks like its class [eventhandlers, interfaces]', () => {
    const socket = dial();
    expect(Object.prototype.toString.call(socket)).toBe('[object WebSocket]');
    expect(socket).toBeInstanceOf(EventTarget);
    expect([platform.Socket.prototype.send.length, platform.Socket.prototype.close.length]).toEqual([1, 0]);
    expect(platform.Socket.length).toBe(1);
  });

  test('opens in a turn of its own, so that a handler may be set after an await [events/001]', async () => {
    const later = async (): Promise<WebSocket> => dial();
    const socket = await later();
    await Promise.resolve();
    expect(socket.readyState).toBe(0);
    const event = await new Promise<Event>((resolve) => {
      socket.onopen = resolve;
    });
    expect([event.type, event.bubbles, event.cancelable, event.target]).toEqual([
      'open',
      false,
      false,
      socket,
    ]);
    expect(socket.readyState).toBe(1);
  });

  test('keeps its binary type for what nobody knows [binaryType-wrong-value]', async () => {
    const socket = await open();
    Object.assign(socket, { binaryType: 'notBlobOrArrayBuffer' });
    expect(socket.binaryType).toBe('blob');
    socket.binaryType = 'arraybuffer';
    expect(socket.binaryType).toBe('arraybuffer');
  });

  test('sends what the other side sends back, as a MessageEvent [Send-data, Send-unicode-data, events/011]', async () => {
    const socket = await open();
    const arrived = next(socket, 'message');
    const frame = { type: 'echo', data: { text: 'Grüße 🎉', list: [1, null] } };
    socket.send(JSON.stringify(frame));
    const event = await arrived;
    expect(event).toBeInstanceOf(MessageEvent);
    expect(event).toMatchObject({ type: 'message', origin: platform.origin, lastEventId: '', source: null });
    expect([event.bubbles, event.cancelable]).toEqual([false, false]);
    expect(JSON.parse(event.data)).toEqual(frame);
  });

  test('counts what was sent, at once and in bytes, and lets go of it when it is gone [bufferedAmount/002]', async () => {
    const socket = await open();
    const arrived = next(socket, 'message');
    const text = JSON.stringify({ type: 'echo', data: '🎉' });
    socket.send(text);
    expect(socket.bufferedAmount).toBe(new TextEncoder().encode(text).length);
    await arrived;
    await expect.poll(() => socket.bufferedAmount).toBe(0);
  });

  test('cannot send before it is open [Send-before-open]', () => {
    const socket = dial();
    expect(thrownBy(() => socket.send('a'))).toBe('InvalidStateError');
    expect(socket.readyState).toBe(0);
  });

  test('cannot send nothing [interfaces/WebSocket/send/001, 003]', async () => {
    expect(thrownBy(() => Reflect.apply(dial().send, dial(), []))).toBe('TypeError');
    const socket = await open();
    expect(thrownBy(() => Reflect.apply(socket.send, socket, []))).toBe('TypeError');
    expect(thrownBy(() => Reflect.apply(socket.send, socket, [Symbol('a')]))).toBe('TypeError');
  });

  test.each([0, 999, 1001, 1005, 1006, 2999, 5000, 65_536 + 1_000, Number.NaN, 'a reason', null])(
    'cannot be closed with %s [Close-0, Close-1005, Close-2999-reason, Close-clamp, Close-null, Close-string]',
    async (code) => {
      const connecting = dial();
      expect(thrownBy(() => Reflect.apply(connecting.close, connecting, [code]))).toBe('InvalidAccessError');
      expect(connecting.readyState).toBe(0);
    },
  );

  test('cannot be closed with a reason of more than 123 bytes [Close-Reason-124Bytes]', async () => {
    const socket = await open();
    expect(thrownBy(() => socket.close(1000, 'a'.repeat(124)))).toBe('SyntaxError');
    expect(thrownBy(() => socket.close(1000, 'é'.repeat(62)))).toBe('SyntaxError');
    expect(thrownBy(() => socket.close(999, 'a'.repeat(124)))).toBe('InvalidAccessError');
    expect(socket.readyState).toBe(1);
  });

  test.each<[readonly [(number | undefined)?, string?], { code: number; reason: string }]>([
    [[], { code: 1005, reason: '' }],
    [[undefined], { code: 1005, reason: '' }],
    [[1000], { code: 1000, reason: '' }],
    [[1000, 'done'], { code: 1000, reason: 'done' }],
    [[3000, 'é'.repeat(61)], { code: 3000, reason: 'é'.repeat(61) }],
    [[4999, ''], { code: 4999, reason: '' }],
    [[1000, '\uD807'], { code: 1000, reason: '\uFFFD' }],
  ])(
    'closed with %o ends cleanly with %o [Close-1000-reason, Close-1005-verify-code, Close-reason-unpaired-surrogates]',
    async (words, expected) => {
      const socket = await open();
      const closed = next(socket, 'close');
      socket.close(...words);
      expect(socket.readyState).toBe(2);
      const event = await closed;
      expect(event).toBeInstanceOf(CloseEvent);
      const { type, code, reason, wasClean, bubbles, cancelable } = event;
      expect({ type, code, reason, wasClean, bubbles, cancelable }).toEqual({
        type: 'close',
        ...expected,
        wasClean: true,
        bubbles: false,
        cancelable: false,
      });
      expect(socket.readyState).toBe(3);
    },
  );

  test('closed twice ends once, with the words of the first [Close-readyState-Closing, close/close-multiple]', async () => {
    const socket = await open();
    const codes: number[] = [];
    socket.addEventListener('close', ({ code }) => codes.push(code));
    const closed = next(socket, 'close');
    socket.close(3001);
    socket.close(3002);
    await closed;
    socket.close(3003);
    expect(thrownBy(() => socket.close(5))).toBe('InvalidAccessError');
    // Time enough for another close event, if there were one.
    await open();
    expect([codes, socket.readyState]).toEqual([[3001], 3]);
  });

  test('closed while it connects fails: an error, then a close that is not clean [Close-1006, close/close-connecting]', async () => {
    const socket = dial();
    const told: string[] = [];
    for (const type of ['open', 'error', 'close'] as const)
      socket.addEventListener(type, () => told.push(type));
    const closed = next(socket, 'close');
    socket.close();
    expect(socket.readyState).toBe(2);
    expect(await closed).toMatchObject({ code: 1006, reason: '', wasClean: false });
    expect(told).toEqual(['error', 'close']);
  });

  test('drops what is sent after the end without a word [Close-readyState-Closed, send/010]', async () => {
    const socket = await open();
    const closed = next(socket, 'close');
    socket.close();
    expect(thrownBy(() => socket.send('{"type":"late"}'))).toBeUndefined();
    await closed;
    expect(thrownBy(() => socket.send('{"type":"late"}'))).toBeUndefined();
  });

  test('calls handlers and listeners in the order in which they came [eventhandlers, events/013]', async () => {
    const socket = dial();
    const called: string[] = [];
    socket.addEventListener('open', () => called.push('first'));
    socket.onopen = function (this: WebSocket) {
      called.push(this === socket ? 'handler' : 'wrong this');
    };
    socket.addEventListener('open', { handleEvent: () => called.push('object') });
    socket.addEventListener('open', () => called.push('once'), { once: true });
    const controller = new AbortController();
    socket.addEventListener('open', () => called.push('aborted'), { signal: controller.signal });
    controller.abort();
    const removed = (): void => void called.push('removed');
    socket.addEventListener('open', removed);
    socket.removeEventListener('open', removed);
    await next(socket, 'open');
    expect(called).toEqual(['first', 'handler', 'object', 'once']);
    socket.dispatchEvent(new Event('open'));
    expect(called).toEqual(['first', 'handler', 'object', 'once', 'first', 'handler', 'object']);
  });

  test('takes a function or null for a handler, and gives it back [eventhandlers]', async () => {
    const socket = dial();
    const handler = (): void => {};
    for (const name of ['onopen', 'onmessage', 'onerror', 'onclose'] as const) {
      expect(socket[name]).toBeNull();
      socket[name] = handler;
      expect(socket[name]).toBe(handler);
      Object.assign(socket, { [name]: 7 });
      expect(socket[name]).toBeNull();
    }
    const called: string[] = [];
    socket.onopen = () => called.push('never');
    socket.onopen = null;
    await next(socket, 'open');
    expect(called).toEqual([]);
  });
});
