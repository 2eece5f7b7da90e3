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

  test.each([
    [0, 'zero'],
    [-5_000, 'less than nothing'],
    [Number.NaN, 'nothing that is a number'],
  ])('is never quicker than our own curve, when a server asks for %d ms', (asked) => {
    expect(backoff(2, curve, () => 1, asked)).toBe(4_000);
  });

  test('is at least what the server asks for, and at most half of that more', () => {
    expect(backoff(0, curve, () => 0, 3_000)).toBe(3_000);
    expect(backoff(0, curve, () => 0.999, 3_000)).toBeCloseTo(4_500, -1);
  });

  test('has an end, whatever the server asks for', () => {
    expect(backoff(0, curve, () => 1, 1e15)).toBe(450_000);
    expect(backoff(0, curve, () => 1, Number.POSITIVE_INFINITY)).toBe(450_000);
  });

  test('does not bring those back together who were told the same at one moment', () => {
    const waits = Array.from({ length: 50 }, () => backoff(0, curve, Math.random, 3_000));
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(500);
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
