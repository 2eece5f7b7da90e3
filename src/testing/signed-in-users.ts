import { encodeFrame } from './frames';
import type { ServerConnection } from './server-connection';

/** Which users are signed in, on which connections, and who watches whom. */
export class SignedInUsers {
  readonly #connections = new Map<string, Set<ServerConnection>>();

  /** The user's connections. */
  connectionsOf(userId: string): readonly ServerConnection[] {
    return [...(this.#connections.get(userId) ?? [])];
  }

  /** Whether the user is signed in on any connection. */
  isOnline(userId: string): boolean {
    return this.#connections.has(userId);
  }

  /** Counts a connection that has signed in; tells those who watch the user when it is the first. */
  add(connection: ServerConnection, watchlists: boolean): void {
    const { user } = connection;
    if (user === undefined) return;
    const connections = this.#connections.get(user.id) ?? new Set();
    const isFirst = connections.size === 0;
    this.#connections.set(user.id, connections.add(connection));
    if (!watchlists) return;
    if (isFirst) this.#tellWatchers(user.id, 'online', connection);
    if (user.watchlist.length > 0) this.#tellStates(connection, user.watchlist);
  }

  /** Forgets a connection that is gone; tells those who watch the user when it was the last. */
  delete(connection: ServerConnection, watchlists: boolean): void {
    const { user } = connection;
    const connections = user && this.#connections.get(user.id);
    if (user === undefined || !connections?.delete(connection) || connections.size > 0) return;
    this.#connections.delete(user.id);
    if (watchlists) this.#tellWatchers(user.id, 'offline', connection);
  }

  #tellStates(connection: ServerConnection, watchlist: readonly string[]): void {
    const online = watchlist.filter((id) => this.isOnline(id));
    const offline = watchlist.filter((id) => !this.isOnline(id));
    const events = [
      { name: 'online', user_ids: online },
      { name: 'offline', user_ids: offline },
    ].filter((event) => event.user_ids.length > 0);
    connection.deliver(encodeFrame({ event: 'pusher_internal:watchlist_events', data: { events } }));
  }

  #tellWatchers(userId: string, name: 'online' | 'offline', origin: ServerConnection): void {
    const data = { events: [{ name, user_ids: [userId] }] };
    const frame = encodeFrame({ event: 'pusher_internal:watchlist_events', data });
    for (const connections of this.#connections.values()) {
      for (const watcher of connections) {
        if (watcher !== origin && watcher.user?.watchlist.includes(userId)) watcher.deliver(frame);
      }
    }
  }
}
