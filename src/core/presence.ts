import type { Store } from '../support/store';
import type { Member } from '../types';

type Members = readonly Member[];

/** `members` with `member` in it; one who is there already keeps the place and gets the new info. */
export function withMember(members: Members, member: Member): Members {
  const known = members.some(({ id }) => id === member.id);
  return known ? members.map((each) => (each.id === member.id ? member : each)) : [...members, member];
}

/** `members` without the user `id`; the same array when the user was not there. */
export function withoutMember(members: Members, id: string): Members {
  return members.some((member) => member.id === id) ? members.filter((member) => member.id !== id) : members;
}

/**
 * The server's list in our order: who was here keeps the place, who is new comes last. Somebody whose info is the same
 * keeps the object, so that a reconnect changes nothing for those who stayed.
 */
export function settle(before: Members, now: Members): Members {
  const arrived = new Map(now.map((member) => [member.id, member]));
  const stayed = before.flatMap((known) => {
    const member = arrived.get(known.id);
    arrived.delete(known.id);
    if (member === undefined) return [];
    return JSON.stringify(member.info) === JSON.stringify(known.info) ? [known] : [member];
  });
  const settled = [...stayed, ...arrived.values()];
  const same = settled.length === before.length && settled.every((member, index) => member === before[index]);
  return same ? before : settled;
}

/** Who is on one channel: the last known list stays while the connection is away and is settled by difference after. */
export class Presence {
  readonly members: Store<Members>;
  readonly me: Store<Member | undefined>;
  #myId: string | undefined;

  constructor(members: Store<Members>, me: Store<Member | undefined>) {
    this.members = members;
    this.me = me;
  }

  /** The server confirmed the subscription with this list. */
  subscribed(members: Members, myId: string | undefined): void {
    this.#myId = myId;
    this.#replace(settle(this.members.get(), members));
  }

  added(member: Member): void {
    this.#replace(withMember(this.members.get(), member));
  }

  removed(id: string): void {
    this.#replace(withoutMember(this.members.get(), id));
  }

  /** The subscription ended: nothing is known any more. */
  ended(): void {
    this.#myId = undefined;
    this.#replace([]);
  }

  #replace(members: Members): void {
    this.me.set(members.find(({ id }) => id === this.#myId));
    this.members.set(members);
  }
}
