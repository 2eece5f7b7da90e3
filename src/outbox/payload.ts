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
  const bytes = utf8Length(json);
  checkLength(bytes, place);
  return { data: JSON.parse(json), bytes };
}

/** Throws a `PayloadTooLargeError` over `limit`. */
export function checkLength(bytes: number, { channel, event, limit }: PayloadPlace): void {
  if (bytes > limit) throw new PayloadTooLargeError(bytes, limit, { channel, event });
}
