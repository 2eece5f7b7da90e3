import { ConfigurationError } from '../index';
import type { HttpAnswer } from './http-exchange';
import { isStatus, show } from './script-rules';

/** What was published, for the answer that says so. */
export interface TriggerOutcome {
  /** The channel. */
  readonly channel: string;
  /** The event's name. */
  readonly event: string;
  /** The id that receivers get as `message_id`. */
  readonly eventId: string;
  /** The channel's `user_count` or `subscription_count`, where it has one. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * The shapes in which backends say "accepted": `result` is `{ ok: true, result: { channels, event_id } }`, `status` is
 * `{ status: 'success', data, message }`, `success` is `{ success: true }`, `empty` a 204 without a body. A function
 * makes its own, refusals in a 200 included.
 */
export type TriggerAnswer =
  | 'result'
  | 'status'
  | 'success'
  | 'empty'
  | ((outcome: TriggerOutcome) => { readonly status: number; readonly body?: unknown });

/** Writes the answer of the trigger endpoint. */
export function triggerAnswer(shape: TriggerAnswer, outcome: TriggerOutcome): HttpAnswer {
  if (typeof shape === 'function') return checked(shape(outcome));
  const { channel, event, eventId, attributes } = outcome;
  const result = { channels: { [channel]: attributes }, event_id: eventId };
  switch (shape) {
    case 'result':
      return { status: 200, body: { ok: true, result } };
    case 'status':
      return {
        status: 200,
        body: {
          status: 'success',
          data: { channel, event, triggered: true, result },
          message: 'Event triggered',
        },
      };
    case 'success':
      return { status: 200, body: { success: true, event_id: eventId } };
    case 'empty':
      return { status: 204 };
    default:
      return shape satisfies never;
  }
}

function checked(answer: HttpAnswer): HttpAnswer {
  if (isStatus((answer as HttpAnswer | undefined)?.status)) return answer;
  throw new ConfigurationError(
    `\`triggerAnswer\` must return an object with an HTTP status from 200 to 599; got ${show(answer)}.`,
  );
}
