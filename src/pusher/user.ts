import type { Member } from '../index';
import type { AnyClient } from './connection';
import { Dispatcher } from './dispatcher';
import type { Isolation } from './isolation';

/** What servers call the channel of a user. */
const userChannel = '#server-to-user-';

/** Whom the server knows the connection by, and what it tells this user, in pusher-js's words. */
export class PusherUser extends Dispatcher {
  /** Whether `signin()` was called. */
  signin_requested = false;
  /** Tells `online` and `offline` of the users that this one watches. */
  readonly watchlist: Dispatcher;
  readonly #client: AnyClient;

  constructor(client: AnyClient, isolation: Isolation) {
    super(isolation);
    this.watchlist = new Dispatcher(isolation);
    this.#client = client;
    client.on('message', ({ channel, event, data }) => {
      if (channel.startsWith(userChannel)) this.emit(event, data);
    });
  }

  /** Who the application says that the user is; null while nobody is signed in. */
  get user_data(): { readonly id: string; readonly user_info: unknown } | null {
    const user: Member | undefined = this.#client.user.get();
    return user === undefined ? null : { id: user.id, user_info: user.info };
  }

  /** Signs the user in on this connection and on every one that follows. */
  signin(): void {
    this.signin_requested = true;
  }
}
