import { PusherChannel } from './channel';
import type { Ground } from './ground';

/** The channels that an application is subscribed to, by name, where pusher-js has them. */
export class Channels {
  /** The table itself: Laravel Echo reaches into it. */
  readonly channels: Record<string, PusherChannel> = Object.create(null);
  readonly #ground: Ground;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** The channel of that name, made if there is none. */
  add(name: string): PusherChannel {
    this.channels[name] ??= new PusherChannel(this.#ground.client.channel(name), this.#ground);
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

  /** Takes a channel out of the table. */
  remove(name: string): PusherChannel | undefined {
    const channel = this.find(name);
    delete this.channels[name];
    return channel;
  }
}
