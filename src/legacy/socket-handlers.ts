type Handler = { value: unknown; readonly listener: (event: Event) => void };

/** The `on…` attributes of an event target, as browsers have them: who replaces a handler keeps its place among the listeners. */
export class EventHandlers {
  readonly #target: EventTarget;
  readonly #handlers = new Map<string, Handler>();

  constructor(target: EventTarget) {
    this.#target = target;
  }

  /** What was set for events of this type, `null` when there is nothing. */
  get(type: string): unknown {
    return this.#handlers.get(type)?.value ?? null;
  }

  /** Sets it. An object that is no function is kept and never called; what is no object is `null`. */
  set(type: string, value: unknown): void {
    const known = this.#handlers.get(type);
    if ((typeof value !== 'function' && typeof value !== 'object') || value === null) {
      if (known !== undefined) this.#target.removeEventListener(type, known.listener);
      this.#handlers.delete(type);
    } else if (known !== undefined) {
      known.value = value;
    } else {
      const handler: Handler = {
        value,
        listener: (event) => {
          if (typeof handler.value === 'function') handler.value.call(this.#target, event);
        },
      };
      this.#handlers.set(type, handler);
      this.#target.addEventListener(type, handler.listener);
    }
  }
}
