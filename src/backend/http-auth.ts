import type { Authorizer, ChannelAuthorization } from '../ports';
import { fieldsOf, parseJson } from '../support/json';
import type { BackendAnswer } from './answer';
import { readAuthorization, unasked, unauthorized } from './channel-authorization';
import { BackendEndpoint, type EndpointSettings, type EndpointSurroundings } from './endpoint';

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
    if (answer.verdict !== 'accepted') throw unauthorized(channel, answer);
    return readAuthorization(channel, answer, fieldsOf(parseJson(answer.text)));
  }

  async #ask(channel: string, fields: Record<string, string>, signal: AbortSignal): Promise<BackendAnswer> {
    try {
      return await this.#endpoint.ask({ fields, format: this.#format }, signal);
    } catch (cause) {
      // A token that was taken away (sign-out) while we waited also says `aborted`; to our caller that is a refusal.
      throw signal.aborted ? cause : unasked(channel, cause);
    }
  }
}
