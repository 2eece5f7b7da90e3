import type { Authorizer, ChannelAuthorization } from '../ports';
import { aborted, unlessAborted } from '../support/deadline';
import { waitFor } from '../support/wait-for';

/** What an authorization queue works with. */
export interface AuthorizationQueueParts {
  /** Who is asked. */
  readonly authorizer: Authorizer;
  /** So many authorizations are asked for at a time, not to flood the application's endpoint. */
  readonly atOnce: number;
  /** Told when somebody wants a channel authorized; it may have to wait for its turn. */
  readonly began: (channel: string) => void;
  /** Told when the application has authorized a channel: from here on it is up to the server. */
  readonly granted: (channel: string) => void;
}

/** Asks for authorizations a few at a time, oldest first; who gives up leaves the queue. */
export class AuthorizationQueue implements Authorizer {
  readonly #parts: AuthorizationQueueParts;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(parts: AuthorizationQueueParts) {
    this.#parts = parts;
  }

  async authorize(
    request: { readonly socketId: string; readonly channel: string },
    signal: AbortSignal,
  ): Promise<ChannelAuthorization> {
    const { authorizer, began, granted } = this.#parts;
    began(request.channel);
    await this.#turn(signal);
    try {
      const authorization = await unlessAborted(
        (async () => authorizer.authorize(request, signal))(),
        signal,
      );
      granted(request.channel);
      return authorization;
    } finally {
      this.#next();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    if (!signal.aborted && this.#running < this.#parts.atOnce) {
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
