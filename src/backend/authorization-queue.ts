import type { Authorizer, ChannelAuthorization } from '../ports';
import { aborted, unlessAborted } from '../support/deadline';
import { waitFor } from '../support/wait-for';

/** So many authorizations are asked for at a time, not to flood the application's endpoint. */
const atOnce = 6;

/** Asks for authorizations a few at a time, oldest first; who gives up leaves the queue. */
export class AuthorizationQueue implements Authorizer {
  readonly #authorizer: Authorizer;
  readonly #waiting = new Set<() => void>();
  #running = 0;

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
      return await unlessAborted((async () => this.#authorizer.authorize(request, signal))(), signal);
    } finally {
      this.#next();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    if (!signal.aborted && this.#running < atOnce) {
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

  /** Hands the place over, so that nobody can come in between. */
  #next(): void {
    const [first] = this.#waiting;
    if (first === undefined) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(first);
    first();
  }
}
