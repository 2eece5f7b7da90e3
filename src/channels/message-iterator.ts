import { onAbort } from '../support/abort';
import { type Deferred, deferred } from '../support/deferred';
import { needed, object, platform, text } from '../support/given';
import type { Channel, ChannelShape, RealtimeMessage, Stop } from '../types';

/**
 * The messages of `event` on `channel` from now on, as an async iterable that subscribes when iteration begins. It buffers what is
 * not read yet, without a bound, and ends when `signal` aborts, the loop is left or the client is destroyed.
 */
export function messagesOf<Shape extends ChannelShape, E extends keyof Shape['listens'] & string>(
  channel: Channel<Shape>,
  event: E,
  options: {
    /** Ends the iteration. */
    readonly signal?: AbortSignal;
  } = {},
): AsyncIterableIterator<RealtimeMessage<Shape['listens'][E], E>> {
  needed(channel, 'channel', ['on', 'hold']);
  text(event, 'the event of messagesOf(channel, event)');
  object(options, 'messagesOf(channel, event, { signal })');
  platform(options.signal, 'signal of messagesOf()', ['addEventListener']);
  return new MessageIterator<RealtimeMessage<Shape['listens'][E], E>>({
    listen: (listener, end) => {
      const stops = [channel.on(event, (_payload, message) => listener(message))];
      const look = (): void => {
        // We hold it: nothing but the end of its client ends the subscription.
        if (channel.subscription.get().state === 'unsubscribed') end();
      };
      stops.push(channel.subscription.subscribe(look));
      look();
      return () => {
        for (const stop of stops) stop();
      };
    },
    signal: options.signal,
  });
}

/** What an iteration over messages works with. */
interface MessageIteratorParts<Message> {
  /** Calls `listener` for each message until the returned stop is called, and `end` when no more will come. */
  readonly listen: (listener: (message: Message) => void, end: () => void) => Stop;
  /** Ends the iteration when it aborts. */
  readonly signal: AbortSignal | undefined;
}

/**
 * The messages of one event as an async iterator. No generator, because there a `return()` waits behind a `next()` that
 * waits for a message: who gives up while nothing comes would go on listening.
 */
class MessageIterator<Message> implements AsyncIterableIterator<Message> {
  readonly #parts: MessageIteratorParts<Message>;
  readonly #asking: Deferred<IteratorResult<Message>>[] = [];
  #buffered: Message[] = [];
  /** How many of the buffered are read: taking them off the front would move all others each time. */
  #read = 0;
  #begun = false;
  #ended = false;
  #stop: Stop = () => {};

  constructor(parts: MessageIteratorParts<Message>) {
    this.#parts = parts;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Message>> {
    this.#begin();
    const message = this.#buffered[this.#read];
    if (message !== undefined) {
      this.#read += 1;
      if (this.#read === this.#buffered.length) this.#empty();
      return Promise.resolve({ done: false, value: message });
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    const asking = deferred<IteratorResult<Message>>();
    this.#asking.push(asking);
    return asking.promise;
  }

  return(): Promise<IteratorResult<Message>> {
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(error?: unknown): Promise<IteratorResult<Message>> {
    this.#end();
    return Promise.reject(error);
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const { listen, signal } = this.#parts;
    if (signal?.aborted === true) {
      this.#end();
      return;
    }
    const end = (): void => this.#end();
    const ignore = signal === undefined ? () => {} : onAbort(signal, end);
    const stop = listen((message) => {
      const asking = this.#asking.shift();
      if (asking === undefined) this.#buffered.push(message);
      else asking.resolve({ done: false, value: message });
    }, end);
    this.#stop = () => {
      stop();
      ignore();
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
