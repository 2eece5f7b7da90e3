/** What a frame of a client means, in the words that all wires share. */
export interface Heard {
  /** What the server says to it. */
  readonly answers: readonly (string | Uint8Array)[];
  /** How many channels it has asked for with it. */
  readonly subscribed: number;
  /** How many messages it has published with it. */
  readonly published: number;
}

/** One connection, as far as a server that knows just enough of a protocol needs to know it. */
export interface Wire {
  /** What the server says first. */
  greet(): readonly string[];
  /** Reads a frame. */
  hear(frame: Buffer, isBinary: boolean): Heard;
  /** A message of the server on a channel. */
  message(channel: string, content: unknown): string | Uint8Array;
}

/** The event that all messages have, where a wire has events. */
export const event = 'progress';

/** Nothing that counts. */
export function said(...answers: readonly (string | Uint8Array)[]): Heard {
  return { answers, subscribed: 0, published: 0 };
}
