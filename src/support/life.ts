/**
 * Whether a client still lives. Not an `AbortController`: some platforms (Cloudflare Workers)
 * forbid one while modules are evaluated, and clients are made there.
 */
export class Life {
  #ended = false;
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

  /** Ends it, for good. */
  end(): void {
    this.#ended = true;
    this.#controller?.abort();
  }
}
