import type { RealtimeError } from '../errors';
import type { StoredMessage } from '../ports';
import { type ErrorRecord, isErrorRecord, recordOf } from '../support/error-record';
import { isStoredMessage } from '../support/stored-message';
import type { Acknowledgement } from '../types';

/** How a message ended, as tabs tell each other. */
export type TabEnd = { readonly acknowledgement: Acknowledgement } | { readonly error: ErrorRecord };

/** What the tabs of one owner tell each other about their outboxes. */
export type TabMessage =
  /** I am here: is there somebody who leads? */
  | { readonly type: 'who-leads'; readonly tab: string; readonly means: string }
  /** I do, with these means, and owe something or not. `begins` when I have just taken the lead: hand over what you have. */
  | {
      readonly type: 'leading';
      readonly tab: string;
      readonly means: string;
      readonly owes: boolean;
      readonly begins: boolean;
    }
  /** I do not lead, and live; with these means I could, with empty ones not. */
  | { readonly type: 'following'; readonly tab: string; readonly means: string }
  /** I lead no longer. */
  | { readonly type: 'resigned'; readonly tab: string }
  /** Which of these tabs live? Where there are no locks that tell. */
  | { readonly type: 'who-lives'; readonly tabs: readonly string[] }
  /** These messages are stored; they are for whoever leads. */
  | { readonly type: 'handover'; readonly tab: string; readonly messages: readonly StoredMessage[] }
  /** A message is so far. */
  | {
      readonly type: 'progress';
      readonly id: string;
      readonly trying: boolean;
      readonly attempts: number;
      readonly error?: ErrorRecord | undefined;
    }
  /** These have ended, all in the same way: the first was sent, or given up, and took the place of the others. */
  | { readonly type: 'settled'; readonly ids: readonly string[]; readonly end: TabEnd }
  /** On these channels I do not hear yet what I publish: it waits. On all others I do. */
  | { readonly type: 'deaf'; readonly tab: string; readonly channels: readonly string[] }
  /** Somebody wants all tried now. */
  | { readonly type: 'hurry' }
  /** The user signed out, at this time on the wall: nothing that was published before is sent any more. */
  | { readonly type: 'cleared'; readonly at: number };

/** An end as tabs tell it. */
export function tabEnd(end: Acknowledgement | RealtimeError): TabEnd {
  return end instanceof Error ? { error: recordOf(end) } : { acknowledgement: end };
}

/** What another tab sent, unless it is none of these: tabs may run other versions, and other programs may use the name. */
export function readTabMessage(received: unknown): TabMessage | undefined {
  if (typeof received !== 'object' || received === null) return undefined;
  const fields = received as Partial<Record<string, unknown>>;
  const { type, tab, means } = fields;
  switch (type) {
    case 'hurry':
      return { type };
    case 'cleared': {
      const { at } = fields;
      return { type, at: typeof at === 'number' && Number.isFinite(at) ? at : Number.NEGATIVE_INFINITY };
    }
    case 'who-leads':
    case 'following':
      return typeof tab === 'string' && typeof means === 'string' ? { type, tab, means } : undefined;
    case 'resigned':
      return typeof tab === 'string' ? { type, tab } : undefined;
    case 'leading': {
      const { owes, begins } = fields;
      if (typeof tab !== 'string' || typeof means !== 'string') return undefined;
      return { type, tab, means, owes: owes === true, begins: begins === true };
    }
    case 'who-lives': {
      const { tabs } = fields;
      return areTexts(tabs) ? { type, tabs } : undefined;
    }
    case 'deaf': {
      const { channels } = fields;
      return typeof tab === 'string' && areTexts(channels) ? { type, tab, channels } : undefined;
    }
    case 'handover': {
      const { messages } = fields;
      if (typeof tab !== 'string' || !Array.isArray(messages)) return undefined;
      return { type, tab, messages: messages.filter(isStoredMessage) };
    }
    case 'progress': {
      const { id, trying, attempts, error } = fields;
      if (typeof id !== 'string' || typeof trying !== 'boolean') return undefined;
      if (!Number.isSafeInteger(attempts) || Number(attempts) < 0) return undefined;
      const known = isErrorRecord(error) ? error : undefined;
      return { type, id, trying, attempts: Number(attempts), error: known };
    }
    case 'settled': {
      const { ids } = fields;
      const end = readEnd(fields['end']);
      return areTexts(ids) && end ? { type, ids, end } : undefined;
    }
    default:
      return undefined;
  }
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** One end and not two: whoever reads it asks only which it is. */
function readEnd(value: unknown): TabEnd | undefined {
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
