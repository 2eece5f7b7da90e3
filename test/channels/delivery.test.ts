import { expect, test, vi } from 'vitest';
import { ChannelGuard } from '../../src/channels/guard';
import { confirmField } from '../../src/support/confirmable';
import { ChannelsWorld } from '../fakes/channels-world';

/** A subscribed channel, and the ids of the messages that are confirmed to their sender. */
function setUp() {
  const world = new ChannelsWorld();
  const heard: string[] = [];
  world.channels.confirmWith({
    heard: (_, id) => heard.push(id),
    repeated: () => {},
    confirmed: () => {},
  });
  world.hold('private-news');
  world.open();
  const subscribed = world.clock.settle().then(() => world.confirm('private-news'));
  return { world, heard, channel: world.channel('private-news'), subscribed };
}

test('a message that only a once() waited for is confirmed to its sender, too', async () => {
  const { world, heard, channel, subscribed } = setUp();
  await subscribed;
  const said = channel.once('said');
  world.say('private-news', 'said', { n: 1, [confirmField]: 'id-1' });
  expect(await said).toEqual({ n: 1 });
  expect(heard).toEqual(['id-1']);
});

test('a message that no listener got is not confirmed, be it that a filter kept it from all of them', async () => {
  const { world, heard, channel, subscribed } = setUp();
  await subscribed;
  channel.on('said', () => {}, { filter: () => false });
  world.say('private-news', 'said', { [confirmField]: 'id-1' });
  world.say('private-news', 'other', { [confirmField]: 'id-2' });
  expect(heard).toEqual([]);
  channel.onAny(() => {});
  world.say('private-news', 'other', { [confirmField]: 'id-3' });
  expect(heard).toEqual(['id-3']);
});

test('a channel on which nobody can be present keeps no members, whatever is listened to', async () => {
  const attendance = vi.spyOn(ChannelGuard.prototype, 'attendance');
  const { channel, subscribed } = setUp();
  const told: unknown[] = [];
  channel.on('pusher:subscription_succeeded', (data) => told.push(data));
  await subscribed;
  expect(told).toEqual([{}]);
  expect(attendance).not.toHaveBeenCalled();
  attendance.mockRestore();
});
