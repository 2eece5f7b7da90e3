import { expect, it } from 'vitest';
import { unlessAborted, within } from '../../src/support/deadline';
import { deferred } from '../../src/support/deferred';
import { ManualClock } from '../fakes/manual-clock';

/** A signal that knows how many listen to it. */
function countedSignal(): { controller: AbortController; listeners(): number } {
  const controller = new AbortController();
  const { signal } = controller;
  let count = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...given: Parameters<typeof add>) => {
    count++;
    add(...given);
  };
  signal.removeEventListener = (...given: Parameters<typeof remove>) => {
    count--;
    remove(...given);
  };
  return { controller, listeners: () => count };
}

it('leaves nothing on a signal that lives on, however the wait ended', async () => {
  const { controller, listeners } = countedSignal();
  const { signal } = controller;
  const clock = new ManualClock();
  const limits = { clock, timeout: 100, signal };
  await unlessAborted(Promise.resolve(1), signal);
  await unlessAborted(Promise.reject(new Error('no')), signal).catch(() => {});
  expect(await within(() => 2, limits)).toBe(2);
  await within(() => Promise.reject(new Error('no')), limits).catch(() => {});
  const late = within(() => new Promise(() => {}), limits).catch(() => {});
  await clock.advance(100);
  await late;
  expect(listeners()).toBe(0);
  expect(clock.waiting).toBe(0);
});

it('takes work that throws at once for work that failed', async () => {
  const thrown = new Error('at once');
  const limits = { clock: new ManualClock(), timeout: 100, signal: new AbortController().signal };
  const work = (): never => {
    throw thrown;
  };
  await expect(within(work, limits)).rejects.toBe(thrown);
});

it('does not begin for somebody who has left already', async () => {
  const signal = AbortSignal.abort();
  let begun = false;
  const work = (): void => {
    begun = true;
  };
  await expect(within(work, { clock: new ManualClock(), timeout: 100, signal })).rejects.toMatchObject({
    code: 'aborted',
  });
  expect(begun).toBe(false);
  await expect(unlessAborted(Promise.reject(new Error('unseen')), signal)).rejects.toMatchObject({
    code: 'aborted',
  });
});

it('tells the work when time is up or its caller has left, and drops what it says then', async () => {
  const clock = new ManualClock();
  const caller = new AbortController();
  const seen: AbortSignal[] = [];
  const answer = deferred<string>();
  const work = (signal: AbortSignal): Promise<string> => {
    seen.push(signal);
    return answer.promise;
  };
  const timed = within(work, { clock, timeout: 100, signal: caller.signal });
  const left = within(work, { clock, timeout: 500, signal: caller.signal });
  const outcomes = Promise.allSettled([timed, left]);
  await clock.advance(100);
  expect(seen.map(({ aborted }) => aborted)).toEqual([true, false]);
  caller.abort();
  expect(seen.map(({ aborted }) => aborted)).toEqual([true, true]);
  answer.reject(new Error('too late: nobody may see this as unhandled'));
  expect(await outcomes).toMatchObject([{ reason: { code: 'timeout' } }, { reason: { code: 'aborted' } }]);
  expect(clock.waiting).toBe(0);
});
