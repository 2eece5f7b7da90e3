import type { RealtimeError } from '../errors';
import type { Acceptance, StoredMessage } from '../ports';
import type { PendingMessage } from '../types';

/**
 * Where a message stands. `storing`: on its way into the storage, and not offered before it is there. `waiting`: to be offered.
 * `in-flight`: being offered from here. `elsewhere`: being offered by another tab. `unconfirmed`: accepted or written, and waits for
 * receivers. `settling`: acknowledged, and only the storage does not know yet. `settled`: over, for better or worse.
 */
export type MessageState =
  | 'storing'
  | 'waiting'
  | 'in-flight'
  | 'elsewhere'
  | 'unconfirmed'
  | 'settling'
  | 'settled';

/** A message of the outbox, and what is known of it. Replaced at each step, never changed. */
export interface Message {
  /** What is stored of it. */
  readonly record: StoredMessage;
  readonly state: MessageState;
  /** Why the last attempt failed. */
  readonly error: RealtimeError | undefined;
  /** Its publisher gave it up while it was in flight: it gets no other attempt. */
  readonly withdrawn: boolean;
}

/** Everything that can happen to a message. */
export type MessageStep =
  /** The storage has it, or has failed: from now on it may be offered. */
  | { readonly type: 'stored' }
  /** An attempt begins. */
  | { readonly type: 'offered' }
  /** The attempt was called off before anything left: it does not count. */
  | { readonly type: 'interrupted' }
  /** The attempt failed, and another one may follow. */
  | { readonly type: 'failed'; readonly error: RealtimeError }
  /** It was accepted or written at this time, and receivers are to confirm it. */
  | { readonly type: 'accepted'; readonly acceptance: Acceptance; readonly at: number }
  /** Its publisher does not want it any more. */
  | { readonly type: 'withdrawn' }
  /** Another tab is so far with it. */
  | {
      readonly type: 'followed';
      readonly trying: boolean;
      readonly attempts: number;
      readonly error: RealtimeError | undefined;
    }
  /** Another tab was offering it, and is not any more. */
  | { readonly type: 'returned' }
  /** The tab whose it was is gone, and it is this one's now. */
  | { readonly type: 'adopted'; readonly tab: string }
  /** It takes the place of another one, and with it that one's number. */
  | { readonly type: 'moved'; readonly sequence: number }
  /** It is acknowledged; the storage has yet to forget it. */
  | { readonly type: 'acknowledged' }
  /** It is over. */
  | { readonly type: 'settled' };

/** A message at its beginning. */
export function newMessage(record: StoredMessage, state: 'storing' | 'waiting'): Message {
  return { record, state, error: undefined, withdrawn: false };
}

/** The message after a step; the same object when the step makes no sense in its state, so that news may come late and twice. */
export function nextMessage(message: Message, step: MessageStep): Message {
  const { record, state } = message;
  if (state === 'settled') return message;
  switch (step.type) {
    case 'stored':
      return state === 'storing' ? { ...message, state: 'waiting' } : message;
    case 'offered':
      if (state !== 'waiting') return message;
      return { ...message, state: 'in-flight', record: { ...record, attempts: record.attempts + 1 } };
    case 'interrupted':
      if (state !== 'in-flight') return message;
      return { ...message, state: 'waiting', record: { ...record, attempts: record.attempts - 1 } };
    case 'failed':
      return state === 'in-flight' ? { ...message, state: 'waiting', error: step.error } : message;
    case 'accepted':
      return isLeaving(message) ? unconfirmed(message, step) : message;
    case 'withdrawn':
      return isLeaving(message) ? { ...message, withdrawn: true } : message;
    case 'followed': {
      if (state !== 'waiting' && state !== 'elsewhere') return message;
      const { attempts, error, trying } = step;
      return { ...message, state: trying ? 'elsewhere' : 'waiting', error, record: { ...record, attempts } };
    }
    case 'returned':
      return state === 'elsewhere' ? { ...message, state: 'waiting' } : message;
    case 'adopted':
      return { ...message, record: { ...record, tab: step.tab } };
    case 'moved':
      return { ...message, record: { ...record, sequence: step.sequence } };
    case 'acknowledged':
      return { ...message, state: 'settling' };
    case 'settled':
      return { ...message, state: 'settled' };
    default:
      return step satisfies never;
  }
}

/** Whether the message has not been offered, or is to be offered again. */
export function isWaiting({ state }: Message): boolean {
  return state === 'waiting' || state === 'storing';
}

/** Whether the message has had its end, although the storage may not know. */
export function isOver({ state }: Message): boolean {
  return state === 'settling' || state === 'settled';
}

/** What an application sees of a message. */
export function pendingMessage(message: Message): PendingMessage {
  const { record, state, error } = message;
  const seen: PendingMessage['state'] =
    state === 'unconfirmed' ? state : isWaiting(message) ? 'waiting' : 'in-flight';
  return Object.assign(visiblePart(record), error ? { state: seen, error } : { state: seen });
}

/** What an application sees of a message, whatever has become of it. */
export function visiblePart({
  id,
  channel,
  event,
  data,
  route,
  attempts,
  createdAt,
  expiresAt,
  bytes,
}: StoredMessage): Omit<PendingMessage, 'state' | 'error'> {
  return { id, channel, event, data, route, attempts, createdAt, expiresAt, bytes };
}

/** The record as one that was not offered yet, such as a rejected one that is published again. */
export function freshRecord({
  delivery,
  rejected: _rejected,
  replaces: _replaces,
  ...record
}: StoredMessage): StoredMessage {
  if (!delivery) return { ...record, attempts: 0 };
  const { receivers, timeout } = delivery;
  return { ...record, attempts: 0, delivery: { receivers, timeout } };
}

function isLeaving({ state }: Message): boolean {
  return state === 'in-flight' || state === 'elsewhere' || state === 'waiting';
}

function unconfirmed(message: Message, { acceptance, at }: MessageStep & { type: 'accepted' }): Message {
  const { delivery = { receivers: 1, timeout: 0 } } = message.record;
  const record = { ...message.record, delivery: { ...delivery, accepted: { ...acceptance, at } } };
  // A newer one cannot take its place any more.
  if ('replaces' in record) delete record.replaces;
  return { ...message, state: 'unconfirmed', record };
}
