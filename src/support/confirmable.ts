import { ValidationError } from '../errors';
import { fieldsOf, recordIn } from './json';

/**
 * The field that asks receivers to confirm a message, with its id as the value. Only messages that are published with
 * `acknowledge: 'delivered'` have it, and receivers that run surewire take it off again.
 */
export const confirmField = 'surewire:confirm';

/** The client event by which receivers answer, and the event by which a backend does. */
export const receiversAnswer = 'client-ack';
export const backendsAnswer = 'ack';

/** Somebody's word that messages have arrived. */
export interface Confirmation {
  readonly ids: readonly string[];
  /** Tells the receivers of one channel apart; empty where they do not say who they are. */
  readonly receiver: string;
}

/** Ours have 36 characters; what is much longer was made to do harm. */
const longestId = 64;

/** A copy of the payload that asks to be confirmed. Throws a `ValidationError` when the payload has no room for that. */
export function askToConfirm(
  data: unknown,
  { id, channel, event }: { readonly id: string; readonly channel: string; readonly event: string },
): unknown {
  const fields = recordIn(data);
  if (fields !== undefined && !Object.hasOwn(fields, confirmField)) return { ...fields, [confirmField]: id };
  const why = fields
    ? `the payload has a field "${confirmField}" of its own, which receivers would never see`
    : `the id that receivers confirm travels in the payload, and this one is no object: publish { value: … }`;
  throw new ValidationError(
    `"${event}" on "${channel}" cannot be acknowledged as delivered: ${why}.`,
    [{ path: fields ? [confirmField] : [], message: 'No room for the id.' }],
    { channel, event },
  );
}

/** The id by which the payload asks to be confirmed; undefined for nearly all. */
export function askedToConfirm(data: unknown): string | undefined {
  const fields = recordIn(data);
  if (fields === undefined || !Object.hasOwn(fields, confirmField)) return undefined;
  const id = fields[confirmField];
  return isId(id) ? id : undefined;
}

/** The payload as it was published. */
export function withoutRequest(data: unknown): unknown {
  const { [confirmField]: _, ...published } = fieldsOf(data);
  return published;
}

/** What an event confirms; undefined when it is none that does, or holds nothing that could be an id. */
export function readConfirmation(event: string, data: unknown): Confirmation | undefined {
  if (event !== receiversAnswer && event !== backendsAnswer) return undefined;
  const { id, ids, receiver } = fieldsOf(data);
  const found = Array.isArray(ids) ? ids.filter(isId) : isId(id) ? [id] : [];
  return found.length === 0 ? undefined : { ids: found, receiver: isId(receiver) ? receiver : '' };
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longestId;
}
