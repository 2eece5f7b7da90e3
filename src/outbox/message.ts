import type { StoredMessage } from '../ports';
import { type ErrorRecord, isErrorRecord } from '../support/error-record';
import { isStoredMessage } from '../support/stored-message';
import type { Acknowledgement } from '../types';

/** How a message ended, as tabs tell each other. */
export type OutboxEnd = { readonly acknowledgement: Acknowledgement } | { readonly error: ErrorRecord };

/**
 * What the tabs of one owner tell each other about their outboxes.
 * `asked`: whoever sends, are you there? `alive`: I am, and owe something or not. `sending`: I send from now on, hand over what you have.
 * `handed`: messages that are stored, for whoever sends. `tried`: how far one of them is. `ended`: these have ended, all of
 * them in the same way (one message may have taken the place of others). `insisted`: somebody wants all tried now.
 * `emptied`: the user signed out. `keeps`: the storage has messages that only this tab sends. `seeking`: which of these tabs
 * are alive? `here`: this one is.
 */
export type OutboxMessage =
  | OutboxNews
  | { readonly type: 'asked' | 'sending' }
  | { readonly type: 'alive'; readonly owes: boolean }
  | { readonly type: 'keeps' | 'here'; readonly tab: string }
  | { readonly type: 'seeking'; readonly tabs: readonly string[] };

/** Those of them that are about messages, and not about tabs. */
export type OutboxNews =
  | { readonly type: 'insisted' | 'emptied' }
  | { readonly type: 'handed'; readonly messages: readonly StoredMessage[] }
  | {
      readonly type: 'tried';
      readonly id: string;
      readonly state: 'waiting' | 'in-flight';
      readonly attempts: number;
      readonly error?: ErrorRecord | undefined;
    }
  | { readonly type: 'ended'; readonly ids: readonly string[]; readonly end: OutboxEnd };

/** What another tab sent, unless it is none of these: tabs may run other versions. */
export function readOutboxMessage(received: unknown): OutboxMessage | undefined {
  const message = received as Partial<Record<string, unknown>> | null | undefined;
  switch (message?.['type']) {
    case 'alive':
      return { type: 'alive', owes: message['owes'] === true };
    case 'asked':
    case 'sending':
    case 'insisted':
    case 'emptied':
      return { type: message['type'] };
    case 'handed': {
      const { messages } = message;
      return Array.isArray(messages)
        ? { type: 'handed', messages: messages.filter(isStoredMessage) }
        : undefined;
    }
    case 'tried': {
      const { id, state, attempts, error } = message;
      if (typeof id !== 'string' || !Number.isSafeInteger(attempts) || Number(attempts) < 0) return undefined;
      if (state !== 'waiting' && state !== 'in-flight') return undefined;
      const known = isErrorRecord(error) ? error : undefined;
      return { type: 'tried', id, state, attempts: Number(attempts), error: known };
    }
    case 'ended': {
      const { ids } = message;
      const end = readEnd(message['end']);
      return areTexts(ids) && end ? { type: 'ended', ids, end } : undefined;
    }
    case 'keeps':
    case 'here': {
      const { type, tab } = message;
      return typeof tab === 'string' ? { type, tab } : undefined;
    }
    case 'seeking': {
      const { tabs } = message;
      return areTexts(tabs) ? { type: 'seeking', tabs } : undefined;
    }
    default:
      return undefined;
  }
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** One end and not two: whoever reads it asks only which it is. */
function readEnd(value: unknown): OutboxEnd | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { acknowledgement, error } = value as Partial<Record<'acknowledgement' | 'error', unknown>>;
  if (isErrorRecord(error)) return { error };
  return error === undefined && isAcknowledgement(acknowledgement) ? { acknowledgement } : undefined;
}

function isAcknowledgement(value: unknown): value is Acknowledgement {
  if (typeof value !== 'object' || value === null) return false;
  const { id, level, acceptedAt, attempts, latency } = value as Partial<
    Record<keyof Acknowledgement, unknown>
  >;
  return areTexts([id, level]) && [acceptedAt, attempts, latency].every(Number.isFinite);
}
