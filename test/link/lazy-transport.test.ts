import Pusher from 'pusher-js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createTransport } from '../../src/link/lazy-transport';
import type { FrameLink, TransportSignal } from '../../src/transport-port';
import { HandSocket } from '../fakes/hand-socket';

beforeEach(() => {
  HandSocket.all = [];
  vi.stubGlobal('WebSocket', HandSocket);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const address = { key: 'key', pusherOptions: { cluster: '', wsHost: 'server.test', forceTLS: true } };
const nothing = { ...address, Pusher: undefined, transport: undefined };

describe('the transport of a client', () => {
  test.each([['xhr_streaming'], ['ws', 'xhr_polling'], ['sockjs']])(
    'over HTTP is refused with what to do instead: %s %s',
    (...enabledTransports) => {
      const pusherOptions = { ...address.pusherOptions, enabledTransports };
      expect(() => createTransport({ ...nothing, pusherOptions })).toThrow(
        /over WebSockets.*pusherInstance\(new Pusher/,
      );
    },
  );

  test('is loaded at the first dial, and close() before it has come is the end of that dial', async () => {
    const transport = createTransport(nothing);
    const dropped: TransportSignal[] = [];
    transport.open((signal) => dropped.push(signal));
    expect(transport.subscribe('news')).toBe(false);
    transport.close();
    const signals: TransportSignal[] = [];
    transport.open((signal) => signals.push(signal));
    await vi.waitFor(() => expect(HandSocket.all).toHaveLength(1), 10_000);
    HandSocket.last.welcome();
    expect(signals).toMatchObject([{ type: 'opened', socketId: '1.1' }]);
    expect(transport.subscribe('news')).toBe(true);
    expect(dropped).toEqual([]);
    transport.destroy();
  });

  test('that cannot work says so at the first dial, and dials no more', async () => {
    const broken = [
      { ...nothing, pusherOptions: {} },
      { ...nothing, Pusher: class {} as never },
      {
        ...nothing,
        transport: (): FrameLink => ({
          open: () => {
            throw new Error('mine');
          },
          write: () => false,
          close: () => {},
          destroy: () => {},
        }),
      },
    ];
    for (const settings of broken) {
      const signals: TransportSignal[] = [];
      createTransport(settings).open((signal) => signals.push(signal));
      await vi.waitFor(() => expect(signals).toHaveLength(1), 10_000);
      expect(signals).toMatchObject([{ type: 'closed', error: { code: 'configuration' } }]);
    }
  });

  test('with a class given loads nothing of pusher-js', async () => {
    const transport = createTransport({ ...nothing, Pusher: Pusher as never });
    transport.open(() => {});
    await vi.waitFor(() => expect(HandSocket.all).toHaveLength(1), 10_000);
    transport.destroy();
    expect(HandSocket.living).toBe(0);
  });
});
