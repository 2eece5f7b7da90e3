import {
  AuthenticationError,
  isRealtimeError,
  type RealtimeErrorDetails,
  SubscriptionError,
} from '../errors';
import type { ChannelAuthorization } from '../ports';
import { type Fields, fieldsOf, parseJson } from '../support/json';
import { type BackendAnswer, isSignature } from './answer';

/** The error for a channel when the endpoint could not even be asked: there was no token, say. */
export function unasked(channel: string, cause: unknown): unknown {
  if (!isRealtimeError(cause)) return cause;
  return new SubscriptionError(`"${channel}" could not be authorized: ${cause.message}`, {
    channel,
    cause,
    retryable: cause.retryable,
  });
}

/** The error for a channel when the endpoint answered with anything but a yes. */
export function unauthorized(channel: string, answer: BackendAnswer): SubscriptionError {
  const details = { channel, ...failureDetails(answer) };
  return new SubscriptionError(
    `"${channel}": the authorization endpoint ${answer.words}.${advice(answer)}`,
    details,
  );
}

/** What every error about an answer says. When nobody believes who we are, its cause is that signing in again is what helps. */
export function failureDetails({
  verdict,
  status,
  retryAfter,
  cause,
  words,
}: BackendAnswer): RealtimeErrorDetails {
  const signInAgain = (): AuthenticationError =>
    new AuthenticationError(`The endpoint ${words}. A new token did not help: sign in again.`, { status });
  return {
    status,
    retryAfter,
    cause: verdict === 'unauthorized' ? signInAgain() : cause,
    retryable: verdict === 'later',
  };
}

function advice({ verdict, status }: BackendAnswer): string {
  if (verdict === 'later') return ' It is asked again.';
  if (verdict === 'unauthorized') return ' A new token did not help: it is asked again with the next.';
  if (status === 403) return ' This user may not have this channel.';
  if (status === 419) return ' Fresh headers did not help: is the CSRF token right?';
  if (status === 404 || status === 405) return ' Is `auth.endpoint` right?';
  return '';
}

/**
 * The authorization in `fields`, which `answer` brought for `channel`. Checks strictly: the server's refusal of a wrong one would
 * not say what is wrong.
 */
export function readAuthorization(
  channel: string,
  { status, words }: BackendAnswer,
  fields: Fields,
): ChannelAuthorization {
  const refuse = (problem: string, retryable: boolean): never => {
    throw new SubscriptionError(`"${channel}": the authorization endpoint ${words}, but ${problem}`, {
      channel,
      status,
      retryable,
    });
  };
  const auth = fields['auth'];
  const channelData = fields['channel_data'] ?? undefined;
  const sharedSecret = fields['shared_secret'] ?? undefined;
  if (!isSignature(auth)) {
    // Also what a proxy or a login page says with 200, so it is worth another try.
    return refuse('not with { "auth": "<key>:<hex signature>" }.', true);
  }
  if (channelData !== undefined && typeof channelData !== 'string') {
    return refuse('`channel_data` is not a string: send the JSON text that was signed.', false);
  }
  if (sharedSecret !== undefined && typeof sharedSecret !== 'string') {
    return refuse('`shared_secret` is not a string.', false);
  }
  if (channel.startsWith('presence-') && !namesUser(channelData)) {
    return refuse('without a `channel_data` with a `user_id`, which presence channels need.', false);
  }
  // 32 bytes in base64.
  if (channel.startsWith('private-encrypted-') && !/^[\w+/-]{43}=?$/.test(sharedSecret ?? '')) {
    return refuse('without a `shared_secret` of 32 bytes in base64, which encrypted channels need.', false);
  }
  return {
    auth,
    ...(channelData === undefined ? {} : { channelData }),
    ...(sharedSecret === undefined ? {} : { sharedSecret }),
  };
}

function namesUser(channelData: string | undefined): boolean {
  const id = fieldsOf(parseJson(channelData))['user_id'];
  return (typeof id === 'string' && id !== '') || Number.isFinite(id);
}
