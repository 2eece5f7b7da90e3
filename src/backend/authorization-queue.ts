import type { Authorizer, ChannelAuthorization } from '../ports';
import { RequestQueue } from './request-queue';

/** Asks for authorizations a few at a time. */
export class AuthorizationQueue implements Authorizer {
  readonly #authorizer: Authorizer;
  readonly #queue = new RequestQueue();

  /** `authorizer` is who is asked. */
  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  authorize(
    request: { readonly socketId: string; readonly channel: string },
    signal: AbortSignal,
  ): Promise<ChannelAuthorization> {
    return this.#queue.run(() => this.#authorizer.authorize(request, signal), signal);
  }
}
