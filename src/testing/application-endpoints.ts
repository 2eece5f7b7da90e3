import { ConfigurationError } from '../index';
import type { ServerApp } from './app';
import { channelTraits, isChannelName } from './channel-name';
import { channelKey, encodeBase64 } from './cryptography';
import { channelAttributes } from './http-api';
import { callFields, type HttpAnswer, type HttpCall, refusal } from './http-exchange';
import {
  asRecord,
  field,
  type JsonRecord,
  parseJson,
  payloadText,
  stringifyJson,
  textField,
} from './json-values';
import { isExpired, readToken, type TokenClaims } from './json-web-token';
import { publicationFault, sealData } from './publication';
import { show } from './script-rules';
import { signChannel, signUser } from './signatures';
import { type TriggerAnswer, triggerAnswer } from './trigger-answer';

/** What the application is asked when somebody wants a channel, or wants to publish on one. */
export interface AuthorizationRequest {
  /** `subscribe` for the auth endpoint, `publish` for the trigger endpoint. */
  readonly action: 'subscribe' | 'publish';
  /** The channel. */
  readonly channel: string;
  /** The user of the token; `undefined` when tokens are not required and none was sent. */
  readonly userId: string | undefined;
  /** The connection, when the request named one. */
  readonly socketId: string | undefined;
  /** All parameters of the request: those of its query, and over them the fields of its body. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** The application's answer: no, yes, or yes as this member (for presence channels). */
export type AuthorizationDecision = boolean | { readonly userId?: string; readonly userInfo?: unknown };

/** How the application behind a test server behaves. */
export interface ApplicationOptions {
  /** Whether requests without a good token are answered 401. Default true. */
  readonly requireToken?: boolean;
  /** Who may do what; `false` is a 403. Default: everybody may do everything. */
  readonly authorize?: (
    request: AuthorizationRequest,
  ) => AuthorizationDecision | Promise<AuthorizationDecision>;
  /** Whether the auth endpoint signs many channels in one request (`channel_names`). Default true. */
  readonly batch?: boolean;
  /** Whether the trigger endpoint publishes many messages in one request (`batch`). Default true. */
  readonly publishBatch?: boolean;
  /** The user ids that a user watches, told at sign-in. Default: none. */
  readonly watchlist?: (userId: string) => readonly string[];
  /** How the trigger endpoint says that it took a message. Default `'result'`. */
  readonly triggerAnswer?: TriggerAnswer;
  /** Headers added to every answer of the application, such as `Deprecation`. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the endpoints need from the server around them. */
export interface ApplicationSurroundings {
  readonly options: ApplicationOptions;
  readonly apps: readonly ServerApp[];
  readonly tokenSecret: string;
  readonly now: () => number;
  readonly nextMessageId: () => string;
  /** Whether the Pusher server cannot be reached, so that nothing can be published. */
  readonly isDown: () => boolean;
}

/** Who a request comes from, or why that is not known. */
type Bearer =
  | { readonly claims: TokenClaims; readonly fault?: undefined }
  | { readonly claims?: undefined; readonly fault: string };

/** Who wants signatures, and for which connection. */
interface SigningRequest {
  readonly claims: TokenClaims | undefined;
  readonly socketId: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** The application's side: it knows the secret, checks tokens, signs, and publishes for its clients. */
export class Application {
  readonly #surroundings: ApplicationSurroundings;
  /** By who asked and under which key; what is being answered, too. */
  readonly #answered = new Map<string, Promise<HttpAnswer>>();

  constructor(surroundings: ApplicationSurroundings) {
    this.#surroundings = surroundings;
  }

  /** Whose token a request carries, or why it is nobody's. */
  #identify({ headers }: HttpCall): Bearer {
    const header = headers.get('authorization');
    if (header === undefined) return { fault: 'Not authenticated' };
    // RFC 9110, section 11.1: the scheme is in any case.
    const [, token] = /^Bearer (.+)$/i.exec(header) ?? [];
    if (token === undefined) return { fault: 'The Authorization header is not "Bearer <token>"' };
    const { tokenSecret, now } = this.#surroundings;
    const claims = readToken(tokenSecret, token);
    if (claims === undefined) return { fault: 'The token was not issued by this server' };
    return isExpired(claims, now()) ? { fault: expiry(claims, now()) } : { claims };
  }

  /** `POST /pusher/auth`: signs a subscription, or with `channel_names` many. */
  async authorizeChannel(call: HttpCall): Promise<HttpAnswer> {
    const { claims, fault } = this.#identify(call);
    if (fault !== undefined && this.#requiresToken) return refusal(401, fault);
    const parameters = callFields(call);
    const socketId = textField(parameters, 'socket_id');
    if (socketId === undefined || !/^\d+\.\d+$/.test(socketId)) return refusal(400, 'socket_id is missing');
    const connection = { claims, socketId, parameters };
    const names = field(parameters, 'channel_names');
    if (Array.isArray(names)) return this.#signEach(names, connection);
    const channel = textField(parameters, 'channel_name');
    return channel === undefined ? refusal(400, 'channel_name is missing') : this.#sign(channel, connection);
  }

  /** Each channel is decided on its own: a no to one of them is no answer to the others. */
  async #signEach(names: readonly unknown[], connection: SigningRequest): Promise<HttpAnswer> {
    const { batch = true } = this.#surroundings.options;
    if (!batch) return refusal(400, 'channel_name is missing');
    if (names.length > 100) return refusal(400, 'At most 100 channel_names');
    const entries = names.map(async (name) => {
      const { status, body } = await this.#sign(String(name), connection);
      return [String(name), status === 200 ? body : { status, error: field(asRecord(body), 'detail') }];
    });
    return { status: 200, body: { channels: Object.fromEntries(await Promise.all(entries)) } };
  }

  async #sign(channel: string, { claims, socketId, parameters }: SigningRequest): Promise<HttpAnswer> {
    const { settings } = this.#appOf(socketId);
    if (!isChannelName(channel, settings.limits.channelNameLength))
      return refusal(400, 'Invalid channel name');
    const decision = await this.#decide({ action: 'subscribe', channel, claims, socketId, parameters });
    if (decision === false) return refusal(403, `No access to ${channel}`);
    const { kind } = channelTraits(channel);
    if (kind !== 'presence') {
      const auth = signChannel(settings, socketId, channel);
      if (kind !== 'encrypted') return { status: 200, body: { auth } };
      const key = encodeBase64(channelKey(settings.encryptionMasterKey, channel));
      return { status: 200, body: { auth, shared_secret: key } };
    }
    const member = decision === true ? {} : decision;
    const userId = member.userId ?? claims?.sub ?? `guest-${socketId}`;
    const info = member.userInfo ?? field(claims, 'info') ?? { name: userId };
    const channelData = stringifyJson({ user_id: userId, user_info: info });
    if (channelData === undefined)
      throw new ConfigurationError('`authorize` returned a userInfo that cannot be serialized.');
    return {
      status: 200,
      body: { auth: signChannel(settings, socketId, channel, channelData), channel_data: channelData },
    };
  }

  /** `POST /pusher/user-auth`: signs who somebody is. */
  authenticateUser(call: HttpCall): HttpAnswer {
    const { claims, fault } = this.#identify(call);
    // A sign-in without a user makes no sense, so this one always wants a token.
    if (claims === undefined) return refusal(401, fault);
    const socketId = textField(callFields(call), 'socket_id');
    if (socketId === undefined || !/^\d+\.\d+$/.test(socketId)) return refusal(400, 'socket_id is missing');
    const watchlist = this.#watchlist(claims.sub);
    const user = { id: claims.sub, user_info: field(claims, 'info') ?? { name: claims.sub } };
    const userData = JSON.stringify(watchlist.length > 0 ? { ...user, watchlist } : user);
    const auth = signUser(this.#appOf(socketId).settings, socketId, userData);
    return { status: 200, body: { auth, user_data: userData } };
  }

  /** `POST /realtime/trigger`: publishes for a client, once for each `Idempotency-Key`; with `batch` many messages, each once for its `id`. */
  async trigger(call: HttpCall): Promise<HttpAnswer> {
    const { claims, fault } = this.#identify(call);
    if (fault !== undefined && this.#requiresToken) return refusal(401, fault);
    const parameters = asRecord(parseJson(call.body));
    if (parameters === undefined) return refusal(400, 'The body is not a JSON object');
    const batch = field(parameters, 'batch');
    if (Array.isArray(batch) && (this.#surroundings.options.publishBatch ?? true)) {
      return this.#publishEach(batch, claims);
    }
    // A key without a value says nothing, as one that is not there.
    return this.#publishOnce(parameters, call.headers.get('idempotency-key') || undefined, claims);
  }

  /** One after the other, and each decided on its own: a no to one of them is no answer to the others. */
  async #publishEach(batch: readonly unknown[], claims: TokenClaims | undefined): Promise<HttpAnswer> {
    if (batch.length > 10) return refusal(413, 'At most 10 messages in a batch');
    const results: (readonly [string, unknown])[] = [];
    for (const each of batch) {
      const message = asRecord(each);
      const id = textField(message, 'id');
      if (message === undefined || !id) return refusal(422, 'Each message of a batch needs an id');
      const { status, body } = await this.#publishOnce(message, id, claims);
      results.push([
        id,
        status < 300 ? (body ?? { ok: true }) : { status, error: field(asRecord(body), 'detail') },
      ]);
    }
    return { status: 200, body: { results: Object.fromEntries(results) } };
  }

  async #publishOnce(
    parameters: JsonRecord,
    key: string | undefined,
    claims: TokenClaims | undefined,
  ): Promise<HttpAnswer> {
    if (key === undefined) return this.#publish(parameters, key, claims);
    const scope = JSON.stringify([claims?.sub ?? null, key]);
    const earlier = this.#answered.get(scope);
    if (earlier !== undefined) {
      const answer = await earlier;
      return { ...answer, headers: { ...answer.headers, 'idempotent-replayed': 'true' } };
    }
    const answering = this.#publish(parameters, key, claims);
    this.#answered.set(scope, answering);
    let accepted = false;
    try {
      const answer = await answering;
      accepted = answer.status < 300;
      return answer;
    } finally {
      if (!accepted) this.#answered.delete(scope);
    }
  }

  /** `GET /realtime/history?channel=…&since=<ms>&after=<id>`: what was published on a channel from then on. */
  async history(call: HttpCall): Promise<HttpAnswer> {
    const { claims, fault } = this.#identify(call);
    if (fault !== undefined && this.#requiresToken) return refusal(401, fault);
    const { searchParams } = call.url;
    // A parameter without a value says nothing, as one that is not there.
    const channel = searchParams.get('channel') || undefined;
    const after = searchParams.get('after') || undefined;
    const limit = Number(searchParams.get('limit') || 1000);
    const since = Number(searchParams.get('since') || Number.NEGATIVE_INFINITY);
    if (channel === undefined) return refusal(400, 'channel is missing');
    if (!Number.isInteger(limit) || limit < 1) return refusal(400, 'limit must be a whole number above 0');
    if (Number.isNaN(since)) return refusal(400, 'since must be milliseconds since 1970');
    const parameters = Object.fromEntries(searchParams);
    const decision = await this.#decide({ action: 'subscribe', channel, claims, parameters });
    if (decision === false) return refusal(403, `No access to ${channel}`);
    const { messages, complete } = this.#defaultApp.history.from(channel, { since, after });
    const page = messages.slice(0, limit).map(({ id, event, data, publishedAt }) => {
      const parsed = parseJson(data);
      return { id, event, data: parsed === undefined ? data : parsed, published_at: publishedAt };
    });
    return {
      status: 200,
      body: { channel, messages: page, complete: complete && page.length === messages.length },
    };
  }

  get #defaultApp(): ServerApp {
    const [app] = this.#surroundings.apps;
    if (app === undefined) throw new TypeError('A test server has at least one app');
    return app;
  }

  /** Clients do not say which app they mean; the connection tells. */
  #appOf(socketId: string): ServerApp {
    return this.#surroundings.apps.find((app) => app.connections.has(socketId)) ?? this.#defaultApp;
  }

  get #requiresToken(): boolean {
    return this.#surroundings.options.requireToken ?? true;
  }

  async #decide(question: {
    readonly action: AuthorizationRequest['action'];
    readonly channel: string;
    readonly claims: TokenClaims | undefined;
    readonly socketId?: string | undefined;
    readonly parameters: Readonly<Record<string, unknown>>;
  }): Promise<AuthorizationDecision> {
    const { action, channel, claims, socketId, parameters } = question;
    const { authorize } = this.#surroundings.options;
    if (authorize === undefined) return true;
    const request = { action, channel, userId: claims?.sub, socketId, parameters };
    const decision: unknown = await asked('authorize', () => authorize(request));
    if (isDecision(decision)) return decision;
    throw new ConfigurationError(
      `\`authorize\` must return true, false or { userId?, userInfo? }; got ${show(decision)}.`,
    );
  }

  #watchlist(userId: string): readonly string[] {
    try {
      return this.#surroundings.options.watchlist?.(userId) ?? [];
    } catch (cause) {
      throw failed('watchlist', cause);
    }
  }

  async #publish(
    parameters: JsonRecord,
    key: string | undefined,
    claims: TokenClaims | undefined,
  ): Promise<HttpAnswer> {
    const { options, nextMessageId, isDown } = this.#surroundings;
    const channel = textField(parameters, 'channel');
    const event = textField(parameters, 'event');
    const data = payloadText(field(parameters, 'data'));
    if (channel === undefined || event === undefined || data === undefined) {
      return refusal(422, 'channel, event and data are required');
    }
    const socketId = textField(parameters, 'socket_id');
    const app = socketId === undefined ? this.#defaultApp : this.#appOf(socketId);
    const fault = publicationFault(app.settings, event, channel, data);
    if (fault !== undefined) return refusal(fault.status === 413 ? 413 : 422, fault.reason);
    const decision = await this.#decide({ action: 'publish', channel, claims, socketId, parameters });
    if (decision === false) return refusal(403, `No access to ${channel}`);
    if (isDown()) return refusal(503, 'The realtime service cannot be reached');
    const messageId = textField(parameters, 'id') || key || nextMessageId();
    const sealed = sealData(app.settings, channel, data);
    app.publish({ channel, event, data: sealed, messageId, except: socketId, by: 'application' });
    const attributes = channelAttributes(app, channel, ['user_count', 'subscription_count']);
    const shape = options.triggerAnswer ?? 'result';
    return asked('triggerAnswer', () =>
      triggerAnswer(shape, { channel, event, eventId: messageId, attributes }),
    );
  }
}

/** Why a token is no good any more; one that never was any good is a mistake of units more often than not. */
function expiry({ iat, exp }: TokenClaims, now: number): string {
  const life = Math.round((exp - iat) * 1000);
  if (life <= 0) return 'The token was issued expired';
  const short = life < 1000 ? `; \`expiresIn\` of issueToken() is in milliseconds` : '';
  return `The token expired ${Math.ceil(now - exp * 1000)} ms ago: it was issued for ${life} ms${short}`;
}

function isDecision(value: unknown): value is AuthorizationDecision {
  if (typeof value === 'boolean') return true;
  const userId = field(asRecord(value), 'userId');
  return asRecord(value) !== undefined && (userId === undefined || typeof userId === 'string');
}

/** Asks a function of the application; what it throws says which one it was. */
async function asked<Answer>(name: string, ask: () => Answer | Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (cause) {
    throw failed(name, cause);
  }
}

function failed(name: string, cause: unknown): ConfigurationError {
  if (cause instanceof ConfigurationError) return cause;
  const reason = cause instanceof Error ? cause.message : show(cause);
  return new ConfigurationError(`\`${name}\` of the test server threw: ${reason}`, { cause });
}
