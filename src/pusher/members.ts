import type { Member, PresenceChannel } from '../index';

/** Who is on a presence channel, as pusher-js tells it. */
export interface Members {
  /** What is known of each member, by id. */
  readonly members: Readonly<Record<string, unknown>>;
  /** How many there are. */
  readonly count: number;
  /** Our own id; null until we are on the channel. */
  readonly myID: string | null;
  /** Ourselves; null until we are on the channel. */
  readonly me: Member | null;
  /** The member of that id, or null. */
  get(id: string | number): Member | null;
  /** Calls `callback` with each member. */
  each(callback: (member: Member) => void): void;
}

/** Read from the channel whenever it is asked, so that it is never old. Its own properties, because applications copy them. */
export function membersOf(channel: PresenceChannel): Members {
  const list = (): readonly Member[] => channel.members.get();
  return {
    get members() {
      return Object.fromEntries(list().map(({ id, info }) => [id, info]));
    },
    get count() {
      return list().length;
    },
    get myID() {
      return this.me?.id ?? null;
    },
    get me() {
      return channel.me.get() ?? null;
    },
    get: (id) => list().find((each) => each.id === String(id)) ?? null,
    each(callback) {
      for (const member of list()) callback(member);
    },
  };
}
