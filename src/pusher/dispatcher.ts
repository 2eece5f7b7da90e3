import { neededFunction, neededText } from '../index';
import { isolated } from './isolation';

/** What an application binds: `this` is the context that it bound it with. */
export type Callback = (this: unknown, ...values: unknown[]) => unknown;

interface Binding {
  /** Undefined: every event. */
  readonly event?: string;
  readonly callback: Callback;
  readonly context?: unknown;
}

/** Callbacks by event, in pusher-js's words. Each `bind` is a registration; an `unbind` takes off all that fit it. */
export class Dispatcher {
  readonly #wanted: ((event?: string) => void) | undefined;
  #bindings: Binding[] = [];

  /** `wanted` is told of each event that something is bound to, of none for all events; so that nobody listens for nobody. */
  constructor(wanted?: (event?: string) => void) {
    this.#wanted = wanted;
  }

  /** Calls `callback` at each `event`, with `context` as its `this`. */
  bind(event: string, callback: Callback, context?: unknown): this {
    return this.#add({ event: neededText(event, 'event'), callback, context });
  }

  /** Takes off what was bound to that event, of that callback and with that context; what is left out fits all. */
  unbind(event?: string | null, callback?: Callback | null, context?: unknown): this {
    return this.#keep(
      (each) =>
        each.event === undefined ||
        (event && event !== each.event) ||
        (callback && callback !== each.callback) ||
        (context && context !== each.context),
    );
  }

  /** Calls `callback` with the name and the data of every event. */
  bind_global(callback: Callback): this {
    return this.#add({ callback });
  }

  /** Takes off that callback for every event, or all of them. */
  unbind_global(callback?: Callback): this {
    return this.#keep((each) => each.event !== undefined || (callback && callback !== each.callback));
  }

  /** Takes off everything. */
  unbind_all(): this {
    return this.#keep(() => false);
  }

  /** Calls what is bound to `event`. `metadata` comes with events of channels; without it, data that is nothing is left out. */
  emit(event: string, data?: unknown, metadata?: { readonly user_id?: string }): this {
    const values = metadata ? [data, metadata] : data ? [data] : [];
    const bound = [...this.#boundTo(), ...this.#boundTo(event)];
    isolated(() => {
      for (const { event: name, callback, context } of bound)
        isolated(() => callback.apply(context || globalThis, name ? values : [event, data]));
    });
    return this;
  }

  /** `emit`, and whether anything was bound to that event. */
  tell(event: string, data: unknown): boolean {
    const bound = this.#bindings.some((each) => each.event === undefined || each.event === event);
    this.emit(event, data);
    return bound;
  }

  #boundTo(event?: string): readonly Binding[] {
    return this.#bindings.filter((each) => each.event === event);
  }

  #add(binding: Binding): this {
    neededFunction(binding.callback, 'bind(event, callback)');
    this.#wanted?.(binding.event);
    this.#bindings.push(binding);
    return this;
  }

  #keep(fits: (binding: Binding) => unknown): this {
    this.#bindings = this.#bindings.filter(fits);
    return this;
  }
}
