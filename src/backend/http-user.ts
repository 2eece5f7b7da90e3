import { AuthenticationError, isRealtimeError } from '../errors';
import type { UserAuthenticator } from '../ports';
import { fieldsOf, parseJson } from '../support/json';
import type { UserAuthentication } from '../transport-port';
import { type BackendAnswer, isSignature } from './answer';
import { BackendEndpoint, type EndpointSurroundings } from './endpoint';
import type { HttpAuthorizerSettings } from './http-auth';

/** Asks the application's backend who the user of a connection is: `socket_id` to one endpoint. */
export class HttpUserAuthenticator implements UserAuthenticator {
  readonly #endpoint: BackendEndpoint;
  readonly #format: 'form' | 'json';

  constructor(settings: HttpAuthorizerSettings, surroundings: EndpointSurroundings) {
    this.#endpoint = new BackendEndpoint(settings, surroundings);
    this.#format = settings.format;
  }

  async authenticate(socketId: string, signal: AbortSignal): Promise<UserAuthentication> {
    const answer = await this.#ask(socketId, signal);
    if (answer.verdict === 'accepted') return readAuthentication(answer);
    const { words, status, retryAfter, cause } = answer;
    throw new AuthenticationError(`The user could not be signed in: the user endpoint ${words}.`, {
      status,
      retryAfter,
      cause,
      retryable: answer.verdict === 'later',
    });
  }

  async #ask(socketId: string, signal: AbortSignal): Promise<BackendAnswer> {
    try {
      return await this.#endpoint.ask({ fields: { socket_id: socketId }, format: this.#format }, signal);
    } catch (cause) {
      // A token that was taken away while we waited also says `aborted`; to our caller that is a refusal.
      if (signal.aborted || !isRealtimeError(cause)) throw cause;
      const { message, retryable } = cause;
      throw new AuthenticationError(`The user could not be signed in: ${message}`, { cause, retryable });
    }
  }
}

function readAuthentication({ text, status, words }: BackendAnswer): UserAuthentication {
  const refuse = (problem: string, retryable: boolean): never => {
    const message = `The user could not be signed in: the user endpoint ${words}, but ${problem}`;
    throw new AuthenticationError(message, { status, retryable });
  };
  const fields = fieldsOf(parseJson(text));
  const auth = fields['auth'];
  const userData = fields['user_data'];
  if (!isSignature(auth)) {
    // Also what a proxy or a login page says with 200, so it is worth another try.
    return refuse('not with { "auth": "<key>:<hex signature>", "user_data" }.', true);
  }
  if (typeof userData !== 'string')
    return refuse('without `user_data` as the JSON text that was signed.', false);
  const id = fieldsOf(parseJson(userData))['id'];
  if (typeof id !== 'string' || id === '')
    return refuse('its `user_data` has no `id` that is a text.', false);
  return { auth, userData };
}
