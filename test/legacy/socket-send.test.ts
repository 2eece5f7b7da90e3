import { expect, test } from 'vitest';
import { next, onBothPlatforms, thrownBy } from './socket-platforms';

onBothPlatforms((given) => {
  const { dial, open, said } = given;

  async function echo(data: unknown): Promise<string> {
    const socket = await open();
    const arrived = next(socket, 'message');
    expect(Reflect.apply(socket.send, socket, [data])).toBeUndefined();
    return said(await arrived);
  }

  test.each([
    ['Message to send', 'Message to send', 'Send-data, send/005'],
    ['', '', 'Send-0byte-data, send/009'],
    ['¥¥¥¥¥¥', '¥¥¥¥¥¥', 'Send-unicode-data'],
    ['\u00E5 a\u030A \u{1047E}', '\u00E5 a\u030A \u{1047E}', 'send/011'],
    ['\uD801\uDC07', '\u{10407}', 'Send-paired-surrogates'],
    ['\uD807', '\uFFFD', 'Send-unpaired-surrogates'],
    ['a\uDC00xb\uD800xc\uDC00\uD800x', 'a\uFFFDxb\uFFFDxc\uFFFD\uFFFDx', 'send/006'],
  ])('sends %j, which arrives as %j [%s]', async (text, arrives) => {
    expect(await echo(text)).toBe(arrives);
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['1', 1],
    ['globalThis', globalThis],
    ['{}', {}],
    ['[]', []],
    ['a function', (): void => {}],
    ['an error', new Error()],
  ])('sends %s as its text [Send-null, send/010, send/012]', async (_, data) => {
    expect(await echo(data)).toBe(String(data));
  });

  test('sends a socket as its text [send/010]', async () => {
    expect(await echo(dial())).toBe('[object WebSocket]');
  });

  // Theirs go on to 65,536, which is more than a Pusher server takes.
  test.each([125, 126, 5_000])('sends %i bytes whole [extended-payload-length]', async (length) => {
    const text = 'a'.repeat(length);
    expect(await echo(text)).toBe(text);
  });

  test('sends frames in their order, and nothing comes that was not sent [Send-data]', async () => {
    const socket = await open();
    const arrived: string[] = [];
    const all = new Promise<void>((resolve) => {
      socket.onmessage = (event) => {
        if (arrived.push(said(event)) === 3) resolve();
      };
    });
    for (const text of ['first', 'second', 'third']) socket.send(text);
    await all;
    expect(arrived).toEqual(['first', 'second', 'third']);
  });

  test('counts what was sent at once, in bytes, and lets go of it when it is gone [bufferedAmount/bufferedAmount-getting, bufferedAmount/bufferedAmount-unicode, Send-0byte-data]', async () => {
    const socket = await open();
    const counted: number[] = [];
    for (const text of ['', 'x', '\u00E5', '\u5336', '\uD801\uDC7E', '\uD807', '¥¥¥¥¥¥']) {
      socket.send(text);
      counted.push(socket.bufferedAmount);
    }
    expect(counted).toEqual([0, 1, 3, 6, 10, 13, 25]);
    await expect.poll(() => socket.bufferedAmount).toBe(0);
  });

  test('counts also much [bufferedAmount/bufferedAmount-large, Send-65K-data]', async () => {
    const socket = await open();
    socket.send('x'.repeat(65_000));
    expect(socket.bufferedAmount).toBe(65_000);
    await expect.poll(() => socket.bufferedAmount).toBe(0);
    expect(socket.readyState).toBe(1);
  });

  test.each([
    ['text', 'Message to send', 'Send-before-open, send/003'],
    ['half a pair', 'a\uDC00x', 'send/004'],
    ['the other half', 'a\uD800x', 'send/004'],
    ['both in the wrong order', 'a\uDC00\uD800x', 'send/004'],
    ['bytes', new Uint8Array(2), 'send/003'],
  ])('cannot send %s before it is open [%3$s]', (_what, data, _tests) => {
    const socket = dial();
    expect(thrownBy(() => socket.send(data))).toBe('InvalidStateError');
    expect([socket.readyState, socket.bufferedAmount]).toEqual([0, 0]);
  });

  test('cannot send nothing, nor what has no text, in whichever state [send/001]', async () => {
    for (const socket of [dial(), await open()]) {
      expect(thrownBy(() => Reflect.apply(socket.send, socket, []))).toBe('TypeError');
      expect(thrownBy(() => Reflect.apply(socket.send, socket, [Symbol('a')]))).toBe('TypeError');
    }
  });

  test('says nothing when it sends while it closes, or after: nothing arrives [send/007, send/008, closing-handshake/004]', async () => {
    const socket = await open();
    const other = await open();
    const told: string[] = [];
    for (const type of ['message', 'error', 'close'] as const) {
      socket.addEventListener(type, () => told.push(type));
    }
    const closed = next(socket, 'close');
    socket.close();
    expect(socket.send('late')).toBeUndefined();
    await closed;
    expect(socket.send('too late')).toBeUndefined();
    expect(thrownBy(() => Reflect.apply(socket.send, socket, []))).toBe('TypeError');
    // Time enough for it to arrive, if it had left.
    const arrived = next(other, 'message');
    other.send('something else');
    expect(said(await arrived)).toBe('something else');
    expect(told).toEqual(['close']);
  });
});
