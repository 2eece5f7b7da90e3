import type { SystemNotification } from 'surewire/toolbox';
import type { ChatLine, Hand, NoteEdit } from '../channels.ts';

/** A message of the outbox, as far as its content goes. */
export interface MessageContent {
  readonly event: string;
  readonly data?: unknown;
}

/** What a message says, for people; undefined for those that nobody should notice, such as a pointer's moves. */
export function contentOf(message: MessageContent): string | undefined {
  switch (message.event) {
    case 'chat':
      return payload<ChatLine>(message)?.text ?? 'A line of the chat';
    case 'notification':
      return `Note to people: ${payload<SystemNotification>(message)?.message ?? '…'}`;
    case 'client-document-edit':
      return `In the notes: “${payload<NoteEdit>(message)?.change.text ?? '…'}”`;
    case 'client-whiteboard-stroke':
      return 'A stroke on the whiteboard';
    case 'client-whiteboard-clear':
      return 'Wipes the whiteboard';
    case 'hand-raised':
      return payload<Hand>(message)?.raised === false ? 'Hand down' : 'Hand up';
    default:
      return undefined;
  }
}

/** A message's payload. What this page published is in the shape that it gave it. */
export function payload<T>({ data }: MessageContent): T | undefined {
  return typeof data === 'object' && data !== null ? (data as T) : undefined;
}
