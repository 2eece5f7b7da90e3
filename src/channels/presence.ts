import type { Attendance, MemberChange } from '../slots';
import { Listeners } from '../support/listeners';
import { Store } from '../support/store';
import type { Member, ReadableStore, Stop } from '../types';

type Members = readonly Member[];

const nobody: Members = Object.freeze([]);

function isSame(one: Member, other: Member): boolean {
  if (one.info === other.info) return true;
  try {
    return JSON.stringify(one.info) === JSON.stringify(other.info);
  } catch {
    // So deep that it cannot be written: what a stranger put there must not end the process.
    return false;
  }
}

/** Everybody on a channel, in order of arrival. The list is made when somebody looks: ten thousand may come at once. */
class MemberList implements ReadableStore<Members> {
  readonly #report: (error: unknown) => void;
  #byId = new Map<string, Member>();
  #list: Members | undefined = nobody;
  #listeners: Listeners<Members> | undefined;

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  /** See `Store`. */
  get __v_skip(): true {
    return true;
  }

  get initial(): Members {
    return nobody;
  }

  get(): Members {
    this.#list ??= [...this.#byId.values()];
    return this.#list;
  }

  subscribe(listener: (members: Members) => void): Stop {
    this.#listeners ??= new Listeners();
    return this.#listeners.add(listener);
  }

  get byId(): ReadonlyMap<string, Member> {
    return this.#byId;
  }

  /** False when nothing changes. Nobody is told before `tell()`. */
  replace(members: Map<string, Member>): boolean {
    const before = this.#byId;
    this.#byId = members;
    const old = [...before.values()];
    const now = [...members.values()];
    if (old.length === now.length && old.every((member, index) => member === now[index])) return false;
    this.#list = now.length === 0 ? nobody : now;
    return true;
  }

  /** One who is there already keeps the place and gets the new info. */
  put(member: Member): void {
    this.#byId.set(member.id, member);
    this.#list = undefined;
  }

  delete(id: string): void {
    this.#byId.delete(id);
    this.#list = undefined;
  }

  tell(): void {
    if (this.#listeners === undefined || this.#listeners.empty) return;
    const told = this.get();
    this.#listeners.tell(told, this.#report, () => told === this.#list);
  }
}

/**
 * Who is on one channel: the last known list stays while the connection is away and is settled by difference after. Its
 * methods return who came and went, for those who want to hear it.
 */
export class Presence implements Attendance {
  readonly #members: MemberList;
  readonly #me: Store<Member | undefined>;
  #myId: string | undefined;
  /** Whether there is a list that a new one can be compared with. */
  #known = false;

  /** `report` gets what subscribers throw. */
  constructor(report: (error: unknown) => void) {
    this.#members = new MemberList(report);
    this.#me = new Store<Member | undefined>(undefined, report);
  }

  get members(): ReadableStore<Members> {
    return this.#members;
  }

  get me(): ReadableStore<Member | undefined> {
    return this.#me;
  }

  /**
   * The server confirmed the subscription with this list. Who was here keeps the place, who is new comes last; somebody whose info
   * is the same keeps the object, so that a reconnect changes nothing for those who stayed. The first list tells of nobody: they
   * were there before us.
   */
  subscribed(members: Members, myId: string | undefined): readonly MemberChange[] {
    const before = this.#members.byId;
    const arrived = new Map(members.map((member) => [member.id, member]));
    const now = new Map<string, Member>();
    const changes: MemberChange[] = [];
    for (const [id, known] of before) {
      const member = arrived.get(id);
      if (member !== undefined) now.set(id, isSame(known, member) ? known : member);
      else changes.push({ event: 'pusher:member_removed', member: known });
    }
    for (const [id, member] of arrived) {
      if (before.has(id)) continue;
      now.set(id, member);
      changes.push({ event: 'pusher:member_added', member });
    }
    const wasKnown = this.#known;
    this.#known = true;
    this.#myId = myId;
    if (this.#members.replace(now)) this.#tell();
    return wasKnown ? changes.filter(({ member }) => member.id !== myId) : [];
  }

  added(member: Member): readonly MemberChange[] {
    const known = this.#members.byId.get(member.id);
    if (known !== undefined && isSame(known, member)) return [];
    this.#members.put(member);
    this.#tell();
    return known === undefined ? [{ event: 'pusher:member_added', member }] : [];
  }

  removed(id: string): readonly MemberChange[] {
    // We are here: a server that says we went means another tab of ours.
    if (id === this.#myId) return [];
    const member = this.#members.byId.get(id);
    if (member === undefined) return [];
    this.#members.delete(id);
    this.#tell();
    return [{ event: 'pusher:member_removed', member }];
  }

  /** The subscription ended: nothing is known any more. */
  ended(): void {
    this.#known = false;
    this.#myId = undefined;
    if (this.#members.replace(new Map())) this.#tell();
  }

  #tell(): void {
    this.#me.set(this.#myId === undefined ? undefined : this.#members.byId.get(this.#myId));
    this.#members.tell();
  }
}
