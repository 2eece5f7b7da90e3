import Pusher from 'pusher-js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type FrameLink, RealtimeClient, type RealtimeClientOptions } from '../../src/index';
import { createTransport, type LazyTransport } from '../../src/link/lazy-transport';
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
    const client = new RealtimeClient({ key: 'key', host: 'server.test' });
    const given = client.connect();
    client.disconnect();
    await expect(given).rejects.toMatchObject({ code: 'aborted' });
    const states: string[] = [];
    client.status.subscribe(({ state }) => states.push(state));
    const connected = client.connect();
    client.channel('news').hold();
    await vi.waitFor(() => expect(HandSocket.all).toHaveLength(1), 60_000);
    HandSocket.last.welcome();
    await connected;
    expect(states).toEqual(['connecting', 'connected']);
    expect(HandSocket.last.sent.map((text) => JSON.parse(text).event)).toEqual(['pusher:subscribe']);
    client.destroy();
    expect(HandSocket.living).toBe(0);
  });

  test.each<[string, string, Partial<RealtimeClientOptions>]>([
    ['a Pusher that is not pusher-js', 'configuration', { Pusher: class {} as never }],
    [
      'a link that throws',
      'connection',
      {
        transport: (): FrameLink => ({
          open: () => {
            throw new Error('mine');
          },
          write: () => false,
          close: () => {},
          destroy: () => {},
        }),
      },
    ],
  ])('that cannot work says so at the first dial, and dials no more: %s', async (_, code, options) => {
    const client = new RealtimeClient({ key: 'key', host: 'server.test', ...options });
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    await expect(client.connect()).rejects.toMatchObject({ code });
    expect(client.status.get()).toMatchObject({ state: 'failed', trouble: 'refused' });
    expect(errors).toMatchObject([{ code }]);
    client.destroy();
  });

  test('with a class given loads nothing of pusher-js', async () => {
    const transport = createTransport({ ...nothing, Pusher: Pusher as never }) as LazyTransport;
    await transport.load(import('../../src/first-dial'));
    expect(transport.subscribe('news')).toBe(false);
    transport.open(() => {});
    expect(HandSocket.all).toHaveLength(1);
    transport.destroy();
    expect(HandSocket.living).toBe(0);
  });
});
