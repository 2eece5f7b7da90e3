import type { Stop } from '../types';

/**
 * Whether a client still lives, and who wants to hear of its end. Not an `AbortController`: some platforms (Cloudflare Workers)
 * forbid one while modules are evaluated, and clients are made there.
 */
export class Life {
  #ended = false;
  #listeners: Set<() => void> | undefined;
  #controller: AbortController | undefined;

  /** Whether it is over. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The same as a signal, for what takes one. Made when it is first asked for. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#ended) this.#controller.abort();
    return this.#controller.signal;
  }

  /** Calls `listener` once, at the end; at once when that has come. */
  onEnd(listener: () => void): Stop {
    if (this.#ended) {
      listener();
      return () => {};
    }
    // Its own function for each call: the same listener may wait twice.
    const heard = (): void => listener();
    this.#listeners ??= new Set();
    this.#listeners.add(heard);
    return () => {
      this.#listeners?.delete(heard);
    };
  }

  /** Ends it, for good. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const listeners = this.#listeners ?? [];
    this.#listeners = undefined;
    for (const listener of listeners) listener();
    this.#controller?.abort();
  }
}
