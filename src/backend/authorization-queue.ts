import { isRealtimeError } from '../errors';
import type { Authorizer, ChannelAuthorization } from '../ports';
import { aborted, unlessAborted } from '../support/deadline';
import { waitFor } from '../support/wait-for';

/** So many authorizations are asked for at a time, not to flood the application's endpoint. */
const atOnce = 6;

/**
 * Asks for authorizations a few at a time, oldest first; who gives up leaves the queue. An endpoint that says it is asked too much is
 * asked one at a time, and a little more with each good answer.
 */
export class AuthorizationQueue implements Authorizer {
  readonly #authorizer: Authorizer;
  readonly #waiting = new Set<() => void>();
  #running = 0;
  #most = atOnce;

  /** `authorizer` is who is asked. */
  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  async authorize(
    request: { readonly socketId: string; readonly channel: string },
    signal: AbortSignal,
  ): Promise<ChannelAuthorization> {
    await this.#turn(signal);
    try {
      const asked = (async () => this.#authorizer.authorize(request, signal))();
      const authorization = await unlessAborted(asked, signal);
      this.#most = Math.min(atOnce, this.#most + 0.2);
      return authorization;
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
