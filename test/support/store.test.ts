import { describe, expect, test } from 'vitest';
import { Store } from '../../src/support/store';
import { foreignPromise } from '../fakes/foreign-promise';

function setUp() {
  const thrown: unknown[] = [];
  return { store: new Store(0, (error) => thrown.push(error)), thrown };
}

describe('a store', () => {
  test('tells each replacement, and not the value that it already has', () => {
    const { store } = setUp();
    const seen: number[] = [];
    store.subscribe((value) => seen.push(value));
    store.set(1);
    store.set(1);
    store.set(2);
    expect(seen).toEqual([1, 2]);
    expect(store.get()).toBe(2);
  });

  test('the same NaN is no replacement', () => {
    const store = new Store(Number.NaN, () => {});
    let told = 0;
    store.subscribe(() => {
      told += 1;
    });
    store.set(Number.NaN);
    expect(told).toBe(0);
  });

  test('a subscriber that throws is reported, the others are told all the same', () => {
    const { store, thrown } = setUp();
    const error = new Error('mine');
    const seen: number[] = [];
    store.subscribe(() => {
      throw error;
    });
    store.subscribe((value) => seen.push(value));
    store.set(1);
    expect(seen).toEqual([1]);
    expect(thrown).toEqual([error]);
  });

  test('what a promise of another library brings to a subscriber is reported', async () => {
    const { store, thrown } = setUp();
    const error = new Error('later');
    store.subscribe((() => foreignPromise(error)) as never);
    store.set(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(thrown).toEqual([error]);
  });

  test('the same function may subscribe twice, and each stop takes away its own, once', () => {
    const { store } = setUp();
    let told = 0;
    const listener = (): void => {
      told += 1;
    };
    const stop = store.subscribe(listener);
    store.subscribe(listener);
    stop();
    stop();
    store.set(1);
    expect(told).toBe(1);
  });

  test('a stop takes effect at once, also while the others are told', () => {
    const { store } = setUp();
    const seen: string[] = [];
    store.subscribe(() => {
      seen.push('first');
      stop();
    });
    const stop = store.subscribe(() => seen.push('second'));
    store.set(1);
    expect(seen).toEqual(['first']);
  });

  test('a subscriber that sets another value: everybody ends with that one, nobody gets the old one after it', () => {
    const { store } = setUp();
    const [first, last]: [number[], number[]] = [[], []];
    store.subscribe((value) => first.push(value));
    store.subscribe((value) => {
      if (value === 1) store.set(2);
    });
    store.subscribe((value) => last.push(value));
    store.set(1);
    expect(first).toEqual([1, 2]);
    expect(last).toEqual([2]);
  });

  test('who subscribes while the others are told hears the next value, not this one', () => {
    const { store } = setUp();
    const late: number[] = [];
    const stop = store.subscribe(() => {
      stop();
      store.subscribe((value) => late.push(value));
    });
    store.set(1);
    store.set(2);
    expect(late).toEqual([2]);
  });
});
