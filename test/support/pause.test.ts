import { expect, it } from 'vitest';
import { pause } from '../../src/support/pause';
import { Stopwatch } from '../../src/support/stopwatch';
import { ManualClock } from '../fakes/manual-clock';

function setUp() {
  const clock = new ManualClock();
  const [one, other] = [new AbortController(), new AbortController()];
  let over = false;
  const begin = (): void => {
    void pause(clock, 1_000, [one.signal, other.signal]).then(() => {
      over = true;
    });
  };
  return { clock, one, other, begin, isOver: () => over };
}

it('takes whole milliseconds: after a part of one a clock may show what it showed before, and who looks again would not end', async () => {
  const clock = new ManualClock();
  await clock.advance(1_234_567.89);
  const begun = clock.elapsed();
  const woken: number[] = [];
  const wake = () => woken.push(clock.elapsed());
  void pause(clock, 1e-12, []).then(wake);
  new Stopwatch(clock).after(1e-12, wake);
  await clock.advance(1);
  expect(woken.filter((at) => at > begun)).toHaveLength(2);
});

it('is over after its time, and not before', async () => {
  const { clock, begin, isOver } = setUp();
  begin();
  await clock.advance(999);
  expect(isOver()).toBe(false);
  await clock.advance(1);
  expect(isOver()).toBe(true);
});

it.each(['one', 'other'] as const)(
  'is over when %s of its signals aborts, and leaves no timer',
  async (which) => {
    const given = setUp();
    given.begin();
    given[which].abort();
    await given.clock.settle();
    expect(given.isOver()).toBe(true);
    expect(given.clock.waiting).toBe(0);
  },
);

it('does not begin when a signal has aborted before', async () => {
  const { clock, one, begin, isOver } = setUp();
  one.abort();
  begin();
  expect(clock.waiting).toBe(0);
  await clock.settle();
  expect(isOver()).toBe(true);
});
