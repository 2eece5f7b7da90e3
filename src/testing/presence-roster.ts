/** A user on a presence channel. */
export interface RosterMember {
  readonly userId: string;
  /** What the application told about the user; any JSON. */
  readonly info?: unknown;
}

/** Who is on a presence channel. One user with several connections is one member. */
export class PresenceRoster {
  readonly #seats = new Map<string, { member: RosterMember; readonly sockets: Set<string> }>();

  /** How many distinct users are here. */
  get size(): number {
    return this.#seats.size;
  }

  /** The users, in the order in which they came. */
  get members(): readonly RosterMember[] {
    return Array.from(this.#seats.values(), (seat) => seat.member);
  }

  /** Whether the user is here with any connection. */
  has(userId: string): boolean {
    return this.#seats.has(userId);
  }

  /** Seats a connection. True when it is the user's first, which is what `member_added` is about. */
  join(socketId: string, member: RosterMember): boolean {
    const seat = this.#seats.get(member.userId);
    if (seat === undefined) {
      this.#seats.set(member.userId, { member, sockets: new Set([socketId]) });
      return true;
    }
    seat.sockets.add(socketId);
    return false;
  }

  /** Frees a connection's seat. True when it was the user's last. */
  leave(socketId: string, userId: string): boolean {
    const seat = this.#seats.get(userId);
    if (seat === undefined || !seat.sockets.delete(socketId) || seat.sockets.size > 0) return false;
    return this.#seats.delete(userId);
  }

  /** The list as `subscription_succeeded` carries it. */
  toPresence(): { ids: string[]; hash: Record<string, unknown>; count: number } {
    // Without a prototype, or a user named `__proto__` would vanish from the list.
    const hash: Record<string, unknown> = Object.create(null);
    for (const { userId, info } of this.members) hash[userId] = info ?? null;
    return { ids: [...this.#seats.keys()], hash, count: this.size };
  }
}
