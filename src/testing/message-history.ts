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

/** How far somebody was there: the last message's id, and when the server was last heard. */
export interface Whereabouts {
  readonly after: string | undefined;
  /** Milliseconds since 1970; `-Infinity` for the whole past. */
  readonly since: number;
}

/** What somebody has missed. */
export interface MissedMessages {
  readonly messages: readonly HistoryMessage[];
  /** False when the history does not reach back so far, so that there may be a hole before the first message. */
  readonly complete: boolean;
}

/** The last messages of each channel, oldest first. */
export class MessageHistory {
  readonly #limit: number;
  readonly #channels = new Map<string, HistoryMessage[]>();
  /** When the last message was published that is kept no more. */
  readonly #forgotten = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keeps a message, and forgets the oldest one of the channel when there are too many. */
  add(channel: string, message: HistoryMessage): void {
    const messages = this.#channels.get(channel) ?? [];
    messages.push(message);
    this.#channels.set(channel, messages);
    if (messages.length <= this.#limit) return;
    const forgotten = messages.shift();
    if (forgotten !== undefined) this.#forgotten.set(channel, forgotten.publishedAt);
  }

  /**
   * The messages after the one with the id `after`. Without an id, or with one that is not known, those published at `since`
   * (milliseconds since 1970) or later, which is what somebody knows who was there and heard nothing.
   */
  from(channel: string, { after, since }: Whereabouts): MissedMessages {
    const messages = this.#channels.get(channel) ?? [];
    const index = after === undefined ? -1 : messages.findIndex(({ id }) => id === after);
    if (index >= 0) return { messages: messages.slice(index + 1), complete: true };
    const forgotten = this.#forgotten.get(channel);
    const reachesBack = forgotten === undefined || forgotten < since;
    return {
      messages: messages.filter(({ publishedAt }) => publishedAt >= since),
      complete: after === undefined && reachesBack,
    };
  }
}
