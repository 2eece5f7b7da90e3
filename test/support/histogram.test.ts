import { describe, expect, test } from 'vitest';
import { Histogram } from '../../src/support/histogram';

describe('quantiles', () => {
  test('are 0 while there is nothing', () => {
    expect(new Histogram().quantile(0.5)).toBe(0);
    expect(new Histogram().total).toBe(0);
  });

  test.each([0.5, 0.95, 0.99])('are right to within an eighth: %f of 1 to 10,000 ms', (share) => {
    const histogram = new Histogram();
    for (let ms = 1; ms <= 10_000; ms += 1) histogram.record(ms);
    expect(histogram.quantile(share) / (10_000 * share)).toBeGreaterThanOrEqual(0.99);
    expect(histogram.quantile(share) / (10_000 * share)).toBeLessThanOrEqual(1.125);
  });

  test('of one duration are that duration', () => {
    const histogram = new Histogram();
    histogram.record(200);
    for (const share of [0.01, 0.5, 1]) expect(histogram.quantile(share) / 200).toBeCloseTo(1, 0);
  });

  test.each([0, -5, 0.3, Number.NaN])('take %f for no time at all', (duration) => {
    const histogram = new Histogram();
    histogram.record(duration);
    expect(histogram.total).toBe(1);
    expect(histogram.quantile(0.5)).toBeLessThanOrEqual(1);
  });

  test.each([3_600_000, Number.POSITIVE_INFINITY])('take %f for the longest that there is', (duration) => {
    const histogram = new Histogram();
    histogram.record(1);
    histogram.record(duration);
    expect(histogram.quantile(1)).toBeGreaterThan(600_000);
    expect(histogram.quantile(0.5)).toBe(1);
  });
});
