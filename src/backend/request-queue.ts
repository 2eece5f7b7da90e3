import { isRealtimeError } from '../errors';
import { aborted, unlessAborted } from '../support/deadline';
import { waitFor } from '../support/wait-for';

/** So many requests are made at a time, not to flood the application's endpoint. */
const atOnce = 6;

/**
 * Requests to one endpoint, a few at a time, oldest first; who gives up leaves the queue. An endpoint that says it is asked too much is
 * asked one at a time, and a little more with each good answer.
 */
export class RequestQueue {
  readonly #waiting = new Set<() => void>();
  #running = 0;
  #most = atOnce;

  /** Runs `work` when it is its turn. Settles as it does, or rejects with code `aborted` as soon as `signal` aborts. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#turn(signal);
    try {
      const answer = await unlessAborted((async () => work())(), signal);
      this.#most = Math.min(atOnce, this.#most + 0.2);
      return answer;
    } catch (error) {
      if (isRealtimeError(error) && (error.status === 429 || error.status === 503)) this.#most = 1;
      throw error;
    } finally {
      this.#running -= 1;
      this.#next();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    if (!signal.aborted && this.#waiting.size === 0 && this.#running < Math.floor(this.#most)) {
      this.#running += 1;
      return;
    }
    await waitFor<void>(
      (resolve) => {
        this.#waiting.add(resolve);
        return () => this.#waiting.delete(resolve);
      },
      { signals: [signal], aborted },
    );
  }

  /** Takes the places that are free, so that nobody can come in between. */
  #next(): void {
    while (this.#running < Math.floor(this.#most)) {
      const [first] = this.#waiting;
      if (first === undefined) return;
      this.#waiting.delete(first);
      this.#running += 1;
      first();
    }
  }
}
