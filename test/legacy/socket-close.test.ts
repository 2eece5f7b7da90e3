import { expect, test } from 'vitest';
import { next, onBothPlatforms, thrownBy } from './socket-platforms';

type Words = readonly [(number | undefined)?, string?];

onBothPlatforms((given) => {
  const { dial, open } = given;

  test.each<[unknown, string]>([
    [0, 'close-invalid'],
    [500, 'close-invalid'],
    [Number.NaN, 'close-invalid'],
    ['string', 'close-invalid'],
    [null, 'close-invalid'],
    [65_536 + 1_000, 'close-invalid'],
    [999, 'the WebSocket standard'],
    [1_001, 'the WebSocket standard'],
    [1_005, 'Close-1005'],
    [1_006, 'the WebSocket standard'],
    [2_999, 'Close-2999-reason'],
    [5_000, 'the WebSocket standard'],
    [-1, 'the WebSocket standard'],
    [Number.POSITIVE_INFINITY, 'Web IDL'],
    ['Close with only reason', 'Close-onlyReason'],
  ])('cannot be closed with the code %s, whatever the reason [%s]', async (code) => {
    const open_ = await open();
    for (const socket of [dial(), open_]) {
      const before = socket.readyState;
      expect(thrownBy(() => Reflect.apply(socket.close, socket, [code]))).toBe('InvalidAccessError');
      expect(thrownBy(() => Reflect.apply(socket.close, socket, [code, 'a reason']))).toBe(
        'InvalidAccessError',
      );
      expect(thrownBy(() => Reflect.apply(socket.close, socket, [code, Symbol('a')]))).toBe('TypeError');
      expect(socket.readyState).toBe(before);
    }
  });

  test('cannot be closed with a reason of more than 123 bytes, in whichever state [Close-Reason-124Bytes]', async () => {
    for (const socket of [dial(), await open()]) {
      const before = socket.readyState;
      expect(thrownBy(() => socket.close(1000, '0123'.repeat(31)))).toBe('SyntaxError');
      expect(thrownBy(() => socket.close(1000, 'é'.repeat(62)))).toBe('SyntaxError');
      expect(thrownBy(() => socket.close(undefined, 'a'.repeat(124)))).toBe('SyntaxError');
      expect(thrownBy(() => socket.close(999, 'a'.repeat(124)))).toBe('InvalidAccessError');
      expect(socket.readyState).toBe(before);
    }
  });

  test.each<[Words, { code: number; reason: string }, string]>([
    [[], { code: 1005, reason: '' }, 'Close-1005-verify-code, closing-handshake/003'],
    [[undefined], { code: 1005, reason: '' }, 'Close-undefined'],
    [[undefined, 'why'], { code: 1000, reason: 'why' }, 'the WebSocket standard'],
    [[1000], { code: 1000, reason: '' }, 'Close-1000'],
    [
      [1000, 'Clean Close'],
      { code: 1000, reason: 'Clean Close' },
      'Close-1000-reason, Close-1000-verify-code',
    ],
    [
      [3000, 'Clean Close'],
      { code: 3000, reason: 'Clean Close' },
      'Close-3000-reason, Close-3000-verify-code',
    ],
    [[3000.5], { code: 3000, reason: '' }, 'Web IDL: half way, the even one'],
    [[3001.5], { code: 3002, reason: '' }, 'Web IDL: half way, the even one'],
    [[4999, 'é'.repeat(61)], { code: 4999, reason: 'é'.repeat(61) }, 'Close-4999-reason'],
    [[1000, '\uD807'], { code: 1000, reason: '\uFFFD' }, 'Close-reason-unpaired-surrogates'],
  ])('closed with %j ends cleanly with %j [%s]', async (words, expected) => {
    const socket = await open();
    const closed = next(socket, 'close');
    expect(socket.close(...words)).toBeUndefined();
    expect(socket.readyState).toBe(2);
    const event = await closed;
    expect([event.code, event.reason, event.wasClean]).toEqual([expected.code, expected.reason, true]);
    expect(socket.readyState).toBe(3);
  });

  test('closed after a message ends cleanly [interfaces/CloseEvent/clean-close]', async () => {
    const socket = await open();
    const closed = next(socket, 'close');
    socket.onmessage = () => socket.close();
    socket.send('Test');
    expect(await closed).toMatchObject({ wasClean: true, code: 1005 });
  });

  test('has a close event whose words nobody changes [close/close-basic, interfaces/CloseEvent/constructor]', async () => {
    const socket = await open();
    const closed = next(socket, 'close');
    socket.close(3000, 'why');
    const event = await closed;
    expect(event).toBeInstanceOf(CloseEvent);
    for (const name of ['wasClean', 'code', 'reason']) {
      expect(thrownBy(() => Object.assign(event, { [name]: 5 }))).toBe('TypeError');
      expect(Reflect.deleteProperty(event, name)).toBe(true);
    }
    expect(event).toMatchObject({ wasClean: true, code: 3000, reason: 'why' });
  });

  test('closed several times ends once, with the words of the first [close/close-multiple]', async () => {
    const socket = await open();
    const codes: number[] = [];
    socket.addEventListener('close', ({ code }) => codes.push(code));
    const closed = next(socket, 'close');
    for (const code of [3001, 3002, 3003]) socket.close(code);
    expect(thrownBy(() => socket.close(5))).toBe('InvalidAccessError');
    await closed;
    socket.close(3004);
    expect(thrownBy(() => socket.close(5))).toBe('InvalidAccessError');
    // Time enough for another close event, if there were one.
    await open();
    expect([codes, socket.readyState]).toEqual([[3001], 3]);
  });

  test('closed in its own close event stays closed, and tells it once [close/close-nested]', async () => {
    const socket = await open();
    const seen: number[] = [];
    const closed = next(socket, 'close');
    socket.onclose = () => {
      seen.push(socket.readyState);
      socket.close();
      seen.push(socket.readyState);
    };
    socket.close();
    await closed;
    await open();
    expect(seen).toEqual([3, 3]);
  });

  test('closed while it connects fails: an error, then a close that is not clean, each once [close/close-connecting, close/close-basic, close/close-return]', async () => {
    const socket = dial();
    const told: [string, number][] = [];
    for (const type of ['open', 'error', 'close'] as const) {
      socket.addEventListener(type, () => told.push([type, socket.readyState]));
    }
    const closed = next(socket, 'close');
    expect(socket.close(3000, 'a reason that nobody hears')).toBeUndefined();
    socket.close();
    expect(socket.readyState).toBe(2);
    expect(await closed).toMatchObject({ code: 1006, reason: '', wasClean: false });
    await open();
    expect(told).toEqual([
      ['error', 3],
      ['close', 3],
    ]);
  });
});
