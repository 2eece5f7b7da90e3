import { Dispatcher } from './dispatcher';
import type { Ground } from './ground';

/** Whom the server knows the connection by, and what it tells this user, in pusher-js's words. */
export class PusherUser extends Dispatcher {
  /** Whether `signin()` was called. */
  signin_requested = false;
  /** Tells `online` and `offline` of the users whom this one watches. */
  readonly watchlist: Dispatcher = new Dispatcher();
  readonly #ground: Ground;

  constructor(ground: Ground) {
    super(ground.hear);
    this.#ground = ground;
    ground.client.on('message', ({ channel, event, data }) => {
      // No channel of the application's has such a name.
      if (channel.startsWith('#')) this.emit(event, data);
    });
  }

  /** Who the application says that the user is; null while nobody is signed in. */
  get user_data(): { readonly id: string; readonly user_info: unknown } | null {
    try {
      const user = this.#ground.client.user.get();
      return user ? { id: user.id, user_info: user.info } : null;
    } catch {
      // The client was made without an endpoint for users, and says so when it is asked for one.
      return null;
    }
  }

  /** Signs the user in, on this connection and on those that follow. */
  signin(): void {
    const { client, signIn } = this.#ground;
    signIn();
    if (this.signin_requested) return;
    this.signin_requested = true;
    for (const name of ['online', 'offline']) {
      client.user.on(`pusher:${name}`, (data) => {
        const { userIds } = data as { readonly userIds: readonly string[] };
        this.watchlist.emit(name, { name, user_ids: userIds });
      });
    }
  }
}
