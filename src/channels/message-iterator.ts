import { type Deferred, deferred } from '../support/deferred';
import type { Life } from '../support/life';
import type { RealtimeMessage, Stop } from '../types';

/** What an iteration over messages works with. */
export interface MessageIteratorParts {
  /** Calls `listener` for each message until the returned stop is called. */
  readonly listen: (listener: (message: RealtimeMessage) => void) => Stop;
  /** Ends the iteration when it ends. */
  readonly life: Life;
  /** Ends the iteration when it aborts. */
  readonly signal: AbortSignal | undefined;
}

/**
 * The messages of one event as an async iterator. No generator, because there a `return()` waits behind a `next()` that
 * waits for a message: who gives up while nothing comes would go on listening.
 */
export class MessageIterator implements AsyncIterableIterator<RealtimeMessage> {
  readonly #parts: MessageIteratorParts;
  readonly #asking: Deferred<IteratorResult<RealtimeMessage>>[] = [];
  #buffered: RealtimeMessage[] = [];
  /** How many of the buffered are read: taking them off the front would move all others each time. */
  #read = 0;
  #begun = false;
  #ended = false;
  #stop: Stop = () => {};

  constructor(parts: MessageIteratorParts) {
    this.#parts = parts;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<RealtimeMessage>> {
    this.#begin();
    const message = this.#buffered[this.#read];
    if (message !== undefined) {
      this.#read += 1;
      if (this.#read === this.#buffered.length) this.#empty();
      return Promise.resolve({ done: false, value: message });
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    const asking = deferred<IteratorResult<RealtimeMessage>>();
    this.#asking.push(asking);
    return asking.promise;
  }

  return(): Promise<IteratorResult<RealtimeMessage>> {
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(error?: unknown): Promise<IteratorResult<RealtimeMessage>> {
    this.#end();
    return Promise.reject(error);
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const { listen, life, signal } = this.#parts;
    if (life.ended || signal?.aborted === true) {
      this.#end();
      return;
    }
    const end = (): void => this.#end();
    signal?.addEventListener('abort', end);
    const forget = life.onEnd(end);
    const stop = listen((message) => {
      const asking = this.#asking.shift();
      if (asking === undefined) this.#buffered.push(message);
      else asking.resolve({ done: false, value: message });
    });
    this.#stop = () => {
      stop();
      forget();
      signal?.removeEventListener('abort', end);
    };
    // It may have ended because we began to listen.
    if (this.#ended) this.#end();
  }

  #end(): void {
    this.#begun = true;
    this.#ended = true;
    this.#stop();
    this.#stop = () => {};
    this.#empty();
    for (const asking of this.#asking.splice(0)) asking.resolve({ done: true, value: undefined });
  }

  #empty(): void {
    this.#buffered = [];
    this.#read = 0;
  }
}
