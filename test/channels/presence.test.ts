import { describe, expect, test } from 'vitest';
import { difference, Presence, settle, withMember, withoutMember } from '../../src/channels/presence';
import { Store } from '../../src/support/store';
import type { Member } from '../../src/types';

const member = (id: string, info: unknown = { name: id }): Member => ({ id, info });
const ids = (members: readonly Member[]): string[] => members.map(({ id }) => id);

function setup() {
  const fail = (error: unknown): never => {
    throw error;
  };
  const members = new Store<readonly Member[]>([], fail);
  const me = new Store<Member | undefined>(undefined, fail);
  const lists: string[][] = [];
  members.subscribe((list) => lists.push(ids(list)));
  return { presence: new Presence(members, me), members, me, lists };
}

describe('lists of members', () => {
  test('somebody who comes again keeps the place and gets the new info', () => {
    const before = [member('a'), member('b')];
    expect(withMember(before, member('a', { name: 'A' }))).toEqual([member('a', { name: 'A' }), member('b')]);
    expect(withMember(before, member('c'))).toEqual([...before, member('c')]);
    expect(withMember(before, member('a'))).toBe(before);
  });

  test('somebody who was not there cannot leave', () => {
    const before = [member('a')];
    expect(withoutMember(before, 'b')).toBe(before);
    expect(withoutMember(before, 'a')).toEqual([]);
  });

  test('the same people are the same list, whatever the order in which the server has them', () => {
    const before = [member('a'), member('b'), member('__proto__')];
    expect(settle(before, [member('__proto__'), member('b'), member('a')])).toBe(before);
  });

  test('who stayed keeps place and object, who is new comes last', () => {
    const before = [member('a'), member('b'), member('c')];
    const now = settle(before, [member('d'), member('c', 'new'), member('a')]);
    expect(ids(now)).toEqual(['a', 'c', 'd']);
    expect(now[0]).toBe(before[0]);
    expect(now[1]).toEqual(member('c', 'new'));
    expect(difference(before, now)).toEqual([
      { event: 'pusher:member_removed', member: member('b') },
      { event: 'pusher:member_added', member: member('d') },
    ]);
  });
});

describe('presence', () => {
  test('the first list tells of nobody, the next ones of the difference', () => {
    const { presence, me } = setup();
    expect(presence.subscribed([member('me'), member('a')], 'me')).toEqual([]);
    expect(me.get()).toEqual(member('me'));
    expect(presence.subscribed([member('b'), member('me')], 'me')).toEqual([
      { event: 'pusher:member_removed', member: member('a') },
      { event: 'pusher:member_added', member: member('b') },
    ]);
    presence.ended();
    expect(me.get()).toBeUndefined();
    expect(presence.subscribed([member('me'), member('c')], 'me')).toEqual([]);
  });

  test('a reconnect in which nobody moved is no change at all', () => {
    const { presence, lists } = setup();
    presence.subscribed([member('me'), member('a')], 'me');
    expect(presence.subscribed([member('a'), member('me')], 'me')).toEqual([]);
    expect(lists).toEqual([['me', 'a']]);
  });

  test('who comes twice came once, who goes twice went once', () => {
    const { presence, members } = setup();
    presence.subscribed([member('me')], 'me');
    expect(presence.added(member('a'))).toHaveLength(1);
    expect(presence.added(member('a', 'new info'))).toEqual([]);
    expect(members.get()).toEqual([member('me'), member('a', 'new info')]);
    expect(presence.removed('a')).toEqual([
      { event: 'pusher:member_removed', member: member('a', 'new info') },
    ]);
    expect(presence.removed('a')).toEqual([]);
  });

  test('another tab of ours that goes does not take us with it', () => {
    const { presence, members, me } = setup();
    presence.subscribed([member('me'), member('a')], 'me');
    expect(presence.removed('me')).toEqual([]);
    expect(presence.added(member('me', 'from another tab'))).toEqual([]);
    expect(ids(members.get())).toEqual(['me', 'a']);
    expect(me.get()).toEqual(member('me', 'from another tab'));
  });

  test('somebody else after a sign-out is not told to have come: it is us', () => {
    const { presence, me } = setup();
    presence.subscribed([member('ada')], 'ada');
    expect(presence.subscribed([member('ben')], 'ben')).toEqual([
      { event: 'pusher:member_removed', member: member('ada') },
    ]);
    expect(me.get()).toEqual(member('ben'));
  });
});
