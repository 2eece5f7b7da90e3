import { expect, test } from 'vitest';
import { next, onBothPlatforms, thrownBy } from './socket-platforms';

/** All that may not stand in the name of a protocol, below U+0100. */
const forbidden = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter(
  (character) => !/[!#$%&'*+\-.^_`|~0-9a-z]/i.test(character),
);

onBothPlatforms((given) => {
  const { dial } = given;

  test.each([
    ['', '/', 'url/001'],
    ['/ws/native', '/ws/native', 'Create-valid-url'],
    ['/ws/native?foo%20bar baz', '/ws/native?foo%20bar%20baz', 'url/resolve'],
    ['/ws/native?q=åä', '/ws/native?q=%C3%A5%C3%A4', 'constructor/016'],
    ['/ws/native?x\u0000y', '/ws/native?x%00y', 'constructor/018'],
    ['/ws/native\n', '/ws/native', 'the URL standard'],
  ])('has the address %j as it was understood, %j [%s]', async (written, read) => {
    const socket = dial(`${given.origin}${written}`);
    expect(socket.url).toBe(`${given.origin}${read}`);
    await next(socket, 'open');
  });

  test.each([
    ['ws:127.0.0.1/a', 'ws://127.0.0.1/a', 'constructor/017'],
    ['wss:/127.0.0.1/a', 'wss://127.0.0.1/a', 'constructor/017'],
    ['WS://127.0.0.1:1/a', 'ws://127.0.0.1:1/a', 'constructor/019'],
    ['ws://LOCALHOST:1/a', 'ws://localhost:1/a', 'constructor/020'],
    ['ws://127.0.0.1:80/', 'ws://127.0.0.1/', 'constructor/008'],
    ['wss://127.0.0.1:443/', 'wss://127.0.0.1/', 'constructor/008'],
    ['wss://127.0.0.1:80/', 'wss://127.0.0.1:80/', 'constructor/008'],
    ['ws://127.0.0.1:8666/a', 'ws://127.0.0.1:8666/a', 'Create-verify-url-set-non-default-port'],
    ['http://127.0.0.1:1/a', 'ws://127.0.0.1:1/a', 'Create-http-urls, Create-valid-url-http'],
    ['HTTPS://127.0.0.1:1', 'wss://127.0.0.1:1/', 'Create-http-urls'],
  ])('takes %s for %s [%s]', (written, read) => {
    expect(dial(written).url).toBe(read);
  });

  test('takes what makes an address when it is asked for its text [constructor/006]', async () => {
    const url = new URL(`${given.origin}/ws/native`);
    const socket = new given.Socket(url);
    await next(socket, 'open');
    expect(socket.url).toBe(url.href);
    socket.close();
  });

  // Two of them are relative; where there is a page, they are understood by its address, as `socket.test.ts` tells.
  test.each([
    ['ws://foo bar.com/', 'Create-invalid-urls'],
    ['wss://foo bar.com/', 'Create-invalid-urls'],
    ['ws://web platform.test/', 'Create-url-with-space'],
    ['ftp://127.0.0.1/', 'Create-invalid-urls, Create-wrong-scheme'],
    ['mailto:example@example.org', 'Create-invalid-urls'],
    ['about:blank', 'Create-invalid-urls'],
    ['ws://127.0.0.1/#', 'Create-invalid-urls'],
    ['ws://127.0.0.1/#test', 'Create-invalid-urls'],
    ['#test', 'Create-invalid-urls'],
    ['/ws/native', 'Create-non-absolute-url'],
    ['', 'Create-non-absolute-url'],
  ])('refuses the address "%s" [%s]', (address) => {
    expect(thrownBy(() => new given.Socket(address))).toBe('SyntaxError');
    expect(() => new given.Socket(address)).toThrow(DOMException);
  });

  test.each([undefined, null, 123])(
    'takes %s for a word, as a relative address [Create-non-absolute-url]',
    (address) => {
      expect(thrownBy(() => Reflect.construct(given.Socket, [address]))).toBe('SyntaxError');
    },
  );

  test('throws a TypeError without an address, without `new`, and for a symbol [constructor/001]', () => {
    expect(thrownBy(() => Reflect.construct(given.Socket, []))).toBe('TypeError');
    expect(thrownBy(() => Reflect.apply(given.Socket, undefined, ['ws://127.0.0.1:1']))).toBe('TypeError');
    for (const words of [
      [Symbol('a')],
      ['ws://127.0.0.1:1', Symbol('a')],
      ['ws://127.0.0.1:1', [Symbol('a')]],
    ]) {
      expect(thrownBy(() => Reflect.construct(given.Socket, words))).toBe('TypeError');
    }
  });

  test('makes a socket, and does not mind a word too many [constructor, constructor/005]', () => {
    const socket = Reflect.construct(given.Socket, ['ws://127.0.0.1:1/', 'echo', 'stray']) as WebSocket;
    expect(socket).toBeInstanceOf(given.Socket);
    expect(socket).toBeInstanceOf(EventTarget);
    socket.onerror = null;
  });

  test.each<[string, string | string[], string]>([
    ['empty', '', 'constructor/004'],
    ['empty in a list', [''], 'constructor/004'],
    ['with a space', 'ec ho', 'Create-protocol-with-space'],
    ['beyond ASCII', '\u0080echo', 'Create-nonAscii-protocol-string'],
    ['far beyond ASCII', 'ełho', 'Create-nonAscii-protocol-string'],
    ['with a separator', '/echo', 'Create-asciiSep-protocol-string'],
    ['with a comma', ['a,b'], 'Create-asciiSep-protocol-string'],
    ['twice', ['echo', 'echo'], 'Create-protocols-repeated, constructor/021'],
    ['twice but for case', ['echo', 'Echo'], 'Create-protocols-repeated-case-insensitive'],
  ])('refuses a protocol that is %s [%3$s]', (_, protocols) => {
    expect(thrownBy(() => dial(undefined, protocols))).toBe('SyntaxError');
  });

  test('refuses a protocol for each character that has no place in a name [constructor/004, constructor/007]', () => {
    expect(forbidden).toHaveLength(32 + 2 + 16 + 1 + 128);
    const taken = forbidden.filter(
      (character) => thrownBy(() => dial(undefined, `a${character}b`)) !== 'SyntaxError',
    );
    expect(taken).toEqual([]);
  });

  test.each<[string | string[], string, string]>([
    [
      'foobar',
      'foobar',
      'constructor/009, Create-valid-url-protocol-setCorrectly, Create-valid-url-protocol-string',
    ],
    [["!#$%&'*+-.^_`|~0aZ"], "!#$%&'*+-.^_`|~0aZ", 'Create-valid-url-protocol'],
    [['foobar', 'foobar2'], 'foobar', 'constructor/022, Create-valid-url-array-protocols'],
    [[], '', 'Create-valid-url-protocol-empty'],
  ])('asked for %j speaks "%s" once it is open, and says so no earlier [%s]', async (protocols, spoken) => {
    const socket = dial(undefined, protocols);
    expect(socket.protocol).toBe('');
    await next(socket, 'open');
    expect(socket.protocol).toBe(spoken);
    const closed = next(socket, 'close');
    socket.close();
    expect(await closed).toMatchObject({ wasClean: true });
  });

  test('five and twenty sockets tell each their own events, and each once [constructor/013]', async () => {
    const told = await Promise.all(
      Array.from({ length: 25 }, async (_, id) => {
        const socket = dial(`${given.origin}/ws/native/${id}`);
        const events: string[] = [];
        socket.onerror = () => events.push('error');
        socket.onopen = () => {
          events.push('open');
          socket.send(`number ${id}`);
        };
        socket.onmessage = (event) => {
          events.push(given.said(event));
          socket.close();
        };
        await new Promise<void>((resolve) => {
          socket.onclose = ({ wasClean }) => {
            events.push(`close ${wasClean}`);
            resolve();
          };
        });
        return events;
      }),
    );
    expect(told).toEqual(told.map((_, id) => ['open', `number ${id}`, 'close true']));
  });
});
