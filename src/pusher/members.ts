import type { Member, PresenceChannel } from '../index';

interface MemberOfPusher {
  readonly id: string;
  readonly info: unknown;
}

/** Who is on a presence channel, as pusher-js tells it: read from the channel whenever it is asked, so that it is never old. */
export class Members {
  readonly #channel: PresenceChannel;
  #list: readonly Member[] = [];
  #infos: Readonly<Record<string, unknown>> = {};

  constructor(channel: PresenceChannel) {
    this.#channel = channel;
  }

  /** What is known of each member, by id. */
  get members(): Readonly<Record<string, unknown>> {
    const list = this.#channel.members.get();
    if (list !== this.#list) {
      this.#list = list;
      this.#infos = Object.fromEntries(list.map(({ id, info }) => [id, info]));
    }
    return this.#infos;
  }

  /** How many there are. */
  get count(): number {
    return this.#channel.members.get().length;
  }

  /** Our own id; null until we are on the channel. */
  get myID(): string | null {
    return this.me?.id ?? null;
  }

  /** Ourselves; null until we are on the channel. */
  get me(): MemberOfPusher | null {
    const me = this.#channel.me.get();
    return me === undefined ? null : { id: me.id, info: me.info };
  }

  /** The member of that id, or null. */
  get(id: string | number): MemberOfPusher | null {
    const { members } = this;
    return Object.hasOwn(members, id) ? { id: String(id), info: members[id] } : null;
  }

  /** Calls `callback` with each member. */
  each(callback: (member: MemberOfPusher) => void): void {
    for (const { id, info } of this.#channel.members.get()) callback({ id, info });
  }
}
