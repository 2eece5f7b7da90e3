/** A message that the history endpoint can give again. */
export interface HistoryMessage {
  /** The id that went out in the frame's `message_id`. */
  readonly id: string;
  readonly event: string;
  /** The data as it went over the wire. */
  readonly data: string;
  /** When it was published, in milliseconds since 1970. */
  readonly publishedAt: number;
}

/** What somebody who saw everything up to an id has missed. */
export interface MissedMessages {
  readonly messages: readonly HistoryMessage[];
  /** False when the id is not known here (any more), so that there may be a hole before the first message. */
  readonly complete: boolean;
}

/** The last messages of each channel, oldest first. */
export class MessageHistory {
  readonly #limit: number;
  readonly #channels = new Map<string, HistoryMessage[]>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keeps a message, and forgets the oldest one of the channel when there are too many. */
  add(channel: string, message: HistoryMessage): void {
    const messages = this.#channels.get(channel) ?? [];
    messages.push(message);
    if (messages.length > this.#limit) messages.shift();
    this.#channels.set(channel, messages);
  }

  /** The messages after `id`, or all of them without one. */
  after(channel: string, id?: string): MissedMessages {
    const messages = this.#channels.get(channel) ?? [];
    if (id === undefined) return { messages, complete: messages.length < this.#limit };
    const index = messages.findIndex((message) => message.id === id);
    return { messages: messages.slice(index + 1), complete: index >= 0 };
  }
}
