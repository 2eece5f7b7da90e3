import { afterEach, expect, test } from 'vitest';
import { backendAuth, defineChannels, event, presence, RealtimeClient } from '../../src/index';
import { createManualClock, createTestServer } from '../../src/testing/index';

const channels = defineChannels({
  'presence-room': presence<{ name: string }>()({ said: event<string>() }),
});

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function setup() {
  const clock = createManualClock();
  const server = createTestServer({ clock, ids: 'sequential' });
  const infos = new Map<string, string>();
  const connect = (userId: string): RealtimeClient<typeof channels> => {
    const client = new RealtimeClient({
      ...server.options,
      auth: backendAuth({
        endpoint: server.endpoints.auth,
        token: () => server.issueToken({ userId, info: { name: infos.get(userId) ?? userId } }),
      }),
      channels,
    });
    client.on('error', () => {});
    ends.push(() => client.destroy());
    return client;
  };
  const enter = (userId: string) => {
    const client = connect(userId);
    const room = client.channel('presence-room');
    const told: string[] = [];
    const stops = [
      room.on('pusher:member_added', ({ id, info }) => told.push(`+${id} ${info.name}`)),
      room.on('pusher:member_removed', ({ id }) => told.push(`-${id}`)),
    ];
    const leave = (): void => {
      for (const stop of stops) stop();
    };
    const present = (): string[] => room.members.get().map(({ id }) => id);
    return { client, room, told, leave, present };
  };
  return { clock, server, infos, enter };
}

test('who comes late sees everybody, and was told of by those who were there', async () => {
  const { clock, enter } = setup();
  const ada = enter('ada');
  await clock.settle();
  const ben = enter('ben');
  await clock.settle();
  expect(ben.present()).toEqual(['ada', 'ben']);
  expect(ben.told).toEqual([]);
  expect(ben.room.me.get()).toEqual({ id: 'ben', info: { name: 'ben' } });
  expect(ada.told).toEqual(['+ben ben']);
  // A listener that comes later still finds them all.
  expect(ada.client.channel('presence-room').members.get()).toHaveLength(2);
  ben.leave();
  await clock.advance(1_000);
  expect(ada.told).toEqual(['+ben ben', '-ben']);
  expect(ben.present()).toEqual([]);
  expect(ben.room.me.get()).toBeUndefined();
});

test('over a reconnect the list stays, and only who really came or went is told of', async () => {
  const { clock, server, enter } = setup();
  const [ada, ben, cleo] = [enter('ada'), enter('ben'), enter('cleo')];
  await clock.settle();
  ada.told.length = 0;
  const lists: string[][] = [];
  ada.room.members.subscribe((members) => lists.push(members.map(({ id }) => id)));
  const before = ada.room.members.get().find(({ id }) => id === 'ben');
  const [first] = server.connections;
  first?.close(4200);
  expect(ada.present()).toEqual(['ada', 'ben', 'cleo']);
  cleo.client.destroy();
  await clock.settle();
  const dora = enter('dora');
  await clock.advance(30_000);
  expect(ada.present()).toEqual(['ada', 'ben', 'dora']);
  expect(ada.told.sort()).toEqual(['+dora dora', '-cleo']);
  expect(ada.room.members.get().find(({ id }) => id === 'ben')).toBe(before);
  expect(lists.every((list) => list.includes('ada') && list.includes('ben'))).toBe(true);
  expect([ben.present().length, dora.present().length]).toEqual([3, 3]);
});

test('after a restart of the server, from which everybody comes back in turn, joins and leaves cancel out', async () => {
  const { clock, server, enter } = setup();
  const all = ['ada', 'ben', 'cleo'].map(enter);
  await clock.settle();
  for (const { told } of all) told.length = 0;
  server.restart({ downFor: 100 });
  await clock.advance(120_000);
  for (const { present, told } of all) {
    expect(present().sort()).toEqual(['ada', 'ben', 'cleo']);
    const balance = new Map<string, number>();
    for (const each of told) {
      const id = each.slice(1).split(' ')[0] ?? '';
      balance.set(id, (balance.get(id) ?? 0) + (each.startsWith('+') ? 1 : -1));
    }
    expect([...balance.values()].every((sum) => sum === 0)).toBe(true);
  }
});

test('one user in several tabs is one member, who goes with the last of them', async () => {
  const { clock, enter } = setup();
  const ben = enter('ben');
  const tabs = [enter('ada'), enter('ada')];
  await clock.settle();
  expect(ben.present()).toEqual(['ben', 'ada']);
  expect(ben.told).toEqual(['+ada ada']);
  tabs[0]?.client.destroy();
  await clock.settle();
  expect(ben.told).toEqual(['+ada ada']);
  expect(tabs[1]?.present().sort()).toEqual(['ada', 'ben']);
  tabs[1]?.client.destroy();
  await clock.settle();
  expect(ben.told).toEqual(['+ada ada', '-ada']);
});

test('new info about somebody who stayed is in the list after a reconnect, and nobody joined or left', async () => {
  const { clock, server, infos, enter } = setup();
  const ben = enter('ben');
  await clock.settle();
  const ada = enter('ada');
  await clock.settle();
  infos.set('ada', 'Ada Lovelace');
  await ada.client.signOut();
  await clock.settle();
  void ada.client.connect();
  await clock.settle();
  expect(ben.room.members.get()).toContainEqual({ id: 'ada', info: { name: 'Ada Lovelace' } });
  expect(ada.room.me.get()).toEqual({ id: 'ada', info: { name: 'Ada Lovelace' } });
  expect(ada.told).toEqual([]);
  expect(server.channels[0]?.users.toSorted()).toEqual(['ada', 'ben']);
});

test('who is refused after a reconnect is on the channel no more, and has nobody on it', async () => {
  const { clock, server, enter } = setup();
  const ada = enter('ada');
  enter('ben');
  await clock.settle();
  expect(ada.present()).toEqual(['ada', 'ben']);
  server.rejectAuth(403, 10);
  server.drop();
  await clock.advance(60_000);
  expect(ada.room.subscription.get().state).toBe('refused');
  expect(ada.present()).toEqual([]);
  expect(ada.room.me.get()).toBeUndefined();
});

test('user ids that are numbers, or parts of an object, are users', async () => {
  const { clock, enter } = setup();
  const users = ['10', '9', '__proto__', 'constructor'];
  const all: ReturnType<typeof enter>[] = [];
  for (const user of users) {
    all.push(enter(user));
    await clock.settle();
  }
  for (const { present } of all) expect(present().sort()).toEqual([...users].sort());
});
