import { isRealtimeError, SubscriptionError } from '../errors';
import type { Authorizer, ChannelAuthorization } from '../ports';
import { type BackendAnswer, fieldsOf, parseJson } from './backend-answer';
import { BackendEndpoint, type EndpointSettings, type EndpointSurroundings } from './backend-endpoint';

/** How the authorization endpoint wants to be asked. */
export interface HttpAuthorizerSettings extends EndpointSettings {
  /** How the body is written: Pusher's own libraries read forms. */
  readonly format: 'form' | 'json';
}

/** Asks the application's backend whether we may have a channel: `socket_id` and `channel_name` to one endpoint. */
export class HttpAuthorizer implements Authorizer {
  readonly #endpoint: BackendEndpoint;
  readonly #format: 'form' | 'json';

  constructor(settings: HttpAuthorizerSettings, surroundings: EndpointSurroundings) {
    this.#endpoint = new BackendEndpoint(settings, surroundings);
    this.#format = settings.format;
  }

  /**
   * Settles within the endpoint's deadline once there is a token. Not retryable: 4xx (but 408, 425, 429), an answer that
   * lacks what this kind of channel needs, a token that stays refused, a source that gave up. Everything else is.
   */
  async authorize(
    request: { readonly socketId: string; readonly channel: string },
    signal: AbortSignal,
  ): Promise<ChannelAuthorization> {
    const { channel, socketId } = request;
    const fields = { socket_id: socketId, channel_name: channel };
    const answer = await this.#ask(channel, fields, signal);
    if (answer.verdict === 'accepted') return readAuthorization(channel, answer);
    const { words, status, retryAfter, cause } = answer;
    throw new SubscriptionError(`"${channel}": the authorization endpoint ${words}.${advice(answer)}`, {
      channel,
      status,
      retryAfter,
      cause,
      retryable: answer.verdict === 'later',
    });
  }

  async #ask(channel: string, fields: Record<string, string>, signal: AbortSignal): Promise<BackendAnswer> {
    try {
      return await this.#endpoint.ask({ fields, format: this.#format }, signal);
    } catch (cause) {
      // A token that was taken away (sign-out) while we waited also says `aborted`; to our caller that is a refusal.
      if (signal.aborted || !isRealtimeError(cause)) throw cause;
      throw new SubscriptionError(`"${channel}" could not be authorized: ${cause.message}`, {
        channel,
        cause,
        retryable: cause.retryable,
      });
    }
  }
}

function advice({ verdict, status }: BackendAnswer): string {
  if (verdict === 'later') return ' It is asked again.';
  if (verdict === 'unauthorized')
    return ' A new token, if there was one, did not help: it is asked again with the next.';
  if (status === 403) return ' This user may not have this channel.';
  if (status === 404 || status === 405) return ' Is `auth.endpoint` right?';
  return '';
}

/** Checks strictly: pusher-js would hand a wrong authorization on, and the server's refusal would not say what is wrong. */
function readAuthorization(channel: string, { text, status, words }: BackendAnswer): ChannelAuthorization {
  const refuse = (problem: string, retryable: boolean): never => {
    throw new SubscriptionError(`"${channel}": the authorization endpoint ${words}, but ${problem}`, {
      channel,
      status,
      retryable,
    });
  };
  const fields = fieldsOf(parseJson(text));
  const auth = fields?.['auth'];
  const channelData = fields?.['channel_data'] ?? undefined;
  const sharedSecret = fields?.['shared_secret'] ?? undefined;
  if (typeof auth !== 'string' || !/^[^:\s]+:[0-9a-f]+$/i.test(auth)) {
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
    return refuse('without `channel_data` that has a `user_id`, which presence channels need.', false);
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
  const id = fieldsOf(parseJson(channelData ?? ''))?.['user_id'];
  return (typeof id === 'string' && id !== '') || typeof id === 'number';
}
