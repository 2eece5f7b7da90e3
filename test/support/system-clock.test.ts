import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SystemClock } from '../../src/support/system-clock';
import { clockPromises } from '../contract/clock';
import { ManualClock } from '../fakes/manual-clock';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

clockPromises('SystemClock', () => ({
  clock: new SystemClock(),
  pass: async (ms) => {
    await vi.advanceTimersByTimeAsync(ms);
  },
}));

clockPromises('ManualClock', () => {
  const clock = new ManualClock();
  return { clock, pass: (ms) => clock.advance(ms) };
});

it('stops also between the stages of a long wait', async () => {
  let woken = 0;
  const stop = new SystemClock().after(2 ** 33, () => woken++);
  await vi.advanceTimersByTimeAsync(2 ** 32);
  stop();
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(2 ** 33);
  expect(woken).toBe(0);
});

it('tells the time of the machine', () => {
  vi.setSystemTime(1_700_000_000_000);
  expect(new SystemClock().now()).toBe(1_700_000_000_000);
});

it.each([undefined, {}])('counts by the clock on the wall where `performance` is %j', (performance) => {
  vi.stubGlobal('performance', performance);
  expect(new SystemClock().elapsed()).toBe(Date.now());
  vi.unstubAllGlobals();
});
