import type { Contestant } from './peer';
import { event } from './wire';

// Those that speak wires of their own. Their packages are the benchmark's, installed on demand: of their types only what is used
// here is written down, so that the project compiles without them.

type Listener = (payload: unknown) => void;
const host = '127.0.0.1';

interface SocketIo {
  io(address: string, options: object): SocketIoSocket;
}
interface SocketIoSocket {
  readonly connected: boolean;
  on(event: string, listener: Listener): void;
  emit(event: string, ...parameters: unknown[]): void;
  emitWithAck(event: string, payload: object): Promise<unknown>;
}

interface CentrifugeModule {
  readonly Centrifuge: new (
    address: string,
    options: object,
  ) => {
    connect(): void;
    newSubscription(channel: string, options: object): CentrifugeSubscription;
    getSubscription(channel: string): CentrifugeSubscription;
  };
}
interface CentrifugeSubscription {
  on(event: 'publication', listener: (context: { readonly data: unknown }) => void): void;
  on(event: 'subscribed', listener: () => void): void;
  subscribe(): void;
  setMaxListeners(count: number): void;
  publish(payload: object): Promise<unknown>;
}

interface AblyModule {
  readonly Realtime: new (options: object) => { readonly channels: { get(name: string): AblyChannel } };
}
interface AblyChannel {
  on(event: 'attached', listener: () => void): void;
  subscribe(event: string, listener: (message: { readonly data: unknown }) => void): Promise<unknown>;
  publish(event: string, payload: object): Promise<unknown>;
}

interface PhoenixModule {
  readonly Socket: new (
    address: string,
    options: object,
  ) => { connect(): void; channel(name: string): PhoenixChannel };
}
interface PhoenixChannel {
  on(event: string, listener: Listener): void;
  join(): PhoenixPush;
  push(event: string, payload: object): PhoenixPush;
}
interface PhoenixPush {
  receive(status: string, listener: (answer?: unknown) => void): PhoenixPush;
}

interface SupabaseModule {
  readonly RealtimeClient: new (
    address: string,
    options: object,
  ) => { channel(name: string, options: object): SupabaseChannel };
}
interface SupabaseChannel {
  on(type: 'broadcast', filter: { readonly event: string }, listener: Listener): SupabaseChannel;
  subscribe(listener: (status: string) => void): SupabaseChannel;
  send(message: object): Promise<unknown>;
}

/** Asks the application for a subscription's token, as centrifuge's guide shows it. */
async function tokenFor(port: number, channel: string): Promise<string> {
  const response = await fetch(`http://${host}:${port}/auth`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ channel }),
  });
  const { token } = (await response.json()) as { readonly token: string };
  return token;
}

/** The channels of one client by name, made when first asked for. */
function remembered<T>(create: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const channel = known.get(name) ?? create(name);
    known.set(name, channel);
    return channel;
  };
}

/** Libraries with servers of their own. */
export const otherContestants = {
  'socket.io': {
    wire: 'socket.io',
    foreign: true,
    can: ['subscribe', 'publish', 'request', 'page'],
    async create({ port, load }) {
      const { io } = (await load('socket.io-client')) as SocketIo;
      const socket = io(`http://${host}:${port}`, { transports: ['websocket'] });
      // Rooms are the server's: an application joins them itself, at each connect.
      const joins: (() => void)[] = [];
      socket.on('connect', () => {
        for (const join of joins) join();
      });
      return {
        listen(channel, listener, live) {
          socket.on(channel, listener);
          const join = (): void => socket.emit('join', channel, live);
          joins.push(join);
          if (socket.connected) join();
        },
        also: (channel, listener) => socket.on(channel, listener),
        publish: (channel, payload) => socket.emit(channel, payload),
        request: (channel, payload) => socket.emitWithAck(channel, payload),
      };
    },
  },
  centrifuge: {
    wire: 'centrifuge',
    foreign: true,
    can: ['subscribe', 'private', 'publish', 'request', 'page'],
    async create({ port, load }) {
      const { Centrifuge } = (await load('centrifuge')) as CentrifugeModule;
      const { WebSocket: websocket } = globalThis;
      const client = new Centrifuge(`ws://${host}:${port}/connection/websocket`, { websocket });
      client.connect();
      const channel = remembered((name) =>
        client.newSubscription(
          name,
          name.startsWith('private-') ? { getToken: () => tokenFor(port, name) } : {},
        ),
      );
      return {
        listen(name, listener, live) {
          channel(name).on('publication', ({ data }) => listener(data));
          channel(name).on('subscribed', live);
          channel(name).subscribe();
        },
        also(name, listener) {
          // Or it warns of the eleventh.
          channel(name).setMaxListeners(0);
          channel(name).on('publication', ({ data }) => listener(data));
        },
        publish: (name, payload) => void channel(name).publish(payload),
        request: (name, payload) => channel(name).publish(payload),
      };
    },
  },
  ably: {
    wire: 'ably',
    foreign: true,
    can: ['subscribe', 'publish', 'request', 'page'],
    async create({ port, load }) {
      const { Realtime } = (await load('ably')) as AblyModule;
      const client = new Realtime({
        token: 'token',
        realtimeHost: host,
        restHost: host,
        fallbackHosts: [],
        port,
        tls: false,
        useBinaryProtocol: false,
        transports: ['web_socket'],
        disableConnectivityCheck: true,
        logLevel: 0,
      });
      const channel = (name: string): AblyChannel => client.channels.get(name);
      return {
        listen(name, listener, live) {
          channel(name).on('attached', live);
          void channel(name).subscribe(event, ({ data }) => listener(data));
        },
        also: (name, listener) => void channel(name).subscribe(event, ({ data }) => listener(data)),
        publish: (name, payload) => void channel(name).publish(event, payload),
        request: (name, payload) => channel(name).publish(event, payload),
      };
    },
  },
  phoenix: {
    wire: 'phoenix',
    foreign: true,
    can: ['subscribe', 'publish', 'request', 'page'],
    async create({ port, load }) {
      const { Socket } = (await load('phoenix')) as PhoenixModule;
      const socket = new Socket(`ws://${host}:${port}/socket`, { transport: globalThis.WebSocket });
      socket.connect();
      const channel = remembered((name) => socket.channel(name));
      return {
        listen(name, listener, live) {
          channel(name).on(event, listener);
          channel(name).join().receive('ok', live);
        },
        also: (name, listener) => channel(name).on(event, listener),
        publish: (name, payload) => void channel(name).push(event, payload),
        request: (name, payload) =>
          new Promise((resolve, reject) => {
            channel(name).push(event, payload).receive('ok', resolve).receive('timeout', reject);
          }),
      };
    },
  },
  supabase: {
    wire: 'supabase',
    foreign: true,
    can: ['subscribe', 'publish', 'request', 'page'],
    async create({ port, load }) {
      const { RealtimeClient } = (await load('@supabase/realtime-js')) as SupabaseModule;
      const client = new RealtimeClient(`ws://${host}:${port}/realtime/v1`, { params: { apikey: 'key' } });
      const channel = remembered((name) => client.channel(name, { config: { broadcast: { ack: true } } }));
      const message = (payload: object): object => ({ type: 'broadcast', event, payload });
      const listening = (name: string, listener: Listener): unknown =>
        channel(name).on('broadcast', { event }, (broadcast) =>
          listener((broadcast as { readonly payload: unknown }).payload),
        );
      return {
        listen(name, listener, live) {
          listening(name, listener);
          channel(name).subscribe((status) => {
            if (status === 'SUBSCRIBED') live();
          });
        },
        also: (name, listener) => void listening(name, listener),
        publish: (name, payload) => void channel(name).send(message(payload)),
        request: (name, payload) => channel(name).send(message(payload)),
      };
    },
  },
} satisfies Readonly<Record<string, Contestant>>;
