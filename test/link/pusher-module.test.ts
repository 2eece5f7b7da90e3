import { createRequire } from 'node:module';
import { describe, expect, test, vi } from 'vitest';
import { PusherLink } from '../../src/link/pusher';
import { loadPusher, type PusherConstructor, resolvePusherConstructor } from '../../src/link/pusher-module';
import { HandSocket } from '../fakes/hand-socket';

const load = createRequire(import.meta.url);
class Pusher {}

describe('the class is found in every shape that a module has', () => {
  test.each<[string, unknown]>([
    ['the class itself (CommonJS, Node 8.6.0)', Pusher],
    ['under `default` (ESM around CommonJS)', { default: Pusher }],
    ['under `default` twice (a bundle of a bundle)', { default: { default: Pusher } }],
    ['`{ Pusher }` (React Native, Node 8.5.0)', { Pusher }],
    ['`{ default: { Pusher } }` (the same, imported)', { default: { Pusher } }],
    ['under `default` of a function around it (Turbopack)', Object.assign(() => {}, { default: Pusher })],
    ['a namespace without a prototype', Object.assign(Object.create(null), { default: Pusher })],
  ])('%s', (_, module) => {
    expect(resolvePusherConstructor(module)).toBe(Pusher);
  });

  test.each<[unknown]>([[undefined], [null], ['Pusher'], [{}], [{ default: {} }], [{ Pusher: {} }]])(
    '%o has no class in it, and the error says what to do',
    (module) => {
      expect(() => resolvePusherConstructor(module)).toThrow(
        expect.objectContaining({
          code: 'configuration',
          message: expect.stringContaining('option `Pusher`'),
        }),
      );
    },
  );

  test('the one that is installed is there', async () => {
    expect(resolvePusherConstructor(await loadPusher())).toBe(load('pusher-js'));
  });
});

describe('each build of pusher-js that loads outside a page dials through our socket', () => {
  test.each(['pusher-js', 'pusher-js/worker', 'pusher-js/worker/with-encryption'])('%s', (name) => {
    HandSocket.all = [];
    vi.stubGlobal('WebSocket', HandSocket);
    vi.stubGlobal('self', globalThis);
    try {
      const link = new PusherLink({
        key: 'key',
        pusherOptions: { cluster: '', wsHost: 'server.test' },
        Pusher: resolvePusherConstructor(load(name)) as PusherConstructor,
      });
      const received: unknown[] = [];
      link.open({ received: (frame) => received.push(frame), closed: () => {} });
      HandSocket.last.welcome('4.2');
      expect(received).toEqual([expect.stringContaining('4.2')]);
      expect(HandSocket.all).toHaveLength(1);
      link.destroy();
      expect(HandSocket.living).toBe(0);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
