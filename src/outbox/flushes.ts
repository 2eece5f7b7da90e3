import type { Entry } from './lane';

interface Flush {
  readonly ids: Set<string>;
  readonly done: () => void;
}

/** Those who wait until what was pending when they asked has ended, or cannot go on. */
export class OutboxFlushes {
  readonly #flushes = new Set<Flush>();

  /** Whether anybody waits: if not, nobody needs to be told. */
  get any(): boolean {
    return this.#flushes.size > 0;
  }

  /** Calls `done` once these messages were all released; `begin` runs first, and may release some. */
  wait(ids: Iterable<string>, begin: () => void, done: () => void): void {
    const flush = { ids: new Set(ids), done };
    this.#flushes.add(flush);
    begin();
    this.#check(flush);
  }

  /** Nobody waits for these messages any more. */
  release(entries: Iterable<Entry>): void {
    if (!this.any) return;
    for (const { message } of entries) for (const { ids } of this.#flushes) ids.delete(message.record.id);
    for (const flush of this.#flushes) this.#check(flush);
  }

  /** Nobody waits for anything any more. */
  end(): void {
    for (const { done } of this.#flushes) done();
    this.#flushes.clear();
  }

  #check(flush: Flush): void {
    if (flush.ids.size === 0 && this.#flushes.delete(flush)) flush.done();
  }
}
