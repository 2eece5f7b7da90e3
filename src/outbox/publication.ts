import { ConfigurationError, isRealtimeError, RealtimeError } from '../errors';
import { needed, neededFunction, text } from '../support/given';
import { subscribing } from '../support/listeners';
import { createMessageId } from '../support/message-id';
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
export interface PublicationStatus<Payload = unknown> {
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
  /** What was published here and has not ended, oldest first, with its payload and how far it is. */
  readonly messages: readonly PendingMessage<Payload>[];
}

/** Publishes one kind of message; its value is how the last one fares. */
export interface Publication<Payload = unknown> extends ReadableStore<PublicationStatus<Payload>> {
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

/** How the last publish fares, without what is on its way. */
type Fate = Omit<PublicationStatus, 'messages'>;

const idle: Fate = {
  status: 'idle',
  isPending: false,
  acknowledgement: undefined,
  error: undefined,
};
const pending: Fate = { ...idle, status: 'pending', isPending: true };
const queued: Fate = { ...pending, status: 'queued' };
const none: readonly PendingMessage[] = [];

/** Follows the publishes of one event on one channel; without a channel they are refused. */
export function publicationOf<Payload = unknown>(
  client: PublicationClient,
  channel: PublicationChannel<Payload> | undefined,
  event: string,
): Publication<Payload> {
  needed(client?.outbox?.pending, 'client.outbox.pending', ['get', 'subscribe']);
  text(event, 'the event of publicationOf(client, channel, event)');
  if (channel !== undefined) needed(channel, 'channel', ['publish']);
  return new FollowedPublishes(client, channel, event);
}

class FollowedPublishes<Payload> implements Publication<Payload> {
  readonly initial: PublicationStatus<Payload> = { ...idle, messages: [] };
  readonly #client: PublicationClient;
  readonly #channel: PublicationChannel<Payload> | undefined;
  readonly #event: string;
  readonly #last = new Store<Fate>(idle, (cause) => console.error(cause));
  /** The publish that the value is about. */
  #current: object | undefined;
  /** The ids of what was published here and has not ended. */
  readonly #ids = new Set<string>();
  /** The last list of all that is pending, and what of it is ours. */
  #seen: { readonly all: readonly PendingMessage[]; readonly ours: readonly PendingMessage[] } | undefined;
  #value: { readonly fate: Fate; readonly status: PublicationStatus<Payload> } | undefined;

  constructor(client: PublicationClient, channel: PublicationChannel<Payload> | undefined, event: string) {
    this.#client = client;
    this.#channel = channel;
    this.#event = event;
  }

  /** See `Store`. */
  get __v_skip(): true {
    return true;
  }

  get(): PublicationStatus<Payload> {
    const messages = this.#messages();
    const last = this.#last.get();
    const fate = last.status === 'pending' && this.#waits(messages) ? queued : last;
    if (this.#value?.fate !== fate || this.#value.status.messages !== messages) {
      // Only this publication puts messages under these ids, and their payloads are of its type.
      const ours = messages as readonly PendingMessage<Payload>[];
      this.#value = { fate, status: { ...fate, messages: ours } };
    }
    return this.#value.status;
  }

  subscribe(listener: (value: PublicationStatus<Payload>) => void): Stop {
    neededFunction(listener, subscribing);
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
      const stops = this.#ids.size > 0 ? [status.subscribe(tell), outbox.pending.subscribe(tell)] : [];
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
    const id = options?.id || createMessageId();
    const settle = (fate: Fate): void => {
      if (!fate.isPending) this.#ids.delete(id);
      // A copy of an older fate, so that who subscribes looks again at what is on its way.
      this.#last.set(this.#current === current ? fate : { ...this.#last.get() });
    };
    try {
      if (this.#channel === undefined) {
        throw new ConfigurationError(`"${this.#event}" was not published: there is no channel yet.`, {
          event: this.#event,
        });
      }
      this.#ids.add(id);
      const published = this.#channel.publish(this.#event, payload, { ...options, id });
      settle(pending);
      const acknowledgement = await published;
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

  #messages(): readonly PendingMessage[] {
    if (this.#ids.size === 0) return none;
    const all = this.#client.outbox.pending.get();
    if (this.#seen?.all === all) return this.#seen.ours;
    const ours = all.filter(({ id }) => this.#ids.has(id));
    const before = this.#seen?.ours ?? none;
    const isSame = ours.length === before.length && ours.every((message, index) => message === before[index]);
    this.#seen = { all, ours: isSame ? before : ours };
    return this.#seen.ours;
  }

  /** Whether our newest message waits for something, and not only for its turn. */
  #waits(messages: readonly PendingMessage[]): boolean {
    const newest = messages[messages.length - 1];
    if (newest?.state !== 'waiting') return false;
    const { state } = this.#client.status.get();
    return newest.attempts > 0 || (state !== 'connected' && state !== 'idle');
  }
}
