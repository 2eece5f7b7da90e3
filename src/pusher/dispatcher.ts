import { neededFunction, neededText } from '../index';
import type { Isolation } from './isolation';

/** What an application binds: `this` is the context that it bound it with. */
export type Callback = (this: unknown, ...values: unknown[]) => unknown;

interface Binding {
  readonly callback: Callback;
  readonly context: unknown;
}

/** Callbacks by event, in pusher-js's words. Each `bind` is a registration; an `unbind` takes off all that fit it. */
export class Dispatcher {
  readonly #isolation: Isolation;
  readonly #wanted: ((event?: string) => void) | undefined;
  /** Lists are replaced and never changed, so that an emit goes through the one it began with. */
  readonly #bindings = new Map<string, readonly Binding[]>();
  #global: readonly Callback[] = [];

  /** `wanted` is told of each event that something is bound to, of none for all events; so that nobody listens for nobody. */
  constructor(isolation: Isolation, wanted?: (event?: string) => void) {
    this.#isolation = isolation;
    this.#wanted = wanted;
  }

  /** Calls `callback` at each `event`, with `context` as its `this`. */
  bind(event: string, callback: Callback, context?: unknown): this {
    neededText(event, 'the event of bind(event, callback)');
    neededFunction(callback, `bind(${JSON.stringify(event)}, (data) => { … })`);
    this.#wanted?.(event);
    this.#bindings.set(event, [...(this.#bindings.get(event) ?? []), { callback, context }]);
    return this;
  }

  /** Takes off what was bound to that event, of that callback and with that context; what is left out fits all. */
  unbind(event?: string | null, callback?: Callback | null, context?: unknown): this {
    for (const name of event ? [event] : [...this.#bindings.keys()]) {
      const left = this.#bindings
        .get(name)
        ?.filter((each) => (callback && callback !== each.callback) || (context && context !== each.context));
      if (left === undefined || left.length === 0) this.#bindings.delete(name);
      else this.#bindings.set(name, left);
    }
    return this;
  }

  /** Calls `callback` with the name and the data of every event. */
  bind_global(callback: Callback): this {
    neededFunction(callback, 'bind_global((event, data) => { … })');
    this.#wanted?.();
    this.#global = [...this.#global, callback];
    return this;
  }

  /** Takes off that callback for every event, or all of them. */
  unbind_global(callback?: Callback): this {
    this.#global = callback ? this.#global.filter((each) => each !== callback) : [];
    return this;
  }

  /** Takes off everything. */
  unbind_all(): this {
    return this.unbind().unbind_global();
  }

  /** Calls what is bound to `event`. `metadata` comes with events of channels; without it, data that is nothing is left out. */
  emit(event: string, data?: unknown, metadata?: { readonly user_id?: string }): this {
    const values = metadata ? [data, metadata] : data ? [data] : [];
    this.#isolation.run(() => {
      for (const callback of this.#global) this.#isolation.call(() => callback.call(undefined, event, data));
      for (const { callback, context } of this.#bindings.get(event) ?? [])
        this.#isolation.call(() => callback.apply(context || globalThis, values));
    });
    return this;
  }

  /** Whether anything would be called at `event`. */
  protected has(event: string): boolean {
    return this.#global.length > 0 || this.#bindings.has(event);
  }
}
