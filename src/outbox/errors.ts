import {
  ConfigurationError,
  MessageExpiredError,
  OutboxFullError,
  PublishError,
  RealtimeError,
  UnconfirmedError,
} from '../errors';
import type { StoredMessage } from '../ports';
import type { Acknowledgement } from '../types';

/** What every error says about its message. */
interface Subject {
  readonly channel: string;
  readonly event: string;
}

/** Somebody on this side gave the message up; `how` finishes the sentence. */
export function abortedError({ channel, event }: Subject, how: string, cause?: unknown): RealtimeError {
  return new RealtimeError('aborted', `"${event}" on "${channel}" ${how}`, { channel, event, cause });
}

/** The message waited too long. */
export function expiredError(message: StoredMessage, cause: RealtimeError | undefined): MessageExpiredError {
  const { channel, event, createdAt, expiresAt, attempts } = message;
  return new MessageExpiredError(
    `"${event}" on "${channel}" expired after ${expiresAt - createdAt} ms and ${attempts} attempts. Publish it again if it still matters.`,
    { channel, event, cause },
  );
}

/** There is no room for the message. */
export function fullError({ channel, event }: Subject, bytes: number, holds: string): OutboxFullError {
  return new OutboxFullError(
    `The outbox did not take "${event}" on "${channel}" (${bytes} bytes): it holds ${holds}. Wait (outbox.pending), or discard some.`,
    { channel, event },
  );
}

/** The message made room for a newer one. */
export function droppedError({ channel, event }: Subject): OutboxFullError {
  return new OutboxFullError(
    `"${event}" on "${channel}" was dropped unsent to make room for a newer message: the outbox is full.`,
    { channel, event },
  );
}

/** Nothing publishes on the message's route. */
export function noPublisherError({ channel, event }: Subject, route: 'server' | 'peer'): ConfigurationError {
  return new ConfigurationError(
    `"${event}" on "${channel}" cannot be published on the ${route} route: set \`publish.endpoint\`, or pass a \`publisher\`.`,
    { channel, event },
  );
}

/** Not enough receivers said that they have the message. */
export function unconfirmedError(
  { channel, event }: Subject,
  wanted: { readonly receivers: number; readonly timeout: number },
  receivers: number,
  acknowledgement: Acknowledgement,
): UnconfirmedError {
  const known = acknowledgement.level === 'written' ? 'written to the socket' : acknowledgement.level;
  const who =
    receivers === 0 ? 'nobody confirmed it' : `${receivers} of ${wanted.receivers} receivers confirmed it`;
  return new UnconfirmedError(
    `"${event}" on "${channel}" was ${known}, but ${who} within ${wanted.timeout} ms. It may have arrived all the same; it is not published again by itself.`,
    { acknowledgement, receivers },
    { channel, event },
  );
}

/** A publisher did not answer in time. */
export function noAnswerError({ channel, event }: Subject, timeout: number): RealtimeError {
  return new RealtimeError(
    'timeout',
    `Publishing "${event}" on "${channel}" got no answer within ${timeout} ms. It will be retried.`,
    { channel, event, retryable: true },
  );
}

/** A publisher failed with something that is none of our errors: we cannot tell whether it is final, so it is not. */
export function unexplainedError({ channel, event }: Subject, cause: unknown): PublishError {
  return new PublishError(
    `Publishing "${event}" on "${channel}" failed; see the cause. It will be retried.`,
    { channel, event, retryable: true, cause },
  );
}
