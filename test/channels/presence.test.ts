import { describe, expect, test } from 'vitest';
import { Presence } from '../../src/channels/presence';
import type { Member } from '../../src/types';
import { cpuTime } from '../setup/cpu-time';

const member = (id: string, info: unknown = { name: id }): Member => ({ id, info });
const ids = (members: readonly Member[]): string[] => members.map(({ id }) => id);

function setup() {
  const presence = new Presence((error: unknown): never => {
    throw error;
  });
  const { members, me } = presence;
  const lists: string[][] = [];
  members.subscribe((list) => lists.push(ids(list)));
  return { presence, members, me, lists };
}

describe('lists of members', () => {
  test('somebody who comes again keeps the place and gets the new info', () => {
    const { presence, members, lists } = setup();
    presence.subscribed([member('a'), member('b')], undefined);
    presence.added(member('a', { name: 'A' }));
    expect(members.get()).toEqual([member('a', { name: 'A' }), member('b')]);
    presence.added(member('c'));
    expect(ids(members.get())).toEqual(['a', 'b', 'c']);
    const before = members.get();
    presence.added(member('c'));
    expect(members.get()).toBe(before);
    expect(lists).toHaveLength(3);
  });

  test('somebody who was not there cannot leave', () => {
    const { presence, members } = setup();
    presence.subscribed([member('a')], undefined);
    const before = members.get();
    expect(presence.removed('b')).toEqual([]);
    expect(members.get()).toBe(before);
    presence.removed('a');
    expect(members.get()).toEqual([]);
  });

  test('the same people are the same list, whatever the order in which the server has them', () => {
    const { presence, members, lists } = setup();
    presence.subscribed([member('a'), member('b'), member('__proto__')], undefined);
    const before = members.get();
    presence.subscribed([member('__proto__'), member('b'), member('a')], undefined);
    expect(members.get()).toBe(before);
    expect(lists).toHaveLength(1);
  });

  test('who stayed keeps place and object, who is new comes last', () => {
    const { presence, members } = setup();
    presence.subscribed([member('a'), member('b'), member('c')], undefined);
    const [first] = members.get();
    const changes = presence.subscribed([member('d'), member('c', 'new'), member('a')], undefined);
    expect(ids(members.get())).toEqual(['a', 'c', 'd']);
    expect(members.get()[0]).toBe(first);
    expect(members.get()[1]).toEqual(member('c', 'new'));
    expect(changes).toEqual([
      { event: 'pusher:member_removed', member: member('b') },
      { event: 'pusher:member_added', member: member('d') },
    ]);
  });

  test('ten thousand who come, come back and go cost no more than they are', async () => {
    const { presence, members } = setup();
    const crowd = Array.from({ length: 10_000 }, (_, index) => member(String(index)));
    const quiet = new Presence(() => {});
    const took = await cpuTime(() => {
      for (const each of crowd) quiet.added(each);
      quiet.subscribed([...crowd].reverse(), '7');
      expect(quiet.members.get()).toHaveLength(10_000);
      for (const { id } of crowd) quiet.removed(id);
      expect(quiet.members.get()).toHaveLength(1);
      presence.subscribed(crowd, undefined);
      expect(members.get()).toHaveLength(10_000);
    });
    // Quadratic it was over a second.
    expect(took).toBeLessThan(1_000);
  });

  test('info so deep that it cannot be written is info like any other', () => {
    const { presence, members } = setup();
    const depth = 100_000;
    const deep = (): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
    presence.subscribed([member('a', deep())], undefined);
    expect(presence.subscribed([member('a', deep())], undefined)).toEqual([]);
    presence.added(member('a', deep()));
    expect(ids(members.get())).toEqual(['a']);
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
