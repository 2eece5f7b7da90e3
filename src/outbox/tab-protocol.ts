import type { RealtimeError } from '../errors';
import { type ErrorRecord, isErrorRecord, recordOf } from '../support/error-record';
import { fieldsOf } from '../support/json';
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
  /** These messages are stored; they are for whoever leads. What of them is none is to be left out. */
  | { readonly type: 'handover'; readonly tab: string; readonly messages: readonly unknown[] }
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

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => typeof value === 'boolean';
const areTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const member = { tab: isText, means: isText };

/** What is in each of them. */
const contents: {
  readonly [Type in TabMessage['type']]: Readonly<
    Record<Exclude<keyof Extract<TabMessage, { readonly type: Type }>, 'type'>, Check>
  >;
} = {
  'who-leads': member,
  leading: { ...member, owes: isFlag, begins: isFlag },
  following: member,
  resigned: { tab: isText },
  'who-lives': { tabs: areTexts },
  handover: { tab: isText, messages: Array.isArray },
  progress: {
    id: isText,
    trying: isFlag,
    attempts: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
    error: (value) => value === undefined || isErrorRecord(value),
  },
  settled: { ids: areTexts, end: isEnd },
  deaf: { tab: isText, channels: areTexts },
  hurry: {},
  cleared: { at: Number.isFinite },
};

/** What another tab sent, unless it is none of these: tabs may run other versions, and other programs may use the name. */
export function readTabMessage(received: unknown): TabMessage | undefined {
  const fields = fieldsOf(received);
  const type = String(fields['type']);
  if (!Object.hasOwn(contents, type)) return undefined;
  const isWhole = Object.entries<Check>(contents[type as TabMessage['type']]).every(([name, fits]) =>
    fits(fields[name]),
  );
  // Everything that is in such a message was looked at.
  return isWhole ? (received as TabMessage) : undefined;
}

/** One end and not two: whoever reads it asks only which it is. */
function isEnd(value: unknown): boolean {
  const end = fieldsOf(value);
  if ('error' in end) return isErrorRecord(end['error']);
  const { id, level, acceptedAt, attempts, latency } = fieldsOf(end['acknowledgement']);
  return areTexts([id, level]) && [acceptedAt, attempts, latency].every(Number.isFinite);
}
