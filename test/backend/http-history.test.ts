import { expect, test } from 'vitest';
import { recoverFromHistory } from '../../src/backend/http-history';
import { surroundings } from '../fakes/backend-endpoint';

const history = 'https://backend.test/history';

/** A history that many channels of one client ask, each for its own gap. */
function setUp(answer: (times: number) => Promise<Response>) {
  const { clock, outside } = surroundings();
  const asked: string[] = [];
  const now = { asked: 0, most: 0 };
  const fetch = async (address: string): Promise<Response> => {
    asked.push(address);
    now.asked += 1;
    now.most = Math.max(now.most, now.asked);
    try {
      return await answer(asked.length);
    } finally {
      now.asked -= 1;
    }
  };
  const recover = recoverFromHistory({ endpoint: history });
  const { signal } = new AbortController();
  const context = { ...outside, fetch, signal };
  const ask = async (channel: string): Promise<number> =>
    (await recover({ channel, from: 1, to: 2 }, context)).length;
  return { clock, asked, now, ask };
}

test('three hundred channels that come back in one moment ask a few at a time, and all are answered', async () => {
  const { clock, asked, now, ask } = setUp(
    () =>
      new Promise((resolve) => {
        clock.after(50, () => resolve(Response.json({ messages: [{ event: 'said', data: 1 }] })));
      }),
  );
  const all = Promise.all(Array.from({ length: 300 }, (_, index) => ask(`room-${index}`)));
  await clock.advance(5_000);
  expect(await all).toEqual(Array.from({ length: 300 }, () => 1));
  expect(asked).toHaveLength(300);
  expect(now.most).toBe(6);
});

test('one that is asked too much is asked one at a time', async () => {
  const { clock, asked, ask } = setUp(async (times) =>
    times <= 6 ? new Response('', { status: 429 }) : Response.json({ messages: [] }),
  );
  const all = Array.from({ length: 20 }, (_, index) => ask(`room-${index}`).catch(() => -1));
  await clock.advance(10);
  expect(asked).toHaveLength(6);
  await clock.advance(9_000);
  const counts = await Promise.all(all);
  expect(counts.filter((count) => count === 0)).toHaveLength(14);
});
