import type { SignedInUser } from '../index';
import type { AnyClient } from './connection';
import { Dispatcher } from './dispatcher';
import type { Errors } from './errors';
import type { Isolation } from './isolation';

/** What the face's user works with. */
export interface PusherUserParts {
  readonly client: AnyClient;
  readonly isolation: Isolation;
  readonly errors: Errors;
  /** Called once the application says that there is a user. */
  readonly signIn: () => void;
}

const signInError = 'pusher:signin_error';

/** Whom the server knows the connection by, and what it tells this user, in pusher-js's words. */
export class PusherUser extends Dispatcher {
  /** Whether `signin()` was called. */
  signin_requested = false;
  /** Tells `online` and `offline` of the users whom this one watches. */
  readonly watchlist: Dispatcher;
  readonly #parts: PusherUserParts;

  constructor(parts: PusherUserParts) {
    const { client, isolation, errors } = parts;
    super(isolation, (event = signInError) => {
      if (event === signInError) errors.hear(this.#signInFailed);
    });
    this.#parts = parts;
    const watched = new Set<string>();
    this.watchlist = new Dispatcher(isolation, (event) => {
      for (const name of event === undefined ? ['online', 'offline'] : [event]) {
        if (!watched.has(name)) this.#watch(name);
        watched.add(name);
      }
    });
    client.on('message', ({ channel, event, data }) => {
      if (channel.startsWith('#server-to-user-')) isolation.run(() => this.emit(event, data));
    });
  }

  /** Who the application says that the user is; null while nobody is signed in. */
  get user_data(): { readonly id: string; readonly user_info: unknown } | null {
    const user = this.#session?.get();
    return user === undefined ? null : { id: user.id, user_info: user.info };
  }

  /** Signs the user in, on this connection and on those that follow. */
  signin(): void {
    this.signin_requested = true;
    this.#parts.signIn();
  }

  /** Undefined over a client that was made without an endpoint for users, and says so when it is asked for one. */
  get #session(): SignedInUser | undefined {
    try {
      return this.#parts.client.user;
    } catch {
      return undefined;
    }
  }

  #watch(name: string): void {
    this.#session?.on(`pusher:${name}`, (data) => {
      const { userIds } = data as { readonly userIds: readonly string[] };
      this.#parts.isolation.run(() => this.watchlist.emit(name, { name, user_ids: userIds }));
    });
  }

  readonly #signInFailed = ({
    code,
    message,
    status,
  }: {
    code: string;
    message: string;
    status?: number;
  }): boolean => {
    if (code !== 'authentication' || !this.has(signInError)) return false;
    this.emit(signInError, {
      type: 'AuthError',
      error: message,
      ...(status === undefined ? {} : { status }),
    });
    return true;
  };
}
