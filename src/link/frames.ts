import { type Fields, recordIn } from '../support/json';

/** No server sends frames as long as this, in UTF-16 code units: what is longer is dropped unread. */
export const longestFrame: number = 16 * 1024 * 1024;

/** A value with the fields of a frame: `event` is a text, and `channel`, where there is one, too. */
export type FrameFields = Fields & { readonly event: string; readonly channel: string | undefined };

/** The frame in what a link received: text, or an object that somebody parsed already. A text when it is none: the reason. */
export function readFrame(received: unknown, length: number): FrameFields | string {
  if (length > longestFrame) return 'a frame of more than 16 million characters';
  let value = received;
  if (typeof received === 'string') {
    try {
      value = JSON.parse(received);
    } catch {
      return 'a frame that is not JSON';
    }
    if (typeof value !== 'object' || value === null) return 'a frame that is not an object';
  } else if (typeof received !== 'object' || received === null || isBinary(received)) {
    return 'a frame that is not text';
  }
  const fields = recordIn(value);
  if (fields === undefined || typeof fields['event'] !== 'string') return 'a frame without an event';
  const channel = fields['channel'];
  if (typeof channel !== 'string' && channel !== undefined) {
    if (channel !== null) return 'a frame whose channel is not a text';
    return { ...fields, event: fields['event'], channel: undefined };
  }
  // Both were just checked; a copy would cost the hottest path there is an object for each message.
  return fields as FrameFields;
}

function isBinary(value: object): boolean {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value) || 'arrayBuffer' in value;
}

/** The text of a frame. */
export function writeFrame(event: string, data: unknown, channel?: string): string {
  return JSON.stringify(channel === undefined ? { event, data } : { event, channel, data });
}
