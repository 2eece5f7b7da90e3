import type { Clock, ConnectionStatus, RealtimeClient, RealtimeError, Stop, UntypedChannels } from '../index';
import { Dispatcher } from './dispatcher';
import type { Errors } from './errors';
import type { Isolation } from './isolation';

/** A client whose channels the face does not know: it takes names as they come. */
export type AnyClient = RealtimeClient<UntypedChannels>;

/** pusher-js's words for where the connection is. */
export type PusherState =
  | 'initialized'
  | 'connecting'
  | 'connected'
  | 'unavailable'
  | 'failed'
  | 'disconnected';

/** What the connection of the face works with. */
export interface PusherConnectionParts {
  readonly client: AnyClient;
  readonly clock: Clock;
  readonly isolation: Isolation;
  readonly errors: Errors;
  readonly key: string | undefined;
  readonly tls: boolean;
  /** How long there may be none before it is called unavailable, in milliseconds. */
  readonly unavailableTimeout: number;
  readonly send: (event: string, data: unknown, channel?: string) => boolean;
}

/** The client's connection in pusher-js's words and events, with one difference: it says so at once when it is lost. */
export class PusherConnection extends Dispatcher {
  readonly key: string | undefined;
  readonly #parts: PusherConnectionParts;
  #state: PusherState = 'initialized';
  #offline = false;
  #retryAt: number | undefined;
  #stopTimer: Stop = () => {};

  constructor(parts: PusherConnectionParts) {
    super(parts.isolation, (event = 'error') => {
      if (event === 'error') parts.errors.hear(this.#tellError);
    });
    this.key = parts.key;
    this.#parts = parts;
    const { client, isolation } = parts;
    const look = (status: ConnectionStatus): void => isolation.run(() => this.#changed(status));
    client.status.subscribe(look);
    look(client.status.get());
  }

  /** Where the connection is. */
  get state(): PusherState {
    return this.#state;
  }

  /** The server's name for the connection; undefined while there is none. */
  get socket_id(): string | undefined {
    return this.#parts.client.socketId;
  }

  /** Something while there is a connection, null while there is none; for code that looks there. */
  get connection(): object | null {
    return this.#state === 'connected' ? { id: this.socket_id } : null;
  }

  /** Dials. What becomes of it is told by events. */
  connect(): void {
    void this.#parts.client.connect().catch(() => {});
  }

  /** Hangs up; nothing dials again before `connect()`. */
  disconnect(): void {
    this.#parts.client.disconnect();
    this.#parts.isolation.run(() => this.#enter('disconnected'));
  }

  /** See the face. */
  send_event(event: string, data: unknown, channel?: string): boolean {
    return this.#parts.send(event, data, channel);
  }

  /** Whether the connection is, or would be, encrypted. */
  isUsingTLS(): boolean {
    return this.#parts.tls;
  }

  #changed({ state, retryAt }: ConnectionStatus): void {
    switch (state) {
      case 'idle':
        if (this.#state !== 'initialized') this.#enter('disconnected');
        break;
      case 'connecting':
      case 'reconnecting':
        // One outage: what is unavailable stays so until there is a connection, or the network is back.
        if (this.#state !== 'unavailable' || this.#offline) this.#enter('connecting');
        break;
      case 'offline':
        this.#enter('unavailable');
        break;
      case 'connected':
      case 'failed':
        this.#enter(state);
        break;
      default:
        state satisfies never;
    }
    this.#offline = state === 'offline';
    if (retryAt === this.#retryAt) return;
    this.#retryAt = retryAt;
    if (retryAt === undefined) return;
    const wait = retryAt - this.#parts.clock.now();
    // A 0 would come as nothing at all.
    if (wait > 0) this.emit('connecting_in', Math.max(1, Math.round(wait / 1_000)));
  }

  #enter(current: PusherState): void {
    const previous = this.#state;
    if (previous === current) return;
    const { clock, isolation, unavailableTimeout } = this.#parts;
    this.#state = current;
    this.#stopTimer();
    if (current === 'connecting') {
      const late = (): void => isolation.run(() => this.#enter('unavailable'));
      this.#stopTimer = clock.after(unavailableTimeout, late);
    }
    this.emit('state_change', { previous, current });
    // A callback may have called `disconnect()`.
    if (this.#state !== current) return;
    this.emit(current, current === 'connected' ? { socket_id: this.socket_id } : undefined);
  }

  readonly #tellError = (error: RealtimeError): boolean => {
    const told = this.has('error');
    if (told) this.emit('error', errorOfPusher(error));
    return told;
  };
}

/** pusher-js has two shapes for an error, and code looks for its code in either: this is both. */
function errorOfPusher(error: RealtimeError): object {
  const type = error.code === 'connection' || error.code === 'rate-limit' ? 'PusherError' : error.name;
  const data = { code: error.status ?? null, message: error.message };
  return { type, data, error: { type, data }, cause: error };
}
