import { expect, test } from 'vitest';
import { next, onBothPlatforms, thrownBy } from './socket-platforms';

const states = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 };
const readOnly = ['url', 'readyState', 'bufferedAmount', 'extensions', 'protocol'];
const handlers = ['onopen', 'onerror', 'onclose', 'onmessage'];

onBothPlatforms((given) => {
  const { dial, open } = given;

  test('begins connecting, with nothing to tell [readyState/001, protocol/protocol-initial, extensions/001, bufferedAmount/bufferedAmount-initial, Create-valid-url-binaryType-blob]', () => {
    const { readyState, protocol, extensions, bufferedAmount, binaryType } = dial();
    expect({ readyState, protocol, extensions, bufferedAmount, binaryType }).toEqual({
      readyState: 0,
      protocol: '',
      extensions: '',
      bufferedAmount: 0,
      binaryType: 'blob',
    });
  });

  test('goes through its states [readyState/006, readyState/007, readyState/008, Close-readyState-Closing, Close-readyState-Closed, Create-extensions-empty]', async () => {
    const socket = await open();
    expect([socket.readyState, socket.extensions]).toEqual([1, '']);
    const closed = next(socket, 'close');
    socket.close();
    expect(socket.readyState).toBe(2);
    await closed;
    expect(socket.readyState).toBe(3);
  });

  test('has its states as constants that nobody changes, replaces or deletes [constants/001 to constants/006]', () => {
    const { Socket } = given;
    const socket = dial();
    for (const [name, value] of Object.entries(states)) {
      const constant = { value, writable: false, enumerable: true, configurable: false };
      for (const place of [Socket, Socket.prototype]) {
        expect(Object.getOwnPropertyDescriptor(place, name)).toEqual(constant);
        expect(thrownBy(() => Object.assign(place, { [name]: 5 }))).toBe('TypeError');
        expect(Reflect.deleteProperty(place, name)).toBe(false);
        expect(thrownBy(() => Object.defineProperty(place, name, { get: () => 'foo' }))).toBe('TypeError');
        expect(thrownBy(() => Object.defineProperty(place, name, { set: () => {} }))).toBe('TypeError');
      }
      expect(thrownBy(() => Object.assign(socket, { [name]: 5 }))).toBe('TypeError');
    }
    expect(socket).toMatchObject(states);
  });

  test('looks like its class, member by member [idlharness, events/004, events/006]', () => {
    const { Socket } = given;
    const members = Object.getOwnPropertyDescriptors(Socket.prototype) as Record<string, PropertyDescriptor>;
    const names = [...Object.keys(states), ...readOnly, ...handlers, 'binaryType', 'send', 'close'].sort();
    expect(Object.keys(Socket.prototype).sort()).toEqual(names);
    for (const name of readOnly) {
      expect(members[name]).toMatchObject({ get: expect.any(Function), set: undefined, configurable: true });
    }
    for (const name of [...handlers, 'binaryType']) {
      const accessor = { get: expect.any(Function), set: expect.any(Function), configurable: true };
      expect(members[name]).toMatchObject(accessor);
    }
    for (const name of ['send', 'close']) {
      expect(members[name]).toMatchObject({
        value: expect.any(Function),
        writable: true,
        configurable: true,
      });
    }
    expect([Socket.name, Socket.length, Socket.prototype.constructor === Socket]).toEqual([
      'WebSocket',
      1,
      true,
    ]);
    expect([Socket.prototype.send.length, Socket.prototype.close.length]).toEqual([1, 0]);
    expect(`${dial()}`).toBe('[object WebSocket]');
    const inSight: string[] = [];
    for (const name in dial()) inSight.push(name);
    expect(inSight).toEqual(
      expect.arrayContaining([...names, 'addEventListener', 'removeEventListener', 'dispatchEvent']),
    );
  });

  test('has members for sockets, and for nothing else [idlharness]', () => {
    const { prototype } = given.Socket;
    for (const name of [...readOnly, ...handlers, 'binaryType']) {
      expect(thrownBy(() => Reflect.get(prototype, name))).toBe('TypeError');
      expect(thrownBy(() => Reflect.set(prototype, name, 'blob'))).toBe(
        readOnly.includes(name) ? undefined : 'TypeError',
      );
    }
    expect(thrownBy(() => Reflect.apply(prototype.send, {}, ['a']))).toBe('TypeError');
    expect(thrownBy(() => Reflect.apply(prototype.close, {}, []))).toBe('TypeError');
  });

  test('has attributes that nobody sets or deletes on a socket [readyState/002, readyState/003, url/002, url/003, bufferedAmount/bufferedAmount-readonly, bufferedAmount/bufferedAmount-deleting]', () => {
    const socket = dial();
    const before = readOnly.map((name) => Reflect.get(socket, name));
    for (const name of readOnly) {
      expect(thrownBy(() => Object.assign(socket, { [name]: 5 }))).toBe('TypeError');
      expect(Reflect.deleteProperty(socket, name)).toBe(true);
    }
    expect(readOnly.map((name) => Reflect.get(socket, name))).toEqual(before);
  });

  test.each([
    ['url', 'url/005, url/006'],
    ['readyState', 'readyState/004, readyState/005'],
    [
      'bufferedAmount',
      'bufferedAmount/bufferedAmount-defineProperty-getter, bufferedAmount/bufferedAmount-defineProperty-setter',
    ],
  ])('lets code put another %s into the class [%s]', (name) => {
    const { prototype } = given.Socket;
    const original = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
    const written: unknown[] = [];
    try {
      const accessor = { get: () => 'foo', set: (value: unknown) => void written.push(value) };
      Object.defineProperty(prototype, name, accessor);
      const socket = dial();
      expect(Reflect.get(socket, name)).toBe('foo');
      Reflect.set(socket, name, 'bar');
      expect(written).toEqual(['bar']);
    } finally {
      Object.defineProperty(prototype, name, original);
    }
  });

  test('lets code replace its methods [close/close-replace, send/002]', () => {
    const socket = dial();
    Object.assign(socket, { close: 5, send: 6 });
    expect([socket.close, socket.send]).toEqual([5, 6]);
    expect(Reflect.deleteProperty(socket, 'close')).toBe(true);
    expect(socket.close).toBe(given.Socket.prototype.close);
  });

  test('has no URL in capitals [url/004]', () => {
    expect(['URL' in dial(), 'URL' in given.Socket.prototype]).toEqual([false, false]);
  });

  test('keeps its binary type for what nobody knows [binaryType-wrong-value]', async () => {
    const socket = await open();
    Object.assign(socket, { binaryType: 'notBlobOrArrayBuffer' });
    expect(socket.binaryType).toBe('blob');
    socket.binaryType = 'arraybuffer';
    expect(socket.binaryType).toBe('arraybuffer');
  });
});
