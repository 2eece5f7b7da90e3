import type { Clock } from '../index';
import type { AppSettings } from './app-options';
import { channelTraits } from './channel-name';
import { encodeFrame } from './frames';
import { MessageHistory } from './message-history';
import type { RosterMember } from './presence-roster';
import { ServerChannel } from './server-channel';
import type { ServerConnection } from './server-connection';
import { SignedInUsers } from './signed-in-users';
import type { WebhookEvent } from './webhooks';

/** An event that the server side publishes. */
export interface Publication {
  readonly channel: string;
  readonly event: string;
  readonly data: string;
  readonly messageId: string;
  /** The connection that does not get it. */
  readonly except?: string | undefined;
  /** Which door it came through: the application's own, or Pusher's HTTP API. */
  readonly by: 'application' | 'api';
}

/** What an app needs from the server around it. */
export interface AppSurroundings {
  readonly clock: Clock;
  readonly tell: (event: WebhookEvent) => void;
}

const countEvery = 5_000;
const manySubscribers = 100;

/** One app: its connections, its channels, its signed-in users, and what is published between them. */
export class ServerApp {
  readonly settings: AppSettings;
  readonly connections: Map<string, ServerConnection> = new Map();
  readonly channels: Map<string, ServerChannel> = new Map();
  readonly history: MessageHistory;
  users: SignedInUsers = new SignedInUsers();
  readonly #clock: Clock;
  readonly #tell: AppSurroundings['tell'];

  constructor(settings: AppSettings, { clock, tell }: AppSurroundings) {
    this.settings = settings;
    this.history = new MessageHistory(settings.limits.history);
    this.#clock = clock;
    this.#tell = tell;
  }

  /** The channels that have subscribers. */
  get occupied(): readonly ServerChannel[] {
    return [...this.channels.values()].filter((channel) => channel.size > 0);
  }

  /** Subscribes a connection and tells everybody who should know. */
  subscribe(connection: ServerConnection, name: string, member?: RosterMember): void {
    const channel = this.channels.get(name) ?? new ServerChannel(name);
    this.channels.set(name, channel);
    channel.add(connection, member);
    connection.channels.add(name);
    const isFirst = member !== undefined && channel.roster.join(connection.socketId, member);
    const data = member === undefined ? {} : { presence: channel.roster.toPresence() };
    connection.deliver(encodeFrame({ event: 'pusher_internal:subscription_succeeded', channel: name, data }));
    if (channel.size === 1) this.#tell({ name: 'channel_occupied', channel: name });
    if (isFirst) this.#announceMember(channel, member, connection.socketId);
    if (channel.traits.cached) this.#replay(connection, channel);
    this.#tellCount(channel);
  }

  /** Ends a subscription. False when there was none. */
  unsubscribe(connection: ServerConnection, name: string): boolean {
    const channel = this.channels.get(name);
    const member = channel?.member(connection.socketId);
    connection.channels.delete(name);
    if (channel === undefined || !channel.delete(connection.socketId)) return false;
    if (member !== undefined && channel.roster.leave(connection.socketId, member.userId)) {
      const data = { user_id: member.userId };
      channel.broadcast(encodeFrame({ event: 'pusher_internal:member_removed', channel: name, data }));
      this.#tell({ name: 'member_removed', channel: name, user_id: member.userId });
    }
    this.#tellCount(channel);
    if (channel.size === 0) this.#vacate(channel);
    return true;
  }

  /** Forgets a connection that is gone. */
  release(connection: ServerConnection): void {
    connection.end();
    if (!this.connections.delete(connection.socketId)) return;
    for (const name of [...connection.channels]) this.unsubscribe(connection, name);
    this.users.delete(connection, this.settings.watchlist);
  }

  /** Sends an event to a channel's subscribers, remembers it for cache channels and for the history. */
  publish({ channel: name, event, data, messageId, except, by }: Publication): void {
    const now = this.#clock.now();
    const { messageIds } = this.settings;
    const shown = messageIds === 'everything' || messageIds === by ? messageId : undefined;
    if (channelTraits(name).cached) {
      const channel = this.channels.get(name) ?? new ServerChannel(name);
      channel.cache = { event, data, messageId: shown, expiresAt: now + this.settings.limits.cacheLife };
      this.channels.set(name, channel);
    }
    this.history.add(name, { id: messageId, event, data, publishedAt: now });
    this.channels.get(name)?.broadcast(encodeFrame({ event, channel: name, data, messageId: shown }), except);
  }

  /** Passes a client event on to the channel's other subscribers. */
  relay(connection: ServerConnection, channel: ServerChannel, event: string, data: string): void {
    const userId = channel.member(connection.socketId)?.userId;
    channel.broadcast(encodeFrame({ event, channel: channel.name, data, userId }), connection.socketId);
    const presence = userId === undefined ? {} : { user_id: userId };
    const { socketId } = connection;
    this.#tell({
      name: 'client_event',
      channel: channel.name,
      event,
      data,
      socket_id: socketId,
      ...presence,
    });
  }

  /** The event that a cache channel remembers now. */
  cached(name: string): ServerChannel['cache'] {
    const cache = this.channels.get(name)?.cache;
    return cache !== undefined && cache.expiresAt > this.#clock.now() ? cache : undefined;
  }

  /** What a cache channel remembers and for how many seconds still, as the HTTP API tells it. */
  describeCache(name: string): { readonly data: string; readonly ttl: number } | null {
    const cache = this.cached(name);
    if (cache === undefined) return null;
    return { data: cache.data, ttl: Math.ceil((cache.expiresAt - this.#clock.now()) / 1000) };
  }

  /** Closes all connections on which a user signed in. */
  terminate(userId: string): void {
    for (const connection of this.users.connectionsOf(userId)) {
      this.release(connection);
      connection.close(4009, 'Connection terminated by the application');
    }
  }

  /** Forgets everything a broker keeps in memory; the history is the application's and stays. */
  reset(): void {
    for (const connection of this.connections.values()) connection.end();
    for (const channel of this.channels.values()) channel.stopCount?.();
    this.connections.clear();
    this.channels.clear();
    this.users = new SignedInUsers();
  }

  #announceMember(channel: ServerChannel, member: RosterMember, socketId: string): void {
    const data = { user_id: member.userId, user_info: member.info };
    const frame = encodeFrame({ event: 'pusher_internal:member_added', channel: channel.name, data });
    channel.broadcast(frame, socketId);
    this.#tell({ name: 'member_added', channel: channel.name, user_id: member.userId });
  }

  #replay(connection: ServerConnection, { name }: ServerChannel): void {
    const cache = this.cached(name);
    if (cache !== undefined) {
      connection.deliver(encodeFrame({ ...cache, channel: name }));
      return;
    }
    connection.deliver(encodeFrame({ event: 'pusher:cache_miss', channel: name }));
    this.#tell({ name: 'cache_miss', channel: name });
  }

  #vacate(channel: ServerChannel): void {
    this.#tell({ name: 'channel_vacated', channel: channel.name });
    channel.stopCount?.();
    channel.stopCount = undefined;
    if (this.cached(channel.name) === undefined) this.channels.delete(channel.name);
  }

  #tellCount(channel: ServerChannel): void {
    const { kind } = channel.traits;
    if (!this.settings.subscriptionCount || kind === 'presence' || kind === 'user') return;
    if (channel.stopCount !== undefined) return;
    const tell = (): void => {
      channel.stopCount = undefined;
      const data = { subscription_count: channel.size };
      channel.broadcast(
        encodeFrame({ event: 'pusher_internal:subscription_count', channel: channel.name, data }),
      );
      this.#tell({ name: 'subscription_count', channel: channel.name, subscription_count: channel.size });
    };
    if (channel.size <= manySubscribers) tell();
    else channel.stopCount = this.#clock.after(countEvery, tell);
  }
}
