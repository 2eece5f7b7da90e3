import { describe, expect, test, vi } from 'vitest';
import { combineStores, selectFrom } from '../../src/support/derived-store';
import { Store } from '../../src/support/store';

function storeOf<T>(value: T): Store<T> {
  return new Store(value, (error) => {
    throw error;
  });
}

describe('a selection', () => {
  test('is told only when it is another one', () => {
    const store = storeOf({ state: 'idle', attempt: 0 });
    const seen: string[] = [];
    selectFrom(store, ({ state }) => state).subscribe((state) => seen.push(state));
    store.set({ state: 'idle', attempt: 1 });
    store.set({ state: 'connected', attempt: 1 });
    expect(seen).toEqual(['connected']);
  });

  test('may be built anew each time: the same contents are the same reference', () => {
    const store = storeOf({ members: ['a', 'b'], at: 0 });
    const names = selectFrom(store, ({ members }) => members.map((member) => member.toUpperCase()));
    const first = names.get();
    store.set({ members: ['a', 'b'], at: 1 });
    expect(names.get()).toBe(first);
    store.set({ members: ['a', 'c'], at: 1 });
    expect(names.get()).toEqual(['A', 'C']);
  });

  test.each([
    ['maps', () => new Map([['a', 1]])],
    ['dates', () => new Date(0)],
    ['functions', () => () => 1],
  ])('%s are compared by reference only: what is in them cannot be seen', (_, make) => {
    const store = storeOf(0);
    const made = selectFrom(store, make);
    const first = made.get();
    store.set(1);
    expect(made.get()).not.toBe(first);
  });

  test('an undefined key is not a missing one', () => {
    const store = storeOf<Record<string, unknown>>({ a: undefined });
    const copy = selectFrom(store, (value) => ({ ...value }));
    const first = copy.get();
    store.set({ b: undefined });
    expect(copy.get()).not.toBe(first);
  });

  test('the source is asked for nothing while nobody looks, and once a change while somebody does', () => {
    const store = storeOf(0);
    const select = vi.fn((value: number) => value);
    const selected = selectFrom(store, select);
    store.set(1);
    expect(select).not.toHaveBeenCalled();
    const stop = selected.subscribe(() => {});
    store.set(2);
    selected.get();
    expect(select).toHaveBeenCalledTimes(2);
    stop();
    store.set(3);
    expect(select).toHaveBeenCalledTimes(2);
  });

  test('knows what it was before anything happened', () => {
    const store = storeOf({ count: 1 });
    store.set({ count: 2 });
    const selected = selectFrom(store, ({ count }) => [count]);
    expect(selected.initial).toEqual([1]);
    expect(selected.initial).toBe(selected.initial);
  });
});

describe('several stores as one', () => {
  test('have one value, replaced when one of them is', () => {
    const one = storeOf(1);
    const two = storeOf('a');
    const both = combineStores({ one, two });
    const seen: unknown[] = [];
    const stop = both.subscribe((value) => seen.push(value));
    expect(both.get()).toBe(both.get());
    one.set(2);
    two.set('b');
    stop();
    one.set(3);
    expect(seen).toEqual([
      { one: 2, two: 'a' },
      { one: 2, two: 'b' },
    ]);
    expect(both.initial).toEqual({ one: 1, two: 'a' });
  });
});
