import type { ConnectionState, RealtimeError, RealtimeMessage } from '../index';
import { readFrame } from './frames';

/** A message as callers of the old service know it. */
export interface LegacyMessage<Payload = unknown> {
  /** Its name. */
  readonly type: string;
  /** Its content. */
  readonly payload: Payload;
  /** The channel it came on. */
  readonly channel: string;
  /** When it was sent or, where nobody says so, came in: an ISO date. */
  readonly timestamp: string;
  /** Its id, where it has one. */
  readonly messageId?: string;
  /** Whatever else the sender put around it. */
  readonly [field: string]: unknown;
}

/** The states that callers of the old service know. `disconnecting` is never seen: hanging up takes no time. */
export type LegacyState =
  | 'connecting'
  | 'connected'
  | 'disconnecting'
  | 'disconnected'
  | 'reconnecting'
  | 'failed';

/** An error as callers of the old service know it. */
export interface LegacyServiceError {
  /** What went wrong, in one stable word. */
  readonly code: string;
  /** For people; says what to do. */
  readonly message: string;
  /** When, as an ISO date. */
  readonly timestamp: string;
  /** Whether the same may succeed later without a change. */
  readonly recoverable: boolean;
  /** The error itself. */
  readonly details: RealtimeError;
}

/** A message in whatever form it came: an event of its own, or the old service's `message` around it. */
export function legacyMessage({ channel, event, data, id, receivedAt }: RealtimeMessage): LegacyMessage {
  const { event: type, data: payload, timestamp, messageId = id, ...others } = readFrame({ event, data });
  return {
    ...others,
    type,
    payload,
    channel,
    timestamp: typeof timestamp === 'string' ? timestamp : isoDate(receivedAt),
    ...(typeof messageId === 'string' ? { messageId } : undefined),
  };
}

/** The old word for where the connection is. */
export function legacyState(state: ConnectionState): LegacyState {
  switch (state) {
    case 'idle':
      return 'disconnected';
    case 'offline':
      // It comes back by itself, which is what the old word promised.
      return 'reconnecting';
    default:
      return state;
  }
}

/** An error in the old form. */
export function legacyError(error: RealtimeError, now: number): LegacyServiceError {
  const { code, message, retryable } = error;
  return { code, message, timestamp: isoDate(now), recoverable: retryable, details: error };
}

/** Milliseconds since 1970 as the old service wrote times. */
export function isoDate(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
