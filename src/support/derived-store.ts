import type { ReadableStore, Stop } from '../types';
import { needed, neededFunction, object } from './given';
import { subscribing } from './listeners';

/**
 * A store of what `select` makes of another store's value: told only when that is another value. Arrays and plain objects are
 * compared by what is in them, one level deep, so that `select` may build new ones.
 */
export function selectFrom<T, Selection>(
  store: ReadableStore<T>,
  select: (value: T) => Selection,
): ReadableStore<Selection> {
  needed(store, 'store', storeFunctions);
  neededFunction(select, 'selectFrom(store, (value) => …)');
  return new DerivedStore([store], ([value]) => select(value as T));
}

/** One store of several: its value has theirs, by the same names. */
export function combineStores<Stores extends Readonly<Record<string, ReadableStore<unknown>>>>(
  stores: Stores,
): ReadableStore<{ readonly [Name in keyof Stores]: ReturnType<Stores[Name]['get']> }> {
  const names = Object.keys(object(stores, 'combineStores({ name: store })'));
  for (const name of names) needed(stores[name], name, storeFunctions);
  // What is built has the keys of `stores`, which `fromEntries` cannot tell.
  return new DerivedStore(
    Object.values(stores),
    (values) => Object.fromEntries(names.map((name, index) => [name, values[index]])) as never,
  );
}

/** What makes an object a store. */
const storeFunctions = ['get', 'subscribe'];

/** A value that is made of others. Holds nothing while nobody has subscribed to it. */
class DerivedStore<T> implements ReadableStore<T> {
  readonly #sources: readonly ReadableStore<unknown>[];
  readonly #build: (values: readonly unknown[]) => T;
  #initial: { readonly built: T } | undefined;
  #known: { readonly from: readonly unknown[]; readonly built: T } | undefined;

  constructor(sources: readonly ReadableStore<unknown>[], build: (values: readonly unknown[]) => T) {
    this.#sources = sources;
    this.#build = build;
  }

  /** See `Store`. */
  get __v_skip(): true {
    return true;
  }

  get initial(): T {
    this.#initial ??= { built: this.#build(this.#sources.map(({ initial }) => initial)) };
    return this.#initial.built;
  }

  get(): T {
    const from = this.#sources.map((source) => source.get());
    const known = this.#known;
    if (known !== undefined && isSameSelection(known.from, from)) return known.built;
    const built = this.#build(from);
    this.#known = {
      from,
      built: known !== undefined && isSameSelection(known.built, built) ? known.built : built,
    };
    return this.#known.built;
  }

  subscribe(listener: (value: T) => void): Stop {
    neededFunction(listener, subscribing);
    let told = this.get();
    const tell = (): void => {
      const value = this.get();
      if (Object.is(value, told)) return;
      told = value;
      listener(value);
    };
    const stops = this.#sources.map((source) => source.subscribe(tell));
    return () => {
      for (const stop of stops) stop();
    };
  }
}

/** Whether two selections are one, or arrays or plain objects of the same values: what `selectFrom` compares by. */
export function isSameSelection(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (!isPlain(one) || !isPlain(other) || Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && Object.is(one[key], other[key]))
  );
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
