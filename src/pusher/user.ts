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

  /** Who the application says that the user is; null while nobody is signed in, and before `signin()`. */
  get user_data(): { readonly id: string; readonly user_info: unknown } | null {
    const user = this.signin_requested ? this.#ground.client.user.get() : null;
    return user ? { id: user.id, user_info: user.info } : null;
  }

  /** Signs the user in, on this connection and on those that follow. */
  signin(): void {
    if (this.signin_requested) return;
    const { client, signin } = this.#ground;
    signin();
    this.signin_requested = true;
    for (const name of ['online', 'offline']) {
      client.user.on(`pusher:${name}`, (data) => {
        const { userIds } = data as { readonly userIds: readonly string[] };
        this.watchlist.emit(name, { name, user_ids: userIds });
      });
    }
  }
}
