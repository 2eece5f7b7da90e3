import { event, type Heard, said, type Wire } from './wire';

/** The wires that the contestants speak. */
export type WireName = 'pusher' | 'socket.io' | 'centrifuge' | 'ably' | 'phoenix' | 'supabase';

/** Makes the server's end of a connection. */
export const wires: Readonly<Record<WireName, () => Wire>> = {
  pusher: () => ({
    greet: () => [pusherFrame('pusher:connection_established', { socket_id: '1.1', activity_timeout: 120 })],
    hear(frame) {
      const { event: name, data, channel } = JSON.parse(String(frame)) as PusherFrame;
      if (name === 'pusher:ping') return said(pusherFrame('pusher:pong', {}));
      if (name === 'pusher:subscribe') {
        const answer = pusherFrame('pusher_internal:subscription_succeeded', {}, String(data['channel']));
        return { ...said(answer), subscribed: 1 };
      }
      if (!name.startsWith('client-')) return said();
      return { ...said(...confirmation(channel, data)), published: 1 };
    },
    message: (channel, content) => pusherFrame(event, content, channel),
  }),

  // Engine.IO 4 around Socket.IO 5: https://socket.io/docs/v4/engine-io-protocol/
  'socket.io': () => ({
    greet: () => [
      `0${JSON.stringify({ sid: 's', upgrades: [], pingInterval: 300_000, pingTimeout: 300_000, maxPayload: 1e6 })}`,
    ],
    hear(frame) {
      const text = String(frame);
      if (text === '40') return said('40{"sid":"s"}');
      const [, id = '', content = '[]'] = /^42(\d*)(\[.*)$/s.exec(text) ?? [];
      const [name] = JSON.parse(content) as readonly unknown[];
      const answers = id === '' ? [] : [`43${id}[]`];
      if (name === 'join') return { answers, subscribed: 1, published: 0 };
      return { answers, subscribed: 0, published: name === undefined ? 0 : 1 };
    },
    // An event for each channel: rooms are the server's business.
    message: (channel, content) => `42${JSON.stringify([channel, content])}`,
  }),

  // https://centrifugal.dev/docs/transports/client_protocol
  centrifuge: () => ({
    greet: () => [],
    hear(frame) {
      const commands = String(frame)
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as CentrifugeCommand);
      const replies = commands.flatMap(({ id, connect, subscribe, publish }): object[] => {
        if (connect) return [{ id, connect: { client: 'c', version: '0', ping: 300, pong: true } }];
        if (subscribe) return [{ id, subscribe: {} }];
        return publish ? [{ id, publish: {} }] : [];
      });
      return {
        answers: replies.length === 0 ? [] : [replies.map((reply) => JSON.stringify(reply)).join('\n')],
        subscribed: commands.filter(({ subscribe }) => subscribe).length,
        published: commands.filter(({ publish }) => publish).length,
      };
    },
    message: (channel, content) => JSON.stringify({ push: { channel, pub: { data: content } } }),
  }),

  // https://sdk.ably.com/builds/ably/specification/main/protocol/
  ably: () => {
    let messages = 0;
    return {
      greet: () => [
        JSON.stringify({
          action: 4,
          connectionId: String(Math.random()),
          connectionDetails: {
            connectionKey: String(Math.random()),
            maxMessageSize: 65_536,
            maxFrameSize: 262_144,
            maxInboundRate: 1_000,
            connectionStateTtl: 120_000,
            maxIdleInterval: 300_000,
            serverId: 's',
          },
        }),
      ],
      hear(frame) {
        const { action, channel, msgSerial } = JSON.parse(String(frame)) as AblyFrame;
        if (action === 0) return said(JSON.stringify({ action: 0 }));
        if (action === 10) {
          const attached = JSON.stringify({ action: 11, channel, flags: 0, channelSerial: 's' });
          return { ...said(attached), subscribed: 1 };
        }
        if (action !== 15) return said();
        return { ...said(JSON.stringify({ action: 1, msgSerial, count: 1 })), published: 1 };
      },
      message(channel, content) {
        messages += 1;
        return JSON.stringify({
          action: 15,
          channel,
          id: `m:${messages}`,
          connectionId: 'c',
          timestamp: 1,
          messages: [{ name: event, data: JSON.stringify(content), encoding: 'json' }],
        });
      },
    };
  },

  phoenix: () => ({
    greet: () => [],
    hear: (frame) => phoenixHeard(JSON.parse(String(frame)) as PhoenixFrame),
    message: (channel, content) => JSON.stringify([null, null, channel, event, content]),
  }),

  // Phoenix, but for broadcasts, which are binary in both directions from version 2.0.0 on.
  supabase: () => ({
    greet: () => [],
    hear(frame, isBinary) {
      if (!isBinary) return phoenixHeard(JSON.parse(String(frame)) as PhoenixFrame);
      const [, joinRefLength = 0, refLength = 0, topicLength = 0] = frame;
      const [joinRef, ref, topic] = parts(frame, 7, [joinRefLength, refLength, topicLength]);
      return { ...said(phoenixReply([joinRef ?? '', ref ?? '', topic ?? '', '', {}])), published: 1 };
    },
    message(channel, content) {
      const [topic, name, payload] = [`realtime:${channel}`, event, JSON.stringify(content)].map(Buffer.from);
      const head = Buffer.from([4, topic?.length ?? 0, name?.length ?? 0, 0, 1]);
      return Buffer.concat([head, topic ?? head, name ?? head, payload ?? head]);
    },
  }),
};

interface PusherFrame {
  readonly event: string;
  readonly channel?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface CentrifugeCommand {
  readonly id?: number;
  readonly connect?: object;
  readonly subscribe?: object;
  readonly publish?: object;
}

interface AblyFrame {
  readonly action: number;
  readonly channel?: string;
  readonly msgSerial?: number;
}

type PhoenixFrame = readonly [joinRef: string, ref: string, topic: string, event: string, payload: unknown];

function pusherFrame(name: string, data: unknown, channel?: string): string {
  // Data is text in the text, as Pusher sends it.
  return JSON.stringify({ event: name, channel, data: JSON.stringify(data) });
}

/** What a receiver says to somebody who wants to know that it has a message: surewire's way, and one written by hand. */
function confirmation(channel: string | undefined, data: PusherFrame['data']): string[] {
  const asked = data['surewire:confirm'];
  if (asked !== undefined) return [pusherFrame('client-ack', { id: asked, receiver: 'peer' }, channel)];
  return data['request'] === undefined ? [] : [pusherFrame('answer', { request: data['request'] }, channel)];
}

function phoenixHeard(frame: PhoenixFrame): Heard {
  const [, , topic, name] = frame;
  const counts = topic === 'phoenix' ? '' : name;
  return {
    answers: [phoenixReply(frame)],
    subscribed: counts === 'phx_join' ? 1 : 0,
    published: counts === event || counts === 'broadcast' ? 1 : 0,
  };
}

function phoenixReply([joinRef, ref, topic]: PhoenixFrame): string {
  const payload = { status: 'ok', response: { postgres_changes: [] } };
  return JSON.stringify([joinRef, ref, topic, 'phx_reply', payload]);
}

function parts(frame: Buffer, from: number, lengths: readonly number[]): string[] {
  let at = from;
  return lengths.map((length) => {
    at += length;
    return frame.toString('utf8', at - length, at);
  });
}
