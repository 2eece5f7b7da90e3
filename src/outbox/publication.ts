import { ConfigurationError, isRealtimeError, RealtimeError } from '../errors';
import { Store } from '../support/store';
import type {
  Acknowledgement,
  ConnectionStatus,
  PendingMessage,
  PublishOptions,
  ReadableStore,
  Stop,
} from '../types';

/** How the last publish fares, in the words of mutation hooks. */
export interface PublicationStatus {
  /**
   * `idle`: nothing was published. `pending`: it is on its way. `queued`: it waits, for the network or for another attempt.
   * `success`: it is acknowledged. `error`: it was not taken, or was rejected.
   */
  readonly status: 'idle' | 'pending' | 'queued' | 'success' | 'error';
  /** Whether it has not ended yet: `pending` or `queued`. */
  readonly isPending: boolean;
  /** The end that went well. */
  readonly acknowledgement: Acknowledgement | undefined;
  /** The end that did not. */
  readonly error: RealtimeError | undefined;
}

/** Publishes one kind of message; its value is how the last one fares. */
export interface Publication<Payload = unknown> extends ReadableStore<PublicationStatus> {
  /** Publishes, and rejects when it ends badly. Options stand before those of the publication. */
  publish(payload: Payload, options?: PublishOptions): Promise<Acknowledgement>;
  /** Forgets the last publish; a message that is on its way goes on. */
  reset(): void;
}

/** What a publication looks at beside its channel: every `RealtimeClient` has it. */
export interface PublicationClient {
  /** Where the connection is. */
  readonly status: ReadableStore<ConnectionStatus>;
  /** Where messages wait. */
  readonly outbox: { readonly pending: ReadableStore<readonly PendingMessage[]> };
}

/** What a publication needs of its channel. */
export interface PublicationChannel<Payload = unknown> {
  /** The name on the wire. */
  readonly name: string;
  /** Hands a message to the outbox. */
  publish(event: string, payload: Payload, options?: PublishOptions): Promise<Acknowledgement>;
}

const idle: PublicationStatus = {
  status: 'idle',
  isPending: false,
  acknowledgement: undefined,
  error: undefined,
};
const pending: PublicationStatus = { ...idle, status: 'pending', isPending: true };
const queued: PublicationStatus = { ...pending, status: 'queued' };

/** Follows the publishes of one event on one channel; without a channel they are refused. */
export function publicationOf<Payload = unknown>(
  client: PublicationClient,
  channel: PublicationChannel<Payload> | undefined,
  event: string,
): Publication<Payload> {
  return new FollowedPublishes(client, channel, event);
}

class FollowedPublishes<Payload> implements Publication<Payload> {
  readonly initial: PublicationStatus = idle;
  readonly #client: PublicationClient;
  readonly #channel: PublicationChannel<Payload> | undefined;
  readonly #event: string;
  readonly #last = new Store<PublicationStatus>(idle, (cause) => console.error(cause));
  /** The publish that the value is about. */
  #current: object | undefined;

  constructor(client: PublicationClient, channel: PublicationChannel<Payload> | undefined, event: string) {
    this.#client = client;
    this.#channel = channel;
    this.#event = event;
  }

  get(): PublicationStatus {
    const last = this.#last.get();
    return last === pending && this.#waits() ? queued : last;
  }

  subscribe(listener: (value: PublicationStatus) => void): Stop {
    let told = this.get();
    const tell = (): void => {
      const value = this.get();
      if (value === told) return;
      told = value;
      listener(value);
    };
    // Only while something is on its way: a list of what is pending is not built for those who do not publish.
    let stopLooking: Stop = () => {};
    const look = (): void => {
      stopLooking();
      const { status, outbox } = this.#client;
      const stops =
        this.#last.get() === pending ? [status.subscribe(tell), outbox.pending.subscribe(tell)] : [];
      stopLooking = () => {
        for (const stop of stops) stop();
      };
    };
    look();
    const stop = this.#last.subscribe(() => {
      look();
      tell();
    });
    return () => {
      stop();
      stopLooking();
    };
  }

  async publish(payload: Payload, options?: PublishOptions): Promise<Acknowledgement> {
    const current = {};
    this.#current = current;
    const settle = (status: PublicationStatus): void => {
      if (this.#current === current) this.#last.set(status);
    };
    settle(pending);
    try {
      if (this.#channel === undefined) {
        throw new ConfigurationError(`"${this.#event}" was not published: there is no channel yet.`, {
          event: this.#event,
        });
      }
      const acknowledgement = await this.#channel.publish(this.#event, payload, options);
      settle({ ...idle, status: 'success', acknowledgement });
      return acknowledgement;
    } catch (cause) {
      const error = isRealtimeError(cause)
        ? cause
        : new RealtimeError('publish', `"${this.#event}" could not be published`, { cause });
      settle({ ...idle, status: 'error', error });
      throw error;
    }
  }

  reset(): void {
    this.#current = undefined;
    this.#last.set(idle);
  }

  /** Whether our newest message waits for something, and not only for its turn. */
  #waits(): boolean {
    const { status, outbox } = this.#client;
    const { state } = status.get();
    let newest: PendingMessage | undefined;
    for (const message of outbox.pending.get()) {
      if (message.channel === this.#channel?.name && message.event === this.#event) newest = message;
    }
    if (newest?.state !== 'waiting') return false;
    return newest.attempts > 0 || (state !== 'connected' && state !== 'idle');
  }
}
