import { expect, it } from 'vitest';
import { waitFor } from '../../src/support/wait-for';
import { ManualClock } from '../fakes/manual-clock';

function setUp() {
  const clock = new ManualClock();
  const controller = new AbortController();
  const stops: string[] = [];
  const limits = (timeout?: number) => ({
    signals: [undefined, controller.signal],
    aborted: () => new Error('aborted'),
    limit: { clock, timeout, late: () => new Error('late') },
  });
  return { clock, controller, stops, limits };
}

it('undoes what was begun, also when it settles while it begins', async () => {
  const { clock, stops, limits } = setUp();
  const answer = waitFor<number>((resolve) => {
    resolve(7);
    return () => stops.push('stopped');
  }, limits(1_000));
  expect(await answer).toBe(7);
  expect(stops).toEqual(['stopped']);
  expect(clock.waiting).toBe(0);
});

it('ends with a signal that aborts because it begins, and begins nothing for one that aborted before', async () => {
  const { controller, stops, limits } = setUp();
  const begin = () => {
    controller.abort();
    stops.push('begun');
    return () => stops.push('stopped');
  };
  await expect(waitFor(begin, limits())).rejects.toThrow('aborted');
  expect(stops).toEqual(['begun', 'stopped']);
  await expect(waitFor(begin, limits())).rejects.toThrow('aborted');
  expect(stops).toHaveLength(2);
});

it('is late once, and what comes after it changes nothing', async () => {
  const { clock, stops, limits } = setUp();
  let settle: (value: number) => void = () => {};
  const answer = waitFor<number>((resolve) => {
    settle = resolve;
    return () => stops.push('stopped');
  }, limits(1_000));
  answer.catch(() => {});
  await clock.advance(1_000);
  settle(7);
  await expect(answer).rejects.toThrow('late');
  expect(stops).toEqual(['stopped']);
});
