import { expect, test } from 'vitest';
import { publishing } from '../../src/index';
import { face } from './face';

/** A channel, and what somebody else hears of it. */
async function heard(made: ReturnType<typeof face>, name = 'private-chat') {
  const { pusher, server, clock } = made;
  const events: unknown[] = [];
  const other = face({ ...server.options, clock });
  other.client.channel(name).on('client-said', (data) => events.push(data));
  await clock.settle();
  return { channel: pusher.subscribe(name), events };
}

test('a client event goes to the others, and what says so is true', async () => {
  const made = face();
  const { channel, events } = await heard(made);
  await made.clock.settle();
  expect(channel.trigger('client-said', { n: 1 })).toBe(true);
  await made.clock.settle();
  expect(events).toEqual([{ n: 1 }]);
});

test('before the subscription, and without a connection, it is kept and sent as soon as that is possible', async () => {
  const made = face();
  const { channel, events } = await heard(made);
  expect(channel.trigger('client-said', { n: 1 })).toBe(true);
  await made.clock.settle();
  made.pusher.disconnect();
  expect(channel.trigger('client-said', { n: 2 })).toBe(true);
  expect(made.pusher.send_event('client-said', { n: 3 }, 'private-chat')).toBe(true);
  await made.clock.advance(5_000);
  expect(events).toEqual([{ n: 1 }]);
  made.pusher.connect();
  await made.clock.settle();
  expect(events).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
});

test('it is false for what no server takes, and for what the outbox has no room for', async () => {
  const made = face({ publish: publishing({ outbox: { messages: 1 } }) });
  const channel = made.pusher.subscribe('private-chat');
  expect(channel.trigger('client-said', 'x'.repeat(20_000))).toBe(false);
  expect(channel.trigger('client-said', 1n)).toBe(false);
  expect(channel.trigger('client-said', 1)).toBe(true);
  expect(channel.trigger('client-said', 2)).toBe(false);
});

test('it is false on a channel that was refused or left, and for frames that are no client events', async () => {
  const { pusher, clock } = face({ server: { authorize: () => false } });
  const refused = pusher.subscribe('private-chat');
  await clock.settle();
  expect(refused.trigger('client-said', {})).toBe(false);
  const left = pusher.subscribe('news');
  pusher.unsubscribe('news');
  expect(left.trigger('client-said', {})).toBe(false);
  expect(pusher.send_event('pusher:subscribe', { channel: 'news' })).toBe(false);
});

test('names that no client may use, and encrypted channels, are mistakes', () => {
  const { pusher } = face();
  expect(() => pusher.subscribe('private-chat').trigger('said', {})).toThrow(/client-/);
  expect(() => pusher.subscribe('private-encrypted-chat').trigger('client-said', {})).toThrow(/encrypted/);
});

test('a client that only listens says what to import', () => {
  const { pusher } = face({ publish: undefined });
  expect(() => pusher.subscribe('private-chat').trigger('client-said', {})).toThrow(
    expect.objectContaining({ message: expect.stringContaining('publishing') }),
  );
});

test('a text that is JSON arrives as what it says, as from pusher-js, and any other text as it is', async () => {
  const made = face();
  const { channel, events } = await heard(made);
  for (const text of ['{"n":1}', '7', 'seven']) channel.trigger('client-said', text);
  await made.clock.settle();
  expect(events).toEqual([{ n: 1 }, 7, 'seven']);
});
