import { expect, test } from 'vitest';
import { face } from './face';

/** A channel that is live, and how a backend says something on it. */
async function live() {
  const { pusher, server, clock } = face();
  const channel = pusher.subscribe('news');
  await clock.settle();
  const say = async (event: string, data: unknown = {}) => {
    server.trigger('news', event, data);
    await clock.settle();
  };
  return { pusher, channel, say };
}

test('a callback gets the data, and its context as `this`', async () => {
  const { channel, say } = await live();
  const heard: unknown[] = [];
  const context = { name: 'mine' };
  channel.bind(
    'said',
    function (this: unknown, data: unknown, metadata: unknown) {
      heard.push(this, data, metadata);
    },
    context,
  );
  await say('said', { n: 1 });
  expect(heard).toEqual([context, { n: 1 }, {}]);
});

test('binding twice calls twice, and one unbind takes off both', async () => {
  const { channel, say } = await live();
  let calls = 0;
  const callback = (): void => {
    calls += 1;
  };
  channel.bind('said', callback).bind('said', callback);
  await say('said');
  channel.unbind('said', callback);
  await say('said');
  expect(calls).toBe(2);
});

test.each([
  ['an event', ['said'], ['b:other']],
  ['an event and a callback', ['said', 'a'], ['b:said', 'b:other']],
  ['an event and a context', ['said', undefined, 'one'], ['b:said', 'b:other']],
  ['a callback', [undefined, 'b'], ['a:said']],
  ['a context', [undefined, undefined, 'two'], ['a:said']],
  ['nothing', [], []],
] as const)('unbind by %s takes off what fits', async (_, [event, callback, context], left) => {
  const { channel, say } = await live();
  const heard: string[] = [];
  const callbacks = {
    a: ({ event: name }: { event: string }) => heard.push(`a:${name}`),
    b: ({ event: name }: { event: string }) => heard.push(`b:${name}`),
  };
  const contexts = { one: {}, two: {} };
  channel.bind('said', callbacks.a, contexts.one);
  channel.bind('said', callbacks.b, contexts.two);
  channel.bind('other', callbacks.b, contexts.two);
  channel.unbind(event, callback && callbacks[callback], context && contexts[context]);
  await say('said', { event: 'said' });
  await say('other', { event: 'other' });
  expect(heard).toEqual(left);
});

test('global callbacks hear the name and the data of everything, before the others', async () => {
  const { channel, say } = await live();
  const heard: unknown[] = [];
  const everything = (event: string, data: unknown) => heard.push([event, data]);
  channel.bind('said', () => heard.push('said'));
  channel.bind_global(everything);
  await say('said', 1);
  channel.unbind_global(everything);
  await say('said', 2);
  expect(heard).toEqual([['said', 1], 'said', 'said']);
});

test('unbind_all takes off global callbacks, too', async () => {
  const { channel, say } = await live();
  let calls = 0;
  channel.bind('said', () => {
    calls += 1;
  });
  channel.bind_global(() => {
    calls += 1;
  });
  channel.unbind_all();
  await say('said');
  expect(calls).toBe(0);
});

test('a callback that unbinds itself or binds another changes nothing for the event that is being told', async () => {
  const { channel, say } = await live();
  const heard: string[] = [];
  const first = (): void => {
    heard.push('first');
    channel.unbind('said', first);
    channel.bind('said', () => heard.push('later'));
  };
  channel.bind('said', first);
  channel.bind('said', () => heard.push('second'));
  await say('said');
  expect(heard).toEqual(['first', 'second']);
  await say('said');
  expect(heard).toEqual(['first', 'second', 'second', 'later']);
});

test('what is bound to the instance hears the events of every channel of it, and the connection hears whole messages', async () => {
  const { pusher, channel, say } = await live();
  const heard: unknown[] = [];
  channel.bind('said', () => heard.push('channel'));
  pusher.bind('said', (data: unknown) => heard.push(['instance', data]));
  pusher.bind_global((event: string) => heard.push(['global', event]));
  pusher.connection.bind('message', (message: unknown) => heard.push(message));
  await say('said', { n: 1 });
  expect(heard).toEqual([
    'channel',
    ['global', 'said'],
    ['instance', { n: 1 }],
    { event: 'said', channel: 'news', data: { n: 1 } },
  ]);
  pusher.unbind_all();
  await say('said', { n: 2 });
  expect(heard.filter((each) => Array.isArray(each))).toHaveLength(2);
});

test('events with the names of things that every object has are events like any other', async () => {
  const { channel, say } = await live();
  const heard: string[] = [];
  channel.bind('constructor', () => heard.push('constructor'));
  await say('constructor');
  await say('toString');
  expect(heard).toEqual(['constructor']);
});
