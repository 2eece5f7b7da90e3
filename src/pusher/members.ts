import type { Member, PresenceChannel } from '../index';

/** Who is on a presence channel, as pusher-js tells it: read from the channel whenever it is asked, so that it is never old. */
export class Members {
  readonly #channel: PresenceChannel;

  constructor(channel: PresenceChannel) {
    this.#channel = channel;
  }

  get #list(): readonly Member[] {
    return this.#channel.members.get();
  }

  /** What is known of each member, by id. */
  get members(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(this.#list.map(({ id, info }) => [id, info]));
  }

  /** How many there are. */
  get count(): number {
    return this.#list.length;
  }

  /** Our own id; null until we are on the channel. */
  get myID(): string | null {
    return this.me?.id ?? null;
  }

  /** Ourselves; null until we are on the channel. */
  get me(): Member | null {
    return this.#channel.me.get() ?? null;
  }

  /** The member of that id, or null. */
  get(id: string | number): Member | null {
    return this.#list.find((each) => each.id === String(id)) ?? null;
  }

  /** Calls `callback` with each member. */
  each(callback: (member: Member) => void): void {
    for (const member of this.#list) callback(member);
  }
}
