import { type Deferred, deferred } from '../support/deferred';
import type { RealtimeMessage, Stop } from '../types';

/** What an iteration over messages works with. */
export interface MessageIteratorParts {
  /** Calls `listener` for each message until the returned stop is called. */
  readonly listen: (listener: (message: RealtimeMessage) => void) => Stop;
  /** End the iteration when they abort. */
  readonly ends: readonly AbortSignal[];
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
    const { listen, ends } = this.#parts;
    const end = (): void => this.#end();
    for (const signal of ends) signal.addEventListener('abort', end);
    const stop = listen((message) => {
      const asking = this.#asking.shift();
      if (asking === undefined) this.#buffered.push(message);
      else asking.resolve({ done: false, value: message });
    });
    this.#stop = () => {
      stop();
      for (const signal of ends) signal.removeEventListener('abort', end);
    };
    // Also when it aborted before, or because we began to listen: an aborted signal tells no more.
    if (this.#ended || ends.some(({ aborted }) => aborted)) this.#end();
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
