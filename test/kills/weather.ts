import { setTimeout as wait } from 'node:timers/promises';
import type { Stop } from '../../src/index';
import type { TestServer } from '../../src/testing/index';

/** What goes wrong between the pages and the endpoint, one thing after the other, until it is stopped. */
export class Weather {
  readonly #server: TestServer;
  readonly #random: () => number;
  readonly #calm = new AbortController();
  readonly #ended: Promise<void>;

  constructor(server: TestServer, random: () => number) {
    this.#server = server;
    this.#random = random;
    this.#ended = this.#blow();
  }

  /** Everything works again, and goes on working. */
  async stop(): Promise<void> {
    this.#calm.abort();
    await this.#ended;
  }

  async #blow(): Promise<void> {
    while (!this.#calm.signal.aborted) {
      await this.#pause(this.#random() * 250);
      const stop = this.#fault(Math.floor(this.#random() * 8), 1 + Math.floor(this.#random() * 3));
      await this.#pause(this.#random() * 250);
      stop();
    }
  }

  #fault(kind: number, times: number): Stop {
    switch (kind) {
      case 0:
        return this.#server.rejectTrigger(503, times);
      case 1:
        return this.#server.rejectTrigger(503, times, { afterWork: true });
      case 2:
        return this.#server.rejectTrigger('network', times);
      case 3:
        // The message has arrived, and nobody is told.
        return this.#server.rejectTrigger('network', 2 * times, { afterWork: true });
      case 4:
        return this.#server.rejectTrigger(429, 1, { retryAfter: 1 });
      case 5:
        return this.#server.hangTrigger(times);
      case 6:
        return this.#server.delay(this.#random() * 150);
      default:
        this.#server.drop();
        return () => {};
    }
  }

  #pause(milliseconds: number): Promise<void> {
    return wait(milliseconds, undefined, { signal: this.#calm.signal }).catch(() => {});
  }
}
