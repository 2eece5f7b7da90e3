import Pusher from 'pusher-js';
import PusherWithEncryption from 'pusher-js/with-encryption';
import PusherWorker from 'pusher-js/worker';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { RealtimeClient, type RealtimeClientOptions, statistics } from '../../src/index';

const clients: RealtimeClient[] = [];
let sockets: WebSocket[] = [];
const Native = window.WebSocket;

beforeEach(() => {
  sockets = [];
  class CountedSocket extends Native {
    constructor(url: string | URL) {
      super(url);
      sockets.push(this);
    }
  }
  window.WebSocket = CountedSocket;
});

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  window.WebSocket = Native;
  vi.restoreAllMocks();
});

function setUp(more: Partial<RealtimeClientOptions> = {}): RealtimeClient {
  const { key, host, port } = inject('server');
  const client = new RealtimeClient({ key, host, port, tls: false, ...more });
  client.on('error', () => {});
  clients.push(client);
  return client;
}

/** What the browser does when the network goes or comes. */
function network(online: boolean): void {
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(online);
  window.dispatchEvent(new Event(online ? 'online' : 'offline'));
}

const until = (client: RealtimeClient, state: string): Promise<void> =>
  vi.waitFor(() => expect(client.status.get().state).toBe(state), { timeout: 60_000, interval: 10 });

describe('in a page', () => {
  it.each([
    ['pusher-js, loaded by us', undefined],
    ['pusher-js', Pusher],
    ['pusher-js/with-encryption', PusherWithEncryption],
    ['pusher-js/worker', PusherWorker],
  ])('%s dials one socket, and leaves nothing behind', async (_, build) => {
    const before = Pusher.instances.length;
    const client = setUp(build === undefined ? {} : { Pusher: build as never });
    await client.connect();
    expect(sockets).toHaveLength(1);
    expect(client.socketId).toMatch(/^\d+\.\d+$/);
    client.destroy();
    expect(client.status.get().state).toBe('idle');
    await vi.waitFor(
      () => expect(sockets.map(({ readyState }) => readyState)).toEqual([WebSocket.CLOSED]),
      60_000,
    );
    expect(Pusher.instances).toHaveLength(before);
  });

  it('needs no network for a server on the same machine: the link is asked and kept', async () => {
    const client = setUp();
    await client.connect();
    network(false);
    expect(client.status.get().state).toBe('connected');
    network(true);
    expect(client.status.get().state).toBe('connected');
    expect(sockets).toHaveLength(1);
  });

  it('dials although the device says that there is no network, and believes the answer', async () => {
    network(false);
    const client = setUp();
    const connected = client.connect();
    await connected;
    expect(client.status.get().state).toBe('connected');
    expect(sockets).toHaveLength(1);
    network(true);
  });

  it('asks for a sign of life when it comes to the front, and stays connected', async () => {
    const client = setUp({ statistics: statistics() });
    await client.connect();
    const [socket] = sockets;
    if (socket === undefined) throw new Error('no socket');
    const sent = vi.spyOn(socket, 'send');
    document.dispatchEvent(new Event('visibilitychange'));
    expect(sent).toHaveBeenCalledWith(JSON.stringify({ event: 'pusher:ping', data: {} }));
    await vi.waitFor(() => expect(client.statistics.get().roundTrip).toBeDefined(), 60_000);
    expect(client.status.get().state).toBe('connected');
    window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    expect(sent).toHaveBeenCalledTimes(2);
  });

  it('says at once that nobody listens there, and dials no more after disconnect()', async () => {
    const client = setUp({ port: 1 + inject('server').port });
    void client.connect();
    await until(client, 'reconnecting');
    client.disconnect();
    const dials = sockets.length;
    network(false);
    network(true);
    document.dispatchEvent(new Event('visibilitychange'));
    expect(client.status.get().state).toBe('idle');
    expect(sockets).toHaveLength(dials);
  });

  it('that may not dial there fails with the browser’s reason', async () => {
    class BlockedSocket {
      constructor() {
        throw new DOMException('An insecure WebSocket connection may not be initiated', 'SecurityError');
      }
    }
    window.WebSocket = BlockedSocket as never;
    const client = setUp({ Pusher: Pusher as never });
    await expect(client.connect()).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringContaining('SecurityError'),
    });
    expect(client.status.get().state).toBe('failed');
  });
});
