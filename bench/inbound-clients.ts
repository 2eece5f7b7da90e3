import Pusher from 'pusher-js';
import { channelNames, type Flood, keyOf } from './flood-server';
import { channelOf, surewireClient } from './surewire-client';

/**
 * Who receives. `bare` is a socket with the two parses that the wire format asks for: what cannot be saved. surewire takes
 * the platform's WebSocket where there is one, in Node as well; `…-same-socket` get the one that pusher-js brings for Node.
 */
export type Receiver = 'raw' | 'surewire' | 'surewire-same-socket' | 'bare' | 'bare-same-socket';

interface Reception {
  readonly flood: Flood;
  readonly port: number;
  /** Gets each payload. */
  readonly listener: (payload: unknown) => void;
}

/** Starts a client that listens to a flood. Returns what must be kept alive. */
export const receive: Readonly<Record<Receiver, (reception: Reception) => unknown>> = {
  raw({ flood, port, listener }) {
    const pusher = new Pusher(keyOf(flood), {
      cluster: '',
      wsHost: '127.0.0.1',
      wsPort: port,
      forceTLS: false,
      enabledTransports: ['ws'],
    });
    for (const name of channelNames(flood.channels)) pusher.subscribe(name).bind('progress', listener);
    return pusher;
  },

  surewire({ flood, port, listener }) {
    const client = surewireClient({ key: keyOf(flood), host: '127.0.0.1', port });
    for (const name of channelNames(flood.channels)) channelOf(client, name).on('progress', listener);
    return client;
  },

  'surewire-same-socket'(reception) {
    Reflect.deleteProperty(globalThis, 'WebSocket');
    return receive.surewire(reception);
  },

  bare(reception) {
    return receiveBare(reception, (address) => new WebSocket(address));
  },

  'bare-same-socket'(reception) {
    const { Runtime } = Pusher as unknown as {
      readonly Runtime: { createWebSocket(address: string): WebSocket };
    };
    return receiveBare(reception, (address) => Runtime.createWebSocket(address));
  },
};

function receiveBare(
  { flood, port, listener }: Reception,
  createSocket: (address: string) => WebSocket,
): unknown {
  const socket = createSocket(`ws://127.0.0.1:${port}/app/${keyOf(flood)}?protocol=7`);
  const listeners = new Map(channelNames(flood.channels).map((name) => [name, listener]));
  socket.onmessage = ({ data: text }) => {
    const { event, channel, data } = JSON.parse(text);
    const content = JSON.parse(data);
    if (event === 'progress') listeners.get(channel)?.(content);
    else if (event === 'pusher:connection_established') {
      for (const name of listeners.keys()) {
        socket.send(JSON.stringify({ event: 'pusher:subscribe', data: { channel: name } }));
      }
    }
  };
  return socket;
}

/** Receives `warmUp` messages, then the rest of the flood, and returns the microseconds of CPU that each of the rest took. */
export function cpuPerMessage(
  receiver: Receiver,
  { flood, port, warmUp }: { readonly flood: Flood; readonly port: number; readonly warmUp: number },
): Promise<number> {
  return new Promise((resolve) => {
    let [seen, from] = [0, process.cpuUsage()];
    const kept = receive[receiver]({
      flood,
      port,
      listener: () => {
        seen += 1;
        if (seen === warmUp) from = process.cpuUsage();
        if (seen !== flood.count) return;
        const { user, system } = process.cpuUsage(from);
        resolve((user + system) / (flood.count - warmUp));
      },
    });
    keepAlive.push(kept);
  });
}

/** Subscribes to so many channels, one listener each, and returns the bytes of heap in use. Needs `--expose-gc`. */
export async function heapWith(receiver: Receiver, channels: number, port: number): Promise<number> {
  await new Promise<void>((resolve) => {
    const flood = { channels, bytes: 200, count: 1 };
    keepAlive.push(receive[receiver]({ flood, port, listener: () => resolve() }));
  });
  // What is only on its way out is not counted: frames, timers, the two seconds of a linger.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  for (let round = 0; round < 3; round += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

const keepAlive: unknown[] = [];
