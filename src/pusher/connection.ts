import type { ConnectionStatus, RealtimeError } from '../index';
import { Dispatcher } from './dispatcher';
import type { Ground } from './ground';
import { isolated } from './isolation';

/** pusher-js's words for where the connection is. */
export type PusherState =
  | 'initialized'
  | 'connecting'
  | 'connected'
  | 'unavailable'
  | 'failed'
  | 'disconnected';

/** What has another name there. */
const words: Partial<Record<ConnectionStatus['state'], PusherState>> = {
  idle: 'disconnected',
  reconnecting: 'connecting',
  offline: 'unavailable',
};

/** The client's connection in pusher-js's words and events, with one difference: it says so at once when it is lost. */
export class PusherConnection extends Dispatcher {
  readonly key: string | undefined;
  /** Where the connection is. */
  state: PusherState = 'initialized';
  readonly #ground: Ground;
  #status: ConnectionStatus;
  #stopTimer = (): void => {};

  constructor(ground: Ground) {
    super(ground.hear);
    this.key = ground.key;
    this.#ground = ground;
    const { status } = ground.client;
    this.#status = status.initial;
    const look = (): void => isolated(() => this.#changed(status.get()));
    status.subscribe(look);
    look();
  }

  /** The server's name for the connection; undefined while there is none. */
  get socket_id(): string | undefined {
    return this.#ground.client.socketId;
  }

  /** Something while there is a connection, null while there is none; for code that looks there. */
  get connection(): object | null {
    return this.state === 'connected' ? { id: this.socket_id } : null;
  }

  /** Dials, if there is no connection. What becomes of it is told by events. */
  connect(): void {
    // The client's own would ask again for what was refused.
    if (!this.connection) void this.#ground.client.connect().catch(() => {});
  }

  /** Hangs up; nothing dials again before `connect()`. */
  disconnect(): void {
    this.#ground.client.disconnect();
    this.#enter('disconnected');
  }

  /** See the face. */
  send_event(event: string, data: unknown, channel?: string): boolean {
    return this.#ground.pusher.send_event(event, data, channel);
  }

  /** Whether the connection is, or would be, encrypted. */
  isUsingTLS(): boolean {
    return this.#ground.tls;
  }

  #changed(status: ConnectionStatus): void {
    const { state, retryAt = 0 } = status;
    const before = this.#status;
    this.#status = status;
    const current = words[state] ?? (state as PusherState);
    // One outage: what is unavailable stays so until there is a connection, or the network is back.
    const stays = this.state === 'unavailable' && current === 'connecting' && before.state !== 'offline';
    if (state !== before.state && !stays) this.#enter(current);
    const wait = retryAt - this.#ground.clock.now();
    // A 0 would come as nothing at all.
    if (wait > 0 && retryAt !== before.retryAt) this.emit('connecting_in', Math.round(wait / 1_000) || 1);
  }

  #enter(current: PusherState): void {
    const previous = this.state;
    if (previous === current) return;
    const { clock, pusher, unavailableTimeout = Number.NaN } = this.#ground;
    this.state = current;
    this.#stopTimer();
    if (current === 'connecting')
      // What is no length of time says nothing.
      this.#stopTimer = clock.after(unavailableTimeout >= 0 ? unavailableTimeout : 10_000, () =>
        this.#enter('unavailable'),
      );
    const data = current === 'connected' ? { socket_id: this.socket_id } : undefined;
    if (data) pusher.subscribeAll();
    isolated(() => {
      this.emit('state_change', { previous, current });
      // A callback may have called `disconnect()`.
      if (this.state === current) this.emit(current, data);
    });
  }
}

/** pusher-js has two shapes for an error, and code looks for its code in either: this is both. */
export function errorOfPusher(cause: RealtimeError): object {
  const error = { type: 'PusherError', data: { code: cause.status ?? null, message: cause.message } };
  return { ...error, error, cause };
}
