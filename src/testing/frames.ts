import { type JsonRecord, stringifyJson } from './json-values';

/** One frame from the server to a client. */
export interface ServerFrame {
  readonly event: string;
  readonly channel?: string;
  /**
   * Texts go as they are. Objects are written as JSON inside a text, as Pusher does, unless `plain` is set. A frame
   * without it has no data.
   */
  readonly data?: unknown;
  readonly plain?: boolean;
  readonly userId?: string | undefined;
  readonly messageId?: string | undefined;
}

/** Writes a frame as the text that goes over the socket. */
export function encodeFrame(frame: ServerFrame): string {
  const { event, channel, data, plain, userId, messageId } = frame;
  const encoded = plain || data === undefined || typeof data === 'string' ? data : stringifyJson(data);
  return JSON.stringify({ event, channel, data: encoded, user_id: userId, message_id: messageId });
}

/** Writes a `pusher:error` frame; `code` is null where Pusher's documentation names none. */
export function errorFrame(code: number | null, message: string): string {
  return encodeFrame({ event: 'pusher:error', data: { code, message } satisfies JsonRecord, plain: true });
}
