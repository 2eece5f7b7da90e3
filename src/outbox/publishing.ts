import type { ChannelStream } from '../channels/channel';
import type { Channels } from '../channels/channels';
import { isClientEvent } from '../contract/event-name';
import { checkPublished } from '../contract/resolution';
import { ConfigurationError, type RealtimeError } from '../errors';
import type { Acknowledgement, PublishOptions, Stop } from '../types';
import { askToConfirm } from './confirmable';
import type { Outbox } from './outbox';
import { takePayload } from './payload';

/** What publishing works with. */
export interface PublishingParts {
  readonly channels: Channels;
  readonly outbox: Outbox;
  readonly createId: () => string;
  /** The most bytes that a payload may have. */
  readonly payloadLimit: number;
  /** Told of each message that is about to enter the outbox. */
  readonly onPublish: () => void;
  readonly report: (error: RealtimeError) => void;
}

/** Between channels and the outbox: messages are checked before they enter, and hold the channels that they need. */
export class Publishing {
  readonly #parts: PublishingParts;
  readonly #peerHolds = new Map<string, Stop>();

  constructor(parts: PublishingParts) {
    this.#parts = parts;
  }

  /** Settles as the outbox says; rejects at once, and nothing is queued, for what no server would take. */
  async publish(
    channel: ChannelStream,
    event: string,
    payload: unknown,
    options: PublishOptions = {},
  ): Promise<Acknowledgement> {
    const { outbox, createId, payloadLimit: limit, onPublish } = this.#parts;
    checkPublished(channel.resolved, event, payload);
    const { name } = channel;
    const route = options.route ?? (isClientEvent(event) ? 'peer' : 'server');
    if (route === 'peer' && !isClientEvent(event)) {
      throw new ConfigurationError(
        `"${event}" cannot take the peer route: Pusher passes on events named "client-…" only.`,
        { channel: name, event },
      );
    }
    const taken = takePayload(payload, { channel: name, event, limit });
    onPublish();
    if (options.acknowledge !== 'delivered') {
      return outbox.publish({ channel: name, event, route, ...taken }, options);
    }
    const id = createId();
    const asking = askToConfirm(taken.data, { id, channel: name, event });
    const sized = takePayload(asking, { channel: name, event, limit });
    outbox.acknowledgements.claim(id);
    return outbox.publish({ id, channel: name, event, route, ...sized }, options);
  }

  /** Whether there is nothing to wait for before a message that receivers are to confirm is published. */
  hears(name: string): boolean {
    try {
      const { state } = this.#parts.channels.get(name).subscription.get();
      // Who may publish on a channel and not listen to it gets the message out, and no proof.
      return state === 'subscribed' || state === 'refused';
    } catch {
      // A channel of an earlier page: nobody holds it, see there.
      return true;
    }
  }

  /** The peer route needs a confirmed subscription for as long as it has messages. */
  peerDemand(name: string, wanted: boolean): void {
    this.#peerHolds.get(name)?.();
    this.#peerHolds.delete(name);
    if (wanted) this.#peerHolds.set(name, this.hold(name));
  }

  /** Holds a channel for its messages. */
  hold(name: string): Stop {
    try {
      return this.#parts.channels.get(name).hold();
    } catch (cause) {
      // An earlier page knew more channels than this one does.
      this.#parts.report(
        new ConfigurationError(
          `Stored messages for "${name}" cannot be sent by this page; they wait until they expire.`,
          { channel: name, cause },
        ),
      );
      return () => {};
    }
  }
}
