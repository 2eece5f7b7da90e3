import type { Store } from '../support/store';
import type { Member } from '../types';

type Members = readonly Member[];

/** Somebody came or went, in the words of Pusher's own events. */
export interface MemberChange {
  readonly event: 'pusher:member_added' | 'pusher:member_removed';
  readonly member: Member;
}

/** `members` with `member` in it; one who is there already keeps the place and gets the new info. */
export function withMember(members: Members, member: Member): Members {
  const known = members.find(({ id }) => id === member.id);
  if (known === undefined) return [...members, member];
  return isSame(known, member) ? members : members.map((each) => (each === known ? member : each));
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
    return isSame(known, member) ? [known] : [member];
  });
  const settled = [...stayed, ...arrived.values()];
  const same = settled.length === before.length && settled.every((member, index) => member === before[index]);
  return same ? before : settled;
}

/** Who went and who came between two lists; new info about somebody is neither. */
export function difference(before: Members, now: Members): readonly MemberChange[] {
  const missing = (from: Members, members: Members, event: MemberChange['event']): MemberChange[] => {
    const ids = new Set(from.map(({ id }) => id));
    return members.filter(({ id }) => !ids.has(id)).map((member) => ({ event, member }));
  };
  return [...missing(now, before, 'pusher:member_removed'), ...missing(before, now, 'pusher:member_added')];
}

function isSame(one: Member, other: Member): boolean {
  return JSON.stringify(one.info) === JSON.stringify(other.info);
}

/**
 * Who is on one channel: the last known list stays while the connection is away and is settled by difference after. Its
 * methods return who came and went, for those who want to hear it.
 */
export class Presence {
  readonly members: Store<Members>;
  readonly me: Store<Member | undefined>;
  #myId: string | undefined;
  /** Whether there is a list that a new one can be compared with. */
  #known = false;

  constructor(members: Store<Members>, me: Store<Member | undefined>) {
    this.members = members;
    this.me = me;
  }

  /** The server confirmed the subscription with this list. The first list tells of nobody: they were there before us. */
  subscribed(members: Members, myId: string | undefined): readonly MemberChange[] {
    const before = this.members.get();
    const now = settle(before, members);
    const changes = this.#known ? difference(before, now).filter(({ member }) => member.id !== myId) : [];
    this.#known = true;
    this.#myId = myId;
    this.#replace(now);
    return changes;
  }

  added(member: Member): readonly MemberChange[] {
    const before = this.members.get();
    const now = withMember(before, member);
    this.#replace(now);
    return now.length > before.length ? [{ event: 'pusher:member_added', member }] : [];
  }

  removed(id: string): readonly MemberChange[] {
    // We are here: a server that says we went means another tab of ours.
    if (id === this.#myId) return [];
    const before = this.members.get();
    const gone = before.find((member) => member.id === id);
    if (gone === undefined) return [];
    this.#replace(withoutMember(before, id));
    return [{ event: 'pusher:member_removed', member: gone }];
  }

  /** The subscription ended: nothing is known any more. */
  ended(): void {
    this.#known = false;
    this.#myId = undefined;
    this.#replace([]);
  }

  #replace(members: Members): void {
    if (members.length === 0 && this.members.get().length === 0) return;
    this.me.set(members.find(({ id }) => id === this.#myId));
    this.members.set(members);
  }
}
