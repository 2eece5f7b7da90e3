/**
 * Lets every callback of an application run, whatever the others throw; what was thrown comes out once the outermost `run` is over,
 * so that the client, whose listener that is, reports it.
 */
export class Isolation {
  #depth = 0;
  #thrown: unknown[] = [];

  /** Runs `work`, and throws at its end what callbacks threw in it. */
  run(work: () => void): void {
    this.#depth += 1;
    try {
      this.call(work);
    } finally {
      this.#depth -= 1;
    }
    if (this.#depth > 0) return;
    const thrown = this.#thrown;
    this.#thrown = [];
    if (thrown.length === 1) throw thrown[0];
    if (thrown.length > 1) throw new AggregateError(thrown, `${thrown.length} callbacks threw`);
  }

  /** Calls a callback, and keeps what it throws. */
  call(callback: () => void): void {
    try {
      callback();
    } catch (cause) {
      this.#thrown.push(cause);
    }
  }
}
