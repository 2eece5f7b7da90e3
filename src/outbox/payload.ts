import { PayloadTooLargeError, ValidationError } from '../errors';
import { utf8Length } from '../support/utf8';

/** A payload as it was when it was published. */
export interface Payload {
  /** A copy: what the application does to its object later must not change what is sent. */
  readonly data: unknown;
  /** Its size as JSON, in UTF-8 bytes. */
  readonly bytes: number;
}

/** Whose payload it is, and how many bytes it may have. */
export interface PayloadPlace {
  readonly channel: string;
  readonly event: string;
  readonly limit: number;
}

/** Measures what was taken already, and has something added since. Throws a `PayloadTooLargeError` over `limit`. */
export function measurePayload(data: unknown, place: PayloadPlace): Payload {
  return { data, bytes: measure(JSON.stringify(data), place) };
}

/** Takes a copy of `value` and measures it. Throws a `ValidationError` for what is no JSON, a `PayloadTooLargeError` over `limit`. */
export function takePayload(value: unknown, place: PayloadPlace): Payload {
  const { channel, event } = place;
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new ValidationError(
      `The payload of "${event}" on "${channel}" cannot be serialized: it contains a cycle or a BigInt, or its toJSON threw.`,
      [],
      { channel, event, cause },
    );
  }
  // A function or a symbol; undefined is what an event without a payload publishes.
  if (text === undefined && value !== undefined) {
    throw new ValidationError(`The payload of "${event}" on "${channel}" is not JSON.`, [], {
      channel,
      event,
    });
  }
  const json = text ?? 'null';
  const bytes = measure(json, place);
  return { data: JSON.parse(json), bytes };
}

function measure(json: string, { channel, event, limit }: PayloadPlace): number {
  const bytes = utf8Length(json);
  if (bytes > limit) throw new PayloadTooLargeError(bytes, limit, { channel, event });
  return bytes;
}
