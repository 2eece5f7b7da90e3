import { describe, expect, test } from 'vitest';
import { backoff } from '../../src/support/backoff';

const curve = { base: 1_000, cap: 15_000 };

describe('the wait before an attempt', () => {
  test('is at most the base, doubled with each attempt, and never above the cap', () => {
    const most = Array.from({ length: 8 }, (_, attempt) => backoff(attempt, curve, () => 1));
    expect(most).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000]);
  });

  test('can be nothing: full jitter', () => {
    expect(backoff(5, curve, () => 0)).toBe(0);
  });

  test('stays at the cap after so many attempts that the power has no number', () => {
    expect(backoff(5_000, curve, () => 1)).toBe(15_000);
  });

  test('spreads a thousand clients evenly: no tenth of the span has more than 15 % of them', () => {
    let seed = 1;
    const random = (): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const tenths = new Array<number>(10).fill(0);
    for (let client = 0; client < 1_000; client += 1) {
      const tenth = Math.min(9, Math.floor(backoff(3, curve, random) / 800));
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(Math.max(...tenths)).toBeLessThan(150);
  });
});
