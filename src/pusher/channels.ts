import type { PresenceChannel } from '../index';
import { PusherChannel, type PusherChannelParts, PusherPresenceChannel } from './channel';

/** The channels that an application is subscribed to, by name, where pusher-js has them. */
export class Channels {
  /** The table itself: Laravel Echo reaches into it. */
  readonly channels: Record<string, PusherChannel> = Object.create(null);
  readonly #parts: PusherChannelParts;

  constructor(parts: PusherChannelParts) {
    this.#parts = parts;
    const { client } = parts;
    client.status.subscribe(({ state }) => {
      // pusher-js asks for every channel on each connection, whatever was said on the one before.
      if (state === 'connected' && this.all().some(({ refused }) => refused)) void client.connect();
    });
  }

  /** The channel of that name, made if there is none. */
  add(name: string): PusherChannel {
    this.channels[name] ??= this.#create(name);
    return this.channels[name];
  }

  /** The channel of that name, if there is one. */
  find(name: string): PusherChannel | undefined {
    return this.channels[name];
  }

  /** Every channel. */
  all(): PusherChannel[] {
    return Object.values(this.channels);
  }

  /** Subscribes to a channel, or to one that was refused once more. */
  subscribe(name: string): PusherChannel {
    const channel = this.add(name);
    channel.subscribe();
    return channel;
  }

  /** Ends the subscription; callbacks that were bound to the channel are never called again. */
  unsubscribe(name: string): void {
    const channel = this.find(name);
    channel?.unsubscribe(() => {
      // Another one may have its name by now.
      if (this.channels[name] === channel) delete this.channels[name];
    });
  }

  #create(name: string): PusherChannel {
    const channel = this.#parts.client.channel(name);
    // The kind says so; the types of channels that nobody described cannot.
    if (channel.kind === 'presence')
      return new PusherPresenceChannel(channel as unknown as PresenceChannel, this.#parts);
    return new PusherChannel(channel, this.#parts);
  }
}
