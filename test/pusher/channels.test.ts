import { expect, test } from 'vitest';
import type { PresenceChannel } from '../../src/pusher/index';
import { face } from './face';

type Face = ReturnType<typeof face>;
type Channel = ReturnType<Face['pusher']['subscribe']>;

const states = ({ subscribed, subscriptionPending, subscriptionCancelled }: Channel) =>
  [subscribed && 'subscribed', subscriptionPending && 'pending', subscriptionCancelled && 'cancelled'].filter(
    Boolean,
  );

/** What is told of the channel's subscription, by name. */
function told(channel: Channel): string[] {
  const events: string[] = [];
  for (const event of ['pusher:subscription_succeeded', 'pusher:subscription_error'])
    channel.bind(event, () => events.push(event.slice('pusher:subscription_'.length)));
  return events;
}

test('a subscription is pending, then subscribed, and told once on each connection', async () => {
  const { pusher, server, clock } = face();
  pusher.connect();
  await clock.settle();
  const channel = pusher.subscribe('private-plugin-7');
  const events = told(channel);
  expect(states(channel)).toEqual(['pending']);
  expect(pusher.subscribe('private-plugin-7')).toBe(channel);
  await clock.settle();
  expect([states(channel), events]).toEqual([['subscribed'], ['succeeded']]);
  server.drop();
  await clock.settle();
  expect(states(channel)).toEqual([]);
  await clock.advance(8_000);
  expect([states(channel), events]).toEqual([['subscribed'], ['succeeded', 'succeeded']]);
});

test('the table has what is subscribed to, and no more', async () => {
  const { pusher, clock } = face();
  const channels = [pusher.subscribe('news'), pusher.subscribe('private-plugin-7')];
  await clock.settle();
  expect(pusher.allChannels()).toEqual(channels);
  expect(pusher.channels.channels['news']).toBe(channels[0]);
  pusher.unsubscribe('news');
  pusher.unsubscribe('news');
  pusher.unsubscribe('never-heard-of');
  expect([pusher.channel('news'), pusher.channel('constructor')]).toEqual([undefined, undefined]);
  expect(pusher.allChannels()).toEqual([channels[1]]);
});

test('unsubscribed while the server is asked: it stays until the answer, hears nothing and can be taken back', async () => {
  const { pusher, server, clock } = face();
  pusher.connect();
  await clock.settle();
  server.delay(100);
  const channel = pusher.subscribe('private-plugin-7');
  const events = told(channel);
  pusher.unsubscribe('private-plugin-7');
  pusher.unsubscribe('private-plugin-7');
  expect([states(channel), pusher.channel('private-plugin-7')]).toEqual([['pending', 'cancelled'], channel]);
  pusher.subscribe('private-plugin-7');
  expect(states(channel)).toEqual(['pending']);
  await clock.advance(500);
  expect([states(channel), events]).toEqual([['subscribed'], ['succeeded']]);
});

test('what was cancelled is gone after the answer, on the server a second later, and was never told', async () => {
  const { pusher, server, clock } = face();
  pusher.connect();
  await clock.settle();
  const channel = pusher.subscribe('news');
  const events = told(channel);
  channel.bind('said', () => events.push('said'));
  pusher.unsubscribe('news');
  await clock.settle();
  expect([states(channel), pusher.channel('news')]).toEqual([[], undefined]);
  server.trigger('news', 'said', {});
  await clock.advance(1_000);
  expect([events, server.channels]).toEqual([[], []]);
});

test('cancelled and cut off before the answer: nothing brings it back', async () => {
  const { pusher, server, clock } = face();
  pusher.connect();
  await clock.settle();
  server.delay(100);
  pusher.subscribe('news');
  pusher.unsubscribe('news');
  server.drop();
  await clock.advance(60_000);
  expect([pusher.allChannels(), server.channels]).toEqual([[], []]);
});

test('left and joined again within a second is one subscription, and the new callbacks hear that it succeeded', async () => {
  const { pusher, server, clock } = face();
  const first = pusher.subscribe('presence-room');
  await clock.settle();
  const heard: unknown[] = [];
  first.bind('said', () => heard.push('first'));
  pusher.unsubscribe('presence-room');
  const second = pusher.subscribe('presence-room');
  second.bind('pusher:subscription_succeeded', ({ count }: { count: number }) => heard.push(count));
  expect([second === first, states(second)]).toEqual([false, ['pending']]);
  await clock.advance(0);
  server.trigger('presence-room', 'said', {});
  await clock.advance(2_000);
  expect([heard, states(second)]).toEqual([[1], ['subscribed']]);
  expect(server.requests.filter(({ path }) => path.endsWith('/auth'))).toHaveLength(1);
});

test('what the client has already is told to the face, and what either lets go of stays with the other', async () => {
  const { client, pusher, server, clock } = face();
  const heard: string[] = [];
  const stop = client.channel('news').on('said', () => heard.push('native'));
  await clock.settle();
  const channel = pusher.subscribe('news');
  const events = told(channel);
  channel.bind('said', () => heard.push('face'));
  await clock.advance(0);
  expect(events).toEqual(['succeeded']);
  pusher.unsubscribe('news');
  await clock.advance(5_000);
  server.trigger('news', 'said', {});
  await clock.settle();
  expect(heard).toEqual(['native']);
  pusher.subscribe('news').bind('said', () => heard.push('face again'));
  stop();
  await clock.advance(5_000);
  server.trigger('news', 'said', {});
  await clock.settle();
  expect(heard).toEqual(['native', 'face again']);
});

test('a refusal is told with its status, and subscribing again asks again', async () => {
  let allowed = false;
  const { pusher, clock } = face({ server: { authorize: () => allowed } });
  const channel = pusher.subscribe('private-plugin-7');
  const refusals: unknown[] = [];
  const events = told(channel);
  channel.bind('pusher:subscription_error', (refusal: object) => refusals.push(refusal));
  await clock.settle();
  expect(refusals).toEqual([{ type: 'AuthError', error: expect.stringContaining('403'), status: 403 }]);
  expect(states(channel)).toEqual([]);
  allowed = true;
  pusher.subscribe('private-plugin-7');
  await clock.settle();
  expect([states(channel), events]).toEqual([['subscribed'], ['error', 'succeeded']]);
});

test('a refused channel is asked for again on the next connection, as pusher-js does', async () => {
  let allowed = false;
  const { pusher, server, clock } = face({ server: { authorize: () => allowed } });
  const channel = pusher.subscribe('private-plugin-7');
  await clock.settle();
  allowed = true;
  server.drop();
  await clock.advance(10_000);
  expect(states(channel)).toEqual(['subscribed']);
});

test('a sign-in that is over refuses a channel once a connection, and is not asked about again and again', async () => {
  const { pusher, server, clock } = face();
  server.rejectAuth(401, Number.POSITIVE_INFINITY);
  const asked = () => server.requests.filter(({ path }) => path.endsWith('/auth')).length;
  const channel = pusher.subscribe('private-plugin-7');
  const events = told(channel);
  await clock.advance(60_000);
  const first = asked();
  await clock.advance(600_000);
  expect([asked() - first, events]).toEqual([0, ['error']]);
  expect(first).toBeLessThan(5);
});

test('what the client was refused already is told to the face', async () => {
  const { client, pusher, clock } = face({ server: { authorize: () => false } });
  client.channel('private-plugin-7').hold();
  await clock.settle();
  const events = told(pusher.subscribe('private-plugin-7'));
  await clock.advance(0);
  expect(events).toEqual(['error']);
});

test('an endpoint that is down is told once, and the channel comes without anybody asking again', async () => {
  const { pusher, server, clock } = face();
  server.rejectAuth(503, 3);
  const channel = pusher.subscribe('private-plugin-7');
  const events = told(channel);
  await clock.advance(60_000);
  expect([states(channel), events]).toEqual([['subscribed'], ['error', 'succeeded']]);
});

test('members are counted, found, gone through and told, and ours is known', async () => {
  const { pusher, server, clock } = face();
  const other = face({ server: {} });
  other.client.destroy();
  const room = pusher.subscribe('presence-room') as PresenceChannel;
  expect([room.members.count, room.members.me, room.members.myID]).toEqual([0, null, null]);
  const events: unknown[] = [];
  room.bind('pusher:subscription_succeeded', (members: unknown) => events.push(members === room.members));
  room.bind('pusher:member_added', (member: unknown) => events.push(['added', member]));
  room.bind('pusher:member_removed', (member: unknown) => events.push(['removed', member]));
  await clock.settle();
  const socket = server.connect();
  await clock.settle();
  await join(server, socket, 'presence-room', 'ben');
  await clock.settle();
  const ben = { id: 'ben', info: { name: 'ben' } };
  const us = { id: 'user-1', info: { name: 'user-1' } };
  expect(room.members.me).toEqual(us);
  expect([room.members.myID, room.members.count]).toEqual(['user-1', 2]);
  expect([room.members.get('ben'), room.members.get('nobody')]).toEqual([ben, null]);
  expect(room.members.members).toEqual({ 'user-1': us.info, ben: ben.info });
  const seen: unknown[] = [];
  room.members.each((member: unknown) => seen.push(member));
  expect(seen).toEqual([us, ben]);
  socket.close();
  await clock.settle();
  expect(events).toEqual([true, ['added', ben], ['removed', ben]]);
});

/** Somebody else joins, without a library. */
async function join(
  server: Face['server'],
  socket: ReturnType<Face['server']['connect']>,
  channel: string,
  userId: string,
): Promise<void> {
  const socketId = server.connections.at(-1)?.socketId ?? '';
  const answer = await server.fetch('/pusher/auth', {
    method: 'POST',
    headers: { authorization: `Bearer ${server.issueToken({ userId })}` },
    body: new URLSearchParams({ socket_id: socketId, channel_name: channel }),
  });
  socket.send(
    JSON.stringify({ event: 'pusher:subscribe', data: { channel, ...((await answer.json()) as object) } }),
  );
}

test('who left and came while the connection was away is told, and the list is never empty between', async () => {
  const { pusher, server, clock } = face();
  const room = pusher.subscribe('presence-room') as PresenceChannel;
  await clock.settle();
  const ben = server.connect();
  await clock.settle();
  await join(server, ben, 'presence-room', 'ben');
  await clock.settle();
  const events: unknown[] = [];
  room.bind('pusher:member_removed', ({ id }: { id: string }) => events.push(`-${id}`));
  room.bind('pusher:subscription_succeeded', ({ count }: { count: number }) => events.push(count));
  server.drop();
  await clock.settle();
  expect(room.members.count).toBe(2);
  await clock.advance(10_000);
  expect(events).toEqual(['-ben', 1]);
});

test('the sender of a client event on a presence channel is named', async () => {
  const { pusher, server, clock } = face();
  const room = pusher.subscribe('presence-room');
  await clock.settle();
  const ben = server.connect();
  await clock.settle();
  await join(server, ben, 'presence-room', 'ben');
  const heard: unknown[] = [];
  room.bind('client-wave', (...values: unknown[]) => heard.push(...values));
  ben.send(JSON.stringify({ event: 'client-wave', channel: 'presence-room', data: { hand: 'left' } }));
  await clock.settle();
  expect(heard).toEqual([{ hand: 'left' }, { user_id: 'ben' }]);
});

test('a count that is written as a text is a number, and one that is none changes nothing', async () => {
  const { pusher, server, clock, errors } = face();
  const room = pusher.subscribe('room');
  await clock.settle();
  const counted = ['"7"', 'null', '"x"', '{}'].map((count) => `{"subscription_count":${count}}`);
  for (const data of [...counted, 'null', '[]', '"text"']) {
    const frame = { event: 'pusher_internal:subscription_count', channel: 'room', data };
    server.connections[0]?.send(JSON.stringify(frame));
  }
  await clock.settle();
  expect([room.subscriptionCount, errors]).toEqual([7, []]);
});

test('cache channels tell what is in them or that there is nothing, and counts are told and kept', async () => {
  const { pusher, server, clock } = face({ server: { apps: [{ subscriptionCount: true }] } });
  const empty = pusher.subscribe('cache-empty');
  const heard: unknown[] = [];
  empty.bind('pusher:cache_miss', () => heard.push('miss'));
  empty.bind('pusher:subscription_count', (data: unknown) => heard.push(data));
  await clock.advance(5_000);
  expect(heard).toContain('miss');
  expect(heard).toContainEqual({ subscription_count: 1 });
  expect(empty.subscriptionCount).toBe(1);
  server.trigger('cache-full', 'changed', { n: 1 });
  const full = pusher.subscribe('cache-full');
  full.bind('changed', (data: unknown) => heard.push(data));
  await clock.settle();
  expect(heard.at(-1)).toEqual({ n: 1 });
});
