import Echo from 'laravel-echo';
import Pusher from 'pusher-js';
import type { Channel } from '../../src/index';
import { channelOf, surewireClient } from '../surewire-client';
import type { Contestant, Peer, PeerSettings } from './peer';
import { event } from './wire';

// Those that speak Pusher's protocol.

const key = 'app-key';
const host = '127.0.0.1';
/** The events that go to others, and the one that answers a request by hand. */
const [toOthers, answered] = ['client-command', 'answer'];

type Options = ConstructorParameters<typeof Pusher>[1];

function optionsFor({ port }: PeerSettings, others: Partial<Options> = {}): Options {
  return {
    cluster: '',
    wsHost: host,
    wsPort: port,
    forceTLS: false,
    enabledTransports: ['ws'],
    channelAuthorization: { endpoint: `http://${host}:${port}/auth`, transport: 'ajax' },
    ...others,
  };
}

/** pusher-js as its documentation shows it, and what an application writes over it to have a request answered. */
function rawPeer(pusher: Pusher): Peer {
  const waiting = new Map<number, () => void>();
  const withAnswers = new Set<string>();
  let requests = 0;
  return {
    listen(name, listener, live) {
      const channel = pusher.subscribe(name);
      channel.bind('pusher:subscription_succeeded', live);
      channel.bind(event, listener);
    },
    also: (name, listener) => void pusher.channel(name).bind(event, listener),
    publish: (name, payload) => void pusher.channel(name).trigger(toOthers, payload),
    request(name, payload) {
      const channel = pusher.channel(name);
      if (!withAnswers.has(name)) {
        withAnswers.add(name);
        channel.bind(answered, ({ request }: { readonly request: number }) => {
          waiting.get(request)?.();
          waiting.delete(request);
        });
      }
      requests += 1;
      const request = requests;
      channel.trigger(toOthers, { ...payload, request });
      return new Promise<void>((resolve) => waiting.set(request, resolve));
    },
  };
}

/** Asks for all channels that are wanted within 15 ms in one request: what one writes when 200 requests are too many. */
function batchedByHand(port: number): NonNullable<Options['channelAuthorization']> {
  type Answer = (error: Error | null, data: { auth: string } | null) => void;
  let wanted: { readonly name: string; readonly answer: Answer }[] = [];
  const ask = async (socketId: string): Promise<void> => {
    const asked = wanted;
    wanted = [];
    const response = await fetch(`http://${host}:${port}/auth`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ socket_id: socketId, channel_names: asked.map(({ name }) => name) }),
    });
    const { channels } = (await response.json()) as { channels: Record<string, { auth: string }> };
    for (const { name, answer } of asked) answer(null, channels[name] ?? null);
  };
  return {
    endpoint: '',
    transport: 'ajax',
    customHandler({ socketId, channelName }, answer) {
      wanted.push({ name: channelName, answer });
      if (wanted.length === 1) setTimeout(() => void ask(socketId), 15);
    },
  };
}

function surewirePeer({ port }: PeerSettings, batch: boolean): Peer {
  const client = surewireClient({
    key,
    host,
    port,
    auth: { endpoint: `http://${host}:${port}/auth`, batch },
    publish: 'to peers',
    clientEventsPerSecond: Number.POSITIVE_INFINITY,
  });
  const channels = new Map<string, Channel>();
  const channel = (name: string): Channel => {
    const known = channels.get(name) ?? channelOf(client, name);
    channels.set(name, known);
    return known;
  };
  return {
    listen(name, listener, live) {
      const { subscription } = channel(name);
      subscription.subscribe(() => {
        if (subscription.get().state === 'subscribed') live();
      });
      channel(name).on(event, listener);
    },
    also: (name, listener) => void channel(name).on(event, listener),
    publish: (name, payload) => void channel(name).publish(toOthers, payload),
    request: (name, payload) => channel(name).publish(toOthers, payload, { acknowledge: 'delivered' }),
  };
}

/** A socket with the two parses that the wire format asks for: what cannot be saved. */
function barePeer(port: number, open: (address: string) => WebSocket): Peer {
  const socket = open(`ws://${host}:${port}/app/${key}?protocol=7`);
  const listeners = new Map<string, ((payload: unknown) => void)[]>();
  const lives = new Map<string, () => void>();
  let isOpen = false;
  const subscribe = (channel: string): void =>
    socket.send(JSON.stringify({ event: 'pusher:subscribe', data: { channel } }));
  socket.onmessage = ({ data: text }) => {
    const { event: name, channel, data } = JSON.parse(text);
    const content = JSON.parse(data);
    if (name === event) for (const listener of listeners.get(channel) ?? []) listener(content);
    else if (name === 'pusher_internal:subscription_succeeded') lives.get(channel)?.();
    else if (name === 'pusher:connection_established') {
      isOpen = true;
      for (const each of listeners.keys()) subscribe(each);
    }
  };
  return {
    listen(channel, listener, live) {
      listeners.set(channel, [listener]);
      lives.set(channel, live);
      if (isOpen) subscribe(channel);
    },
    also: (channel, listener) => void listeners.get(channel)?.push(listener),
    publish: (channel, data) => socket.send(JSON.stringify({ event: toOthers, channel, data })),
  };
}

const raw: Contestant = {
  wire: 'pusher',
  foreign: false,
  can: ['subscribe', 'private', 'publish', 'request', 'page'],
  create: async (settings) => rawPeer(new Pusher(key, optionsFor(settings))),
};

const surewire: Contestant = { ...raw, create: async (settings) => surewirePeer(settings, false) };

const bare: Contestant = {
  ...raw,
  can: ['publish', 'page'],
  create: async ({ port }) => barePeer(port, (address) => new WebSocket(address)),
};

/** The WebSocket that pusher-js brings for Node. */
const { Runtime } = Pusher as unknown as {
  readonly Runtime: { createWebSocket(address: string): WebSocket };
};

/** surewire, pusher-js, what is built on it, and the limit. `…, same socket` get the WebSocket that pusher-js brings for Node. */
export const pusherContestants = {
  raw,
  /** pusher-js once more: what it differs from itself is noise. */
  'raw again': { ...raw, can: [] },
  surewire,
  'surewire, same socket': {
    ...surewire,
    can: [],
    create(settings) {
      Reflect.deleteProperty(globalThis, 'WebSocket');
      return surewire.create(settings);
    },
  },
  bare,
  'bare, same socket': {
    ...bare,
    can: [],
    create: async ({ port }) => barePeer(port, (address) => Runtime.createWebSocket(address)),
  },
  'raw, batched by hand': {
    ...raw,
    can: ['private'],
    create: async (settings) =>
      rawPeer(new Pusher(key, optionsFor(settings, { channelAuthorization: batchedByHand(settings.port) }))),
  },
  'surewire, batched': {
    ...raw,
    can: ['private'],
    create: async (settings) => surewirePeer(settings, true),
  },
  'laravel-echo': {
    ...raw,
    can: ['subscribe', 'private', 'publish'],
    async create(settings) {
      const client = new Pusher(key, optionsFor(settings));
      const echo = new Echo({ broadcaster: 'pusher', key, client });
      const channel = (name: string) =>
        name.startsWith('private-') ? echo.private(name.slice('private-'.length)) : echo.channel(name);
      return {
        listen: (name, listener, live) => void channel(name).listen(`.${event}`, listener).subscribed(live),
        also: (name, listener) => void channel(name).listen(`.${event}`, listener),
        publish: (name, payload) =>
          void echo.private(name.slice('private-'.length)).whisper('command', payload),
      };
    },
  },
} satisfies Readonly<Record<string, Contestant>>;
