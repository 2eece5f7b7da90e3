import type { ServerApp } from './app';
import { channelTraits } from './channel-name';
import { checkCloseCode, checkReason, checkText } from './script-rules';

/** A connection, as a test sees it. */
export interface TestConnection {
  /** Pusher's name for it. */
  readonly socketId: string;
  /** The key of its app. */
  readonly key: string;
  /** The user that signed in on it. */
  readonly userId?: string;
  /** The channels it is subscribed to, in the order of subscribing. */
  readonly channels: readonly string[];
  /** When it was opened, in milliseconds since 1970. */
  readonly openedAt: number;
  /** When its last frame came, ping and pong frames included, in milliseconds since 1970. */
  readonly lastHeardAt: number;
  /** Closes it with a code that a close frame can carry, and a reason of at most 123 UTF-8 bytes. */
  close(code: number, reason?: string): void;
  /** Writes a text frame to it as it is, well-formed or not. */
  send(frame: string): void;
}

/** A channel, as a test sees it. */
export interface TestChannel {
  /** Its name. */
  readonly name: string;
  /** The key of its app. */
  readonly key: string;
  /** What its prefix makes of it; `user` for the channel of a signed-in user. */
  readonly kind: 'public' | 'private' | 'encrypted' | 'presence' | 'user';
  /** How many connections are subscribed. */
  readonly subscriptions: number;
  /** The ids of the users on it, for presence channels. */
  readonly users: readonly string[];
}

/** The connections of an app, oldest first. */
export function describeConnections({ connections, settings }: ServerApp): readonly TestConnection[] {
  return Array.from(connections.values(), (connection) => ({
    socketId: connection.socketId,
    key: settings.key,
    ...(connection.user === undefined ? {} : { userId: connection.user.id }),
    channels: [...connection.channels],
    openedAt: connection.openedAt,
    lastHeardAt: connection.lastHeardAt,
    close: (code: number, reason = '') => {
      checkCloseCode(code, 'close(code)', 'server.drop()');
      checkReason(reason, 'close(code, reason)');
      connection.close(code, reason);
    },
    send: (frame: string) => {
      checkText(frame, 'A frame');
      connection.deliver(frame);
    },
  }));
}

/** The channels of an app that have subscribers. */
export function describeChannels({ occupied, settings }: ServerApp): readonly TestChannel[] {
  return occupied.map(({ name, size, roster }) => ({
    name,
    key: settings.key,
    kind: channelTraits(name).kind,
    subscriptions: size,
    users: roster.members.map(({ userId }) => userId),
  }));
}
