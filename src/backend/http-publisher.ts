import { AuthenticationError, PublishError, RateLimitError, type RealtimeErrorDetails } from '../errors';
import type { Acceptance, OutboundMessage, Publisher } from '../ports';
import { type BackendAnswer, fieldsOf, isPage, parseJson } from './answer';
import { signInAgain } from './channel-authorization';
import { BackendEndpoint, type EndpointSettings, type EndpointSurroundings } from './endpoint';

/** How the endpoint that publishes for us wants to be asked. */
export interface HttpPublisherSettings extends EndpointSettings {
  /** Whether the server is asked to leave out our own connection (`socket_id`). */
  readonly excludeSender: boolean;
}

/** What a publisher over HTTP needs from outside. */
export interface HttpPublisherSurroundings extends EndpointSurroundings {
  /** Pusher's name for our connection; undefined while there is none. */
  readonly socketId: () => string | undefined;
}

/** Hands messages to the application's backend, which has the secret that publishing needs; decides what is retryable. */
export class HttpPublisher implements Publisher {
  readonly #endpoint: BackendEndpoint;
  readonly #excludeSender: boolean;
  readonly #socketId: () => string | undefined;

  constructor(settings: HttpPublisherSettings, surroundings: HttpPublisherSurroundings) {
    this.#endpoint = new BackendEndpoint(settings, surroundings);
    this.#excludeSender = settings.excludeSender;
    this.#socketId = surroundings.socketId;
  }

  /**
   * Offers `message` once, with its id as the idempotency key. Resolves only when a 2xx answer does not say otherwise in
   * its body. Settles within the endpoint's deadline once there is a token.
   */
  async publish(message: OutboundMessage, signal: AbortSignal): Promise<Acceptance> {
    const { id, channel, event } = message;
    const socketId = this.#excludeSender ? this.#socketId() : undefined;
    const answer = await this.#endpoint.ask(
      {
        fields: {
          channel,
          event,
          data: writable(message),
          id,
          ...(socketId === undefined ? {} : { socket_id: socketId }),
        },
        format: 'json',
        headers: { 'idempotency-key': id },
      },
      signal,
    );
    if (answer.verdict === 'accepted') return readAcceptance(message, answer);
    const { words, status, retryAfter, cause, verdict } = answer;
    const details: RealtimeErrorDetails = {
      channel,
      event,
      status,
      retryAfter,
      cause: verdict === 'unauthorized' ? signInAgain(answer) : cause,
      retryable: verdict === 'later',
    };
    const text = `"${event}" on "${channel}": the publish endpoint ${words}.${advice(answer)}`;
    // Signing in again is what helps, and nothing else.
    if (verdict === 'unauthorized') throw new AuthenticationError(text, details);
    throw status === 429 ? new RateLimitError(text, details) : new PublishError(text, details);
  }
}

function advice({ verdict, status }: BackendAnswer): string {
  if (verdict === 'later') return '';
  if (verdict === 'unauthorized') return ' A new token, if there was one, did not help.';
  if (status === 403) return ' This user may not publish here.';
  if (status === 413) return ' The payload is too large for it: send a reference, or split it.';
  if (status === 404 || status === 405) return ' Is `publish.endpoint` right?';
  return '';
}

/** The payload, which may be nothing; JSON has no word for `undefined`, and leaving the field out would be refused. */
function writable({ channel, event, data }: OutboundMessage): unknown {
  try {
    return JSON.stringify(data) === undefined ? null : data;
  } catch {
    // Without the cause: it names fields of the payload.
    throw new PublishError(
      `The payload of "${event}" on "${channel}" cannot be serialized; it may contain a cycle or a BigInt.`,
      { channel, event },
    );
  }
}

function readAcceptance({ channel, event }: OutboundMessage, answer: BackendAnswer): Acceptance {
  const { text, status, words } = answer;
  const json = parseJson(text);
  if (isPage(text) || (json === undefined && /^\s*[{[]/.test(text))) {
    // A proxy's or a login page, or half an answer: nobody says that the message was taken.
    throw new PublishError(
      `"${event}" on "${channel}": the publish endpoint ${words}, but its body is not valid JSON.`,
      {
        channel,
        event,
        status,
        retryable: true,
      },
    );
  }
  const body = fieldsOf(json);
  const data = fieldsOf(body?.['data']);
  const parts = [body, data, fieldsOf(body?.['result']), fieldsOf(data?.['result'])];
  const agreed = body?.['ok'] === true || body?.['success'] === true || body?.['status'] === 'success';
  const refused =
    body?.['ok'] === false ||
    body?.['success'] === false ||
    body?.['status'] === 'error' ||
    parts.some((part) => part?.['triggered'] === false) ||
    (!agreed && (saysSomething(body?.['error']) || saysSomething(body?.['errors'])));
  if (refused) {
    throw new PublishError(
      `"${event}" on "${channel}": the publish endpoint ${words}, but its body says that the message was refused${answer.explain?.(json) ?? ''}.`,
      { channel, event, status },
    );
  }
  const eventId = parts.map((part) => part?.['event_id']).find((id) => typeof id === 'string');
  return { level: 'accepted', ...(eventId === undefined ? {} : { eventId }) };
}

/** Whether a field that tells of errors tells of any. */
function saysSomething(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
