import type { PendingMessage, RealtimeError, RealtimeMessage, SubscriptionStatus } from '../index';
import type { PlainError, PlainPendingMessage, PlainSubscription } from './state';

/** What is known of an error, without what cannot be stored: its cause and its stack. */
export function plainError(error: RealtimeError): PlainError {
  const { name, code, message, retryable, channel, event, status } = error;
  return {
    name,
    code,
    message,
    retryable,
    ...(channel === undefined ? undefined : { channel }),
    ...(event === undefined ? undefined : { event }),
    ...(status === undefined ? undefined : { status }),
  };
}

/** A message of the outbox with a plain error, and without its payload: stores are logged, and sent to tools. */
export function plainPending({ error, data: _data, ...message }: PendingMessage): PlainPendingMessage {
  return error === undefined ? message : { ...message, error: plainError(error) };
}

/** A subscription with a plain error. */
export function plainSubscription({ state, error }: SubscriptionStatus): PlainSubscription {
  return error === undefined ? { state } : { state, error: plainError(error) };
}

/** A message without fields that have no value: tools print them as faults. */
export function plainMessage({ id, userId, ...message }: RealtimeMessage): RealtimeMessage {
  return {
    ...message,
    ...(id === undefined ? undefined : { id }),
    ...(userId === undefined ? undefined : { userId }),
  };
}
