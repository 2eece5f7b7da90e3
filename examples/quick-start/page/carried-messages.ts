type Fetch = (address: string, init: RequestInit) => Promise<Response>;

/**
 * The messages that this tab took to the publish endpoint itself: of all tabs with the same outbox one sends for the others.
 * Seen from outside, by the idempotency key that each request carries.
 */
export class CarriedMessages {
  readonly #ids = new Set<string>();

  /** `fetch`, watched. */
  watch(fetch: Fetch): Fetch {
    return async (address, init) => {
      const response = await fetch(address, init);
      const id = new Headers(init.headers).get('idempotency-key');
      if (id !== null) this.#ids.add(id);
      return response;
    };
  }

  /** Whether a request with this message was answered here. */
  has(id: string): boolean {
    return this.#ids.has(id);
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#ids.values();
  }
}
