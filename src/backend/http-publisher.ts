import { AuthenticationError, PublishError, RateLimitError } from '../errors';
import type { Acceptance, OutboundMessage, Publisher } from '../ports';
import { fieldsOf, parseJson } from '../support/json';
import { type BackendAnswer, isPage } from './answer';
import { failureDetails } from './channel-authorization';
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

type PublishFailure = AuthenticationError | PublishError | RateLimitError;

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
    const answer = await this.#endpoint.ask(
      {
        fields: publishFields(message, this.#excludeSender ? this.#socketId() : undefined),
        format: 'json',
        headers: { 'idempotency-key': message.id },
      },
      signal,
    );
    if (answer.verdict !== 'accepted') throw publishFailure(message, answer);
    const { text } = answer;
    const body = parseJson(text);
    if (isHalf(text, body)) throw notWhole(message, answer);
    return readAcceptance(message, body, answer);
  }
}

/** A message as the endpoint gets it. Throws a `PublishError` when it cannot be written as JSON. */
export function publishFields(
  message: OutboundMessage,
  socketId: string | undefined,
): Readonly<Record<string, unknown>> {
  const { channel, event, id } = message;
  const fields = { channel, event, data: writable(message), id };
  return socketId === undefined ? fields : { ...fields, socket_id: socketId };
}

/** The error for a message that the endpoint did not take. */
export function publishFailure({ channel, event }: OutboundMessage, answer: BackendAnswer): PublishFailure {
  const { words, status, verdict } = answer;
  const details = { channel, event, ...failureDetails(answer) };
  const text = `"${event}" on "${channel}": the publish endpoint ${words}.${advice(answer)}`;
  // Signing in again is what helps, and nothing else.
  if (verdict === 'unauthorized') return new AuthenticationError(text, details);
  return status === 429 ? new RateLimitError(text, details) : new PublishError(text, details);
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

/** Whether nobody says that a message was taken: a proxy's or a login page, or half an answer. */
export function isHalf(text: string, json: unknown): boolean {
  return isPage(text) || (json === undefined && /^\s*[{[]/.test(text));
}

/** The error for an answer that is half. */
export function notWhole({ channel, event }: OutboundMessage, answer: BackendAnswer): PublishError {
  return new PublishError(
    `"${event}" on "${channel}": the publish endpoint ${answer.words}, but its body is not valid JSON.`,
    { channel, event, status: answer.status, retryable: true },
  );
}

/** What a body says about a message, beside an answer that accepts it. Throws a `PublishError` when the body refuses it. */
export function readAcceptance(
  { channel, event }: OutboundMessage,
  json: unknown,
  answer: BackendAnswer,
): Acceptance {
  const { status, words } = answer;
  const body = fieldsOf(json);
  const data = fieldsOf(body['data']);
  const parts = [body, data, fieldsOf(body['result']), fieldsOf(data['result'])];
  const agreed = body['ok'] === true || body['success'] === true || body['status'] === 'success';
  const refused =
    body['ok'] === false ||
    body['success'] === false ||
    body['status'] === 'error' ||
    parts.some((part) => part['triggered'] === false) ||
    (!agreed && (saysSomething(body['error']) || saysSomething(body['errors'])));
  if (refused) {
    throw new PublishError(
      `"${event}" on "${channel}": the publish endpoint ${words}, but its body says that the message was refused${answer.explain?.(json) ?? ''}.`,
      { channel, event, status },
    );
  }
  const eventId = parts.map((part) => part['event_id']).find((id) => typeof id === 'string');
  return { level: 'accepted', ...(eventId === undefined ? {} : { eventId }) };
}

/** Whether a field that tells of errors tells of any. */
function saysSomething(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
