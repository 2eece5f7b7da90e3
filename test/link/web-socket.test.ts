import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { socketUrl, webSocketLink } from '../../src/link/web-socket';
import { resolveOptions } from '../../src/options';
import { HandSocket } from '../fakes/hand-socket';
import { recordTold, ToldLink } from '../fakes/told-link';

beforeEach(() => {
  HandSocket.all = [];
  vi.stubGlobal('WebSocket', HandSocket);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const address = { key: 'key', pusherOptions: { wsHost: 'server.test' } };

function setUp() {
  const link = new ToldLink(webSocketLink()(address));
  const events = recordTold();
  return { link, events };
}

describe('the address', () => {
  test.each([
    [{ cluster: 'us2' }, 'wss://ws-us2.pusher.com/app/key'],
    [{ host: 'ws.example.org' }, 'wss://ws.example.org/app/key'],
    [{ host: 'ws.example.org', port: 6001, tls: false }, 'ws://ws.example.org:6001/app/key'],
    [{ host: '[::1]', port: 6001 }, 'wss://[::1]:6001/app/key'],
    [
      { cluster: 'us2', pusherOptions: { wsHost: 'own.test', wsPort: 80, wssPort: 444 } },
      'wss://own.test:444/app/key',
    ],
    [{ host: 'h', pusherOptions: { wsPath: 'reverb' } }, 'wss://h/reverb/app/key'],
    [{ host: 'h', pusherOptions: { wsPath: '//a/b/' } }, 'wss://h/a/b/app/key'],
    [{ host: 'h', pusherOptions: { wsPath: '/' } }, 'wss://h/app/key'],
  ])('of %j is as pusher-js would have it', (options, start) => {
    const { key, pusherOptions } = resolveOptions({ key: 'key', ...options });
    expect(socketUrl({ key, pusherOptions })).toBe(`${start}?protocol=7&client=surewire&flash=false`);
  });

  test('of nowhere is refused', () => {
    for (const pusherOptions of [{}, { cluster: '' }, { wsHost: '', cluster: 7 }])
      expect(() => webSocketLink()({ key: 'key', pusherOptions })).toThrow(/pass `cluster`, or the `host`/);
  });
});

describe('a dial', () => {
  test('is one socket that is asked for nothing before the server has introduced itself', () => {
    const { link, events } = setUp();
    link.open(events);
    expect(HandSocket.last.url).toMatch(/^wss:\/\/server\.test\/app\/key\?protocol=7/);
    expect(link.write('a', 'client-a', 1)).toBe(false);
    HandSocket.last.welcome('7.7', 30);
    expect(link.write('a', 'client-a', 1)).toBe(true);
    expect(events.log).toEqual([['opened', '7.7', 30_000]]);
    link.destroy();
    expect(HandSocket.living).toBe(0);
  });

  test('after close() nothing of the old socket is heard, whatever it still says', () => {
    const { link, events } = setUp();
    link.open(events);
    const first = HandSocket.last;
    link.close();
    const later = recordTold();
    link.open(later);
    first.welcome();
    first.end();
    HandSocket.last.welcome();
    expect(events.log).toEqual([]);
    expect(later.kinds()).toEqual(['opened']);
    expect(first.closings).toBe(1);
    link.destroy();
  });

  test('a socket that throws when it is closed keeps nothing else from ending', () => {
    const { link, events } = setUp();
    link.open(events);
    HandSocket.last.close = () => {
      throw new Error('not now');
    };
    expect(() => link.destroy()).not.toThrow();
  });

  test('a WebSocket that refuses the address, and a place without one, say what to change', () => {
    vi.stubGlobal(
      'WebSocket',
      class {
        constructor() {
          throw new DOMException('An insecure WebSocket connection may not be initiated', 'SecurityError');
        }
      },
    );
    const refused = { code: 'configuration', message: expect.stringContaining('SecurityError') };
    expect(() => setUp().link.open(recordTold())).toThrow(expect.objectContaining(refused));
    vi.stubGlobal('WebSocket', undefined);
    const missing = {
      code: 'configuration',
      message: expect.stringContaining('webSocketLink({ WebSocket })'),
    };
    expect(() => setUp().link.open(recordTold())).toThrow(expect.objectContaining(missing));
    const link = new ToldLink(webSocketLink({ WebSocket: HandSocket })(address));
    link.open(recordTold());
    expect(HandSocket.all).toHaveLength(1);
    link.destroy();
  });
});
