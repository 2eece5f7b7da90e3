import { expect, test } from 'vitest';
import { ConfigurationError, defineChannels, event, presence } from '../../src/index';
import { createManualClock, createTestClient } from '../../src/testing/index';

const channels = defineChannels({
  'content-generation-{id}': { progress: event<{ progress: number }>() },
  'private-plugin-{id}': { command: event<{ run: string }>(), 'client-cursor': event<{ x: number }>() },
  'private-encrypted-vault': { secret: event<{ n: number }>() },
  'presence-classroom-{id}': presence<{ name: string }>()({ 'hand-raised': event<{ userId: string }>() }),
});

test('a client listens, publishes and is acknowledged without a socket, a port or a real second', async () => {
  const { client, server, clock } = createTestClient({ channels });
  const heard: unknown[] = [];
  const plugin = client.channel('private-plugin-7');
  plugin.on('command', (payload, { id }) => heard.push([payload, id]));
  await clock.settle();
  expect(client.status.get().state).toBe('connected');
  expect(plugin.subscription.get().state).toBe('subscribed');
  const acknowledgement = await plugin.publish('command', { run: 'build' });
  await clock.settle();
  expect(acknowledgement.level).toBe('accepted');
  expect(heard).toEqual([[{ run: 'build' }, acknowledgement.id]]);
  expect(server.requests.map(({ path, authorized }) => [path, authorized])).toEqual([
    ['/pusher/auth', true],
    ['/realtime/trigger', true],
  ]);
  client.destroy();
  await clock.settle();
  expect(server.connections).toEqual([]);
});

test('members come and go, and client events carry their sender', async () => {
  const { client, server, clock } = createTestClient({ channels });
  const classroom = client.channel('presence-classroom-1');
  const stop = classroom.hold();
  await clock.settle();
  expect(classroom.members.get()).toEqual([{ id: 'user-1', info: { name: 'user-1' } }]);
  expect(classroom.me.get()?.id).toBe('user-1');
  expect(server.channels[0]).toMatchObject({ name: 'presence-classroom-1', users: ['user-1'] });
  stop();
  await clock.advance(2_000);
  expect(server.channels).toEqual([]);
  client.destroy();
});

test('an encrypted channel is decrypted', async () => {
  const { client, server, clock } = createTestClient({ channels });
  const heard: unknown[] = [];
  client.channel('private-encrypted-vault').on('secret', (payload) => heard.push(payload));
  await clock.settle();
  server.trigger('private-encrypted-vault', 'secret', { n: 1 });
  await clock.settle();
  expect(heard).toEqual([{ n: 1 }]);
  client.destroy();
});

test('a dropped client comes back by the clock, and nothing is left when it is destroyed', async () => {
  const { client, server, clock } = createTestClient({ channels });
  const heard: unknown[] = [];
  client.channel('content-generation-1').on('progress', ({ progress }) => heard.push(progress));
  await clock.settle();
  server.drop();
  await clock.settle();
  expect(client.status.get().state).toBe('reconnecting');
  await clock.advance(30_000);
  expect(client.status.get().state).toBe('connected');
  server.trigger('content-generation-1', 'progress', { progress: 5 });
  await clock.settle();
  expect(heard).toEqual([5]);
  client.destroy();
  await server.stop();
  await clock.settle();
  expect(clock.pending).toBe(0);
});

test('a clock runs forwards only, and what is no length of time is none', async () => {
  const clock = createManualClock(0);
  await Promise.all([clock.advance(100), clock.advance(10)]);
  expect(clock.now()).toBe(100);
  let woken = 0;
  for (const ms of [-5, Number.NaN, undefined as never]) clock.after(ms, () => (woken += 1));
  await clock.advance(0);
  expect([woken, clock.pending]).toEqual([3, 0]);
  for (const ms of [Number.POSITIVE_INFINITY, Number.NaN, -1, '5' as never])
    await expect(clock.advance(ms)).rejects.toThrow(ConfigurationError);
  expect(clock.now()).toBe(100);
});

test('a publication by script is named by texts alone', () => {
  const { server, client } = createTestClient({ channels });
  for (const wrong of [{ id: '' }, { id: 5 }, { socketId: 5 }, { socketId: '' }])
    expect(() => server.trigger('news', 'progress', 1, wrong as never)).toThrow(ConfigurationError);
  client.destroy();
});
