import type { RealtimeMessage } from '../index';
import { isEnvelope, type LegacyFrame, readFrame, toLegacyFrame } from './frames';

/** The frame that the old server would have sent. */
export function incoming({ event, data }: RealtimeMessage): LegacyFrame {
  const inner = event === 'message' && isEnvelope(data) ? data : undefined;
  // Whichever word its readers look for, the sender's own stays.
  return { ...inner, ...toLegacyFrame(readFrame({ event, data })) };
}

/** What is published for a text that old code sent. */
export function outgoing(text: string): { readonly event: string; readonly data: unknown } {
  let data: unknown = text;
  try {
    data = JSON.parse(text);
    const { event, channel, timestamp, messageId, ...rest } = readFrame(data);
    const { data: content, ...beside } = rest;
    if (Object.keys(beside).length === 0) return { event, data: content };
    if (!('data' in rest)) return { event, data: beside };
    // An event has no place for fields beside its payload; what the old service put around messages has.
    return { event: 'message', data: { ...beside, type: event, payload: content } };
  } catch {
    return { event: 'message', data };
  }
}

/** Whether what was sent is binary, and not a text: a buffer, a view of one, or a `Blob`, also one of another frame. */
export function isBinary(data: unknown): boolean {
  return typeof data === 'object' && data !== null && ('byteLength' in data || 'arrayBuffer' in data);
}
