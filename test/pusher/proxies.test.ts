// What frameworks do to objects that a component keeps: Vue and Alpine put proxies around them, React copies them.
import { expect, test } from 'vitest';
import { reactive, ref } from 'vue';
import type { PresenceChannel } from '../../src/pusher/index';
import { face, port } from './face';

test('an instance, a channel and a connection work in the data of a Vue component', async () => {
  const { pusher, server, clock } = face();
  const data = reactive({ pusher: pusher as object as typeof pusher, channel: ref<object>() });
  const channel = data.pusher.subscribe('presence-room');
  data.channel = channel;
  const heard: unknown[] = [];
  (data.channel as typeof channel).bind('said', (said: unknown) => heard.push(said));
  data.pusher.connection.bind('connected', () => heard.push('connected'));
  await clock.settle();
  server.trigger('presence-room', 'said', { n: 1 });
  await clock.settle();
  expect(heard).toEqual(['connected', { n: 1 }]);
  expect((data.channel as typeof channel).trigger('client-said', {})).toBe(true);
  expect(data.pusher.channels.all()).toEqual([channel]);
  data.pusher.unsubscribe('presence-room');
  data.pusher.disconnect();
  expect([data.pusher.connection.state, data.pusher.allChannels()]).toEqual(['disconnected', []]);
});

test('the user of an instance in the data of a Vue component can be bound to and signs in', async () => {
  const { server, listening, connect } = await port();
  const headers = { Authorization: `Bearer ${server.issueToken({ userId: 'ada' })}` };
  const userAuthentication = { transport: 'ajax', endpoint: listening.endpoints.user, headers } as const;
  const data = reactive({ user: connect({ userAuthentication }).user as object as { signin(): void } });
  data.user.signin();
  await expect.poll(() => (data.user as { user_data?: unknown }).user_data).toMatchObject({ id: 'ada' });
});

test('members can be kept in the data of a Vue component, copied and taken apart', async () => {
  const { pusher, clock } = face();
  const room = pusher.subscribe('presence-room') as PresenceChannel;
  await clock.settle();
  const us = { id: 'user-1', info: { name: 'user-1' } };
  const all = { count: 1, myID: 'user-1', me: us, members: { 'user-1': us.info } };
  const data = reactive({ members: room.members as object as typeof room.members });
  expect([data.members.count, data.members.get('user-1')]).toEqual([1, us]);
  expect({ ...room.members }).toMatchObject(all);
  expect(JSON.parse(JSON.stringify(room.members))).toEqual(all);
});
