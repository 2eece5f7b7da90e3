import { expect, test } from 'vitest';
import { AuthorizationQueue } from '../../src/backend/authorization-queue';
import type { ChannelAuthorization } from '../../src/ports';
import { type Deferred, deferred } from '../../src/support/deferred';

function setup() {
  const asked: string[] = [];
  const answers = new Map<string, Deferred<ChannelAuthorization>>();
  const granted: string[] = [];
  const queue = new AuthorizationQueue({
    authorize: ({ channel }) => {
      asked.push(channel);
      const answer = deferred<ChannelAuthorization>();
      answers.set(channel, answer);
      return answer.promise;
    },
  });
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const ask = async (
    channel: string,
    signal = new AbortController().signal,
  ): Promise<ChannelAuthorization> => {
    const authorization = await queue.authorize({ socketId: '1.1', channel }, signal);
    granted.push(channel);
    return authorization;
  };
  return { asked, answers, granted, ask, settle };
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
  const { asked, answers, granted, ask, settle } = setup();
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
  answers.get('a')?.resolve({ auth: 'key:1' });
  await settle();
  expect(granted).toEqual([]);
});

test('an authorizer that throws at once is a rejection', async () => {
  const queue = new AuthorizationQueue({
    authorize: () => {
      throw new Error('at once');
    },
  });
  const { signal } = new AbortController();
  for (let round = 0; round < 8; round++) {
    await expect(queue.authorize({ socketId: '1.1', channel: 'a' }, signal)).rejects.toThrow('at once');
  }
});
