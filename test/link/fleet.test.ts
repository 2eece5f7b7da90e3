import { describe, expect, test } from 'vitest';
import { DiallingSchedule } from '../../src/link/dialling-schedule';
import { dice } from '../fakes/dice';

/** When each of so many clients is back, in milliseconds after their server, all cut off at once for `outage` milliseconds. */
function fleet(clients: number, outage: number): number[] {
  const random = dice(outage);
  return Array.from({ length: clients }, () => {
    const schedule = new DiallingSchedule(random);
    schedule.dialled(-60_000);
    schedule.reset();
    let now = 0;
    do {
      now += schedule.failed('again', now);
      schedule.dialled(now);
    } while (now < outage);
    return now - outage;
  }).sort((a, b) => a - b);
}

describe('20,000 clients of a server that was away', () => {
  test.each([3_000, 20_000, 50_000, 110_000])('for %i ms are back soon, and not all at once', (outage) => {
    const back = fleet(20_000, outage);
    const most = (length: number): number => {
      let first = 0;
      return back.reduce((best, at, index) => {
        while (at - (back[first] ?? 0) >= length) first += 1;
        return Math.max(best, index - first + 1);
      }, 0);
    };
    expect(back[10_000]).toBeLessThanOrEqual(3_000);
    expect(back.at(-1)).toBeLessThanOrEqual(10_000);
    expect(most(100) / back.length).toBeLessThanOrEqual(0.035);
  });

  test('for ten minutes are gentle with it: half a minute apart at most', () => {
    const back = fleet(20_000, 600_000);
    expect(back.at(-1)).toBeLessThanOrEqual(30_000);
    expect(back.at(-1)).toBeGreaterThan(20_000);
  });
});
