import { expect, test } from 'vitest';
import { AuthorizationQueue } from '../../src/core/authorization-queue';
import type { ChannelAuthorization } from '../../src/ports';
import { type Deferred, deferred } from '../../src/support/deferred';

function setup() {
  const asked: string[] = [];
  const answers = new Map<string, Deferred<ChannelAuthorization>>();
  const told: string[] = [];
  const queue = new AuthorizationQueue({
    atOnce: 6,
    authorizer: {
      authorize: ({ channel }) => {
        asked.push(channel);
        const answer = deferred<ChannelAuthorization>();
        answers.set(channel, answer);
        return answer.promise;
      },
    },
    began: (channel) => told.push(`began ${channel}`),
    granted: (channel) => told.push(`granted ${channel}`),
  });
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const ask = (channel: string, signal = new AbortController().signal): Promise<ChannelAuthorization> =>
    queue.authorize({ socketId: '1.1', channel }, signal);
  return { asked, answers, told, ask, settle };
}

test('six are asked for at a time, in the order in which they came', async () => {
  const { asked, answers, ask, settle } = setup();
  const names = Array.from({ length: 40 }, (_, index) => `private-${index}`);
  const all = names.map((name) => ask(name));
  await settle();
  expect(asked).toEqual(names.slice(0, 6));
  answers.get('private-3')?.resolve({ auth: 'key:1' });
  await settle();
  expect(asked).toEqual(names.slice(0, 7));
  for (const name of names) {
    answers.get(name)?.resolve({ auth: 'key:1' });
    await settle();
  }
  await Promise.all(all);
  expect(asked).toEqual(names);
});

test('who fails makes room', async () => {
  const { asked, answers, ask, settle } = setup();
  const failures = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ask(name).catch((error: unknown) => error));
  const last = ask('g');
  await settle();
  answers.get('a')?.reject(new Error('no'));
  expect(await failures[0]).toMatchObject({ message: 'no' });
  await settle();
  expect(asked).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  answers.get('g')?.resolve({ auth: 'key:1' });
  expect(await last).toEqual({ auth: 'key:1' });
});

test('who gives up while it waits is never asked for, and while it is asked for makes room though no answer comes', async () => {
  const { asked, told, ask, settle } = setup();
  const first = new AbortController();
  const waiting = new AbortController();
  const gone = [
    ask('a', first.signal),
    ask('b'),
    ask('c'),
    ask('d'),
    ask('e'),
    ask('f'),
    ask('g', waiting.signal),
  ];
  void ask('h');
  for (const each of gone) each.catch(() => {});
  await settle();
  waiting.abort();
  await expect(gone[6]).rejects.toMatchObject({ code: 'aborted' });
  first.abort();
  await expect(gone[0]).rejects.toMatchObject({ code: 'aborted' });
  await settle();
  expect(asked).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'h']);
  expect(told.filter((each) => each.startsWith('granted'))).toEqual([]);
});

test('an authorizer that throws at once is a rejection', async () => {
  const queue = new AuthorizationQueue({
    atOnce: 6,
    authorizer: {
      authorize: () => {
        throw new Error('at once');
      },
    },
    began: () => {},
    granted: () => {},
  });
  const { signal } = new AbortController();
  for (let round = 0; round < 8; round++) {
    await expect(queue.authorize({ socketId: '1.1', channel: 'a' }, signal)).rejects.toThrow('at once');
  }
});
