import { type ChannelTraits, channelTraits } from './channel-name';
import { PresenceRoster, type RosterMember } from './presence-roster';

/** Somebody who listens to a channel. */
export interface Subscriber {
  readonly socketId: string;
  deliver(frame: string): void;
}

/** An event that a cache channel remembers. */
export interface CachedEvent {
  readonly event: string;
  readonly data: string;
  /** What goes out as `message_id`, if anything does. */
  readonly messageId: string | undefined;
  readonly expiresAt: number;
}

/** One channel of an app while anybody is subscribed, or while it remembers an event. */
export class ServerChannel {
  /** Its name, prefix included. */
  readonly name: string;
  /** What the prefix says. */
  readonly traits: ChannelTraits;
  /** The users here, for presence channels. */
  readonly roster: PresenceRoster = new PresenceRoster();
  /** The last event, for cache channels. */
  cache: CachedEvent | undefined;
  /** A count that waits to be told, for channels with many subscribers. */
  stopCount: (() => void) | undefined;
  readonly #subscribers = new Map<
    string,
    { readonly subscriber: Subscriber; readonly member?: RosterMember }
  >();

  constructor(name: string) {
    this.name = name;
    this.traits = channelTraits(name);
  }

  /** How many connections are subscribed. */
  get size(): number {
    return this.#subscribers.size;
  }

  /** Whether the connection is subscribed. */
  has(socketId: string): boolean {
    return this.#subscribers.has(socketId);
  }

  /** The member as whom a connection is here, on presence channels. */
  member(socketId: string): RosterMember | undefined {
    return this.#subscribers.get(socketId)?.member;
  }

  /** Takes a connection in. */
  add(subscriber: Subscriber, member?: RosterMember): void {
    this.#subscribers.set(
      subscriber.socketId,
      member === undefined ? { subscriber } : { subscriber, member },
    );
  }

  /** Lets a connection go. False when it was not here. */
  delete(socketId: string): boolean {
    return this.#subscribers.delete(socketId);
  }

  /** Sends a frame to everybody here, except one connection. */
  broadcast(frame: string, except?: string): void {
    for (const [socketId, { subscriber }] of this.#subscribers) {
      if (socketId !== except) subscriber.deliver(frame);
    }
  }
}
