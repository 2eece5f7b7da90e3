import { ConfigurationError, isRealtimeError } from '../errors';
import type { Clock, Credentials } from '../ports';
import { aborted, within } from '../support/deadline';
import type { DeprecationNotice } from '../types';
import { type BackendAnswer, explanation, explanationIn, retryAfter, verdict } from './answer';
import { deprecationNotice } from './deprecation-notice';

/** Names and values to add to a request, or a function that is asked for them before each one (a CSRF token changes). */
export type RequestFields =
  | Readonly<Record<string, string>>
  | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>);

/** What an application says about one of its endpoints. */
export interface EndpointOptions {
  readonly endpoint: string;
  readonly headers?: RequestFields | undefined;
  readonly params?: RequestFields | undefined;
  readonly credentials?: 'omit' | 'same-origin' | 'include' | undefined;
}

/** How one of the application's endpoints wants to be asked. */
export interface EndpointSettings {
  /** Its address; relative ones work where there is a page. */
  readonly endpoint: string;
  /** Added to the headers. `Authorization` is set from the token when there is one. */
  readonly headers: RequestFields;
  /** Added to the body, beside the fields of the contract, which win. */
  readonly params: RequestFields;
  /** Whether cookies go along, as in `fetch`. */
  readonly credentials: 'omit' | 'same-origin' | 'include';
  /** How long an answer may take, in milliseconds. */
  readonly timeout: number;
}

/** Fills the defaults that all endpoints share. */
export function endpointSettings(options: EndpointOptions): EndpointSettings {
  return {
    endpoint: options.endpoint,
    headers: options.headers ?? {},
    params: options.params ?? {},
    credentials: options.credentials ?? 'same-origin',
    timeout: 10_000,
  };
}

/** What a request needs from outside. */
export interface EndpointSurroundings {
  /** As the platform's. */
  readonly fetch: (address: string, init: RequestInit) => Promise<Response>;
  /** Time. */
  readonly clock: Clock;
  /** Tokens. */
  readonly credentials: Credentials;
  /** The endpoint says that it will go away; told once. */
  readonly onDeprecation: (notice: DeprecationNotice) => void;
}

/** What goes into one request. */
export interface EndpointRequest {
  /** The body's fields. Forms take the values as text. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** How the fields are written: into the body of a POST, or into the query of a GET. */
  readonly format: 'form' | 'json' | 'query';
  /** Headers of this request alone. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * One address of the application's backend: asked with a token, within a deadline, once more with a new token after a 401.
 * Redirects are not followed, because token, cookies and body would go where nobody configured them to go.
 */
export class BackendEndpoint {
  readonly #settings: EndpointSettings;
  readonly #surroundings: EndpointSurroundings;
  #deprecationTold = false;

  constructor(settings: EndpointSettings, surroundings: EndpointSurroundings) {
    this.#settings = settings;
    this.#surroundings = surroundings;
  }

  /**
   * Sends `request`. Resolves with whatever was answered, also when nobody did. Rejects with what the credentials reject
   * with, with a `ConfigurationError` when the request cannot be written, and with code `aborted` when `signal` aborts.
   */
  async ask(request: EndpointRequest, signal: AbortSignal): Promise<BackendAnswer> {
    const { credentials } = this.#surroundings;
    const token = await credentials.token(signal);
    const answer = await this.#once(request, token, signal);
    if (answer.verdict !== 'unauthorized') return answer;
    const renewed = await credentials.renew(token, signal);
    return renewed === undefined || renewed === token ? answer : this.#once(request, renewed, signal);
  }

  async #once(
    request: EndpointRequest,
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<BackendAnswer> {
    const { clock } = this.#surroundings;
    const { timeout } = this.#settings;
    try {
      return await within((ends) => this.#exchange(request, token, ends), { clock, timeout, signal });
    } catch (error) {
      if (signal.aborted) throw aborted();
      if (error instanceof ConfigurationError) throw error;
      this.#checkAddress();
      const late = isRealtimeError(error) && error.code === 'timeout';
      const words = late ? `did not answer within ${timeout} ms` : 'could not be reached';
      return { verdict: 'later', text: '', words, cause: error };
    }
  }

  async #exchange(
    request: EndpointRequest,
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<BackendAnswer> {
    const { endpoint, headers, params, credentials } = this.#settings;
    // Not called as a method: the browser's `fetch` refuses another `this`.
    const { fetch, clock } = this.#surroundings;
    let added: readonly [Fields, Fields];
    try {
      added = await Promise.all([resolveFields(headers), resolveFields(params)]);
    } catch (cause) {
      const words = 'could not be asked, because the function for its headers or params threw';
      return { verdict: 'later', text: '', words, cause };
    }
    const fields = { ...added[1], ...request.fields };
    const asks = request.format === 'query';
    const response = await fetch(asks ? withQuery(endpoint, fields) : endpoint, {
      method: asks ? 'GET' : 'POST',
      headers: writeHeaders(request, added[0], token),
      ...(asks
        ? undefined
        : { body: request.format === 'json' ? JSON.stringify(fields) : writeQuery(fields) }),
      credentials,
      redirect: 'manual',
      signal,
    });
    const { status } = response;
    this.#noteDeprecation(response.headers);
    if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
      const words = 'answered with a redirect, which is not followed; configure the address it leads to';
      return { verdict: 'refused', text: '', words, ...(status === 0 ? {} : { status }) };
    }
    const text = await response.text();
    const wait = retryAfter(response.headers, clock.now());
    return {
      verdict: verdict(status),
      status,
      text,
      words: `answered ${status}${explanation(text, token)}`,
      explain: (part) => explanationIn(part, token),
      ...(wait === undefined ? {} : { retryAfter: wait }),
    };
  }

  #noteDeprecation(headers: Headers): void {
    if (this.#deprecationTold) return;
    const notice = deprecationNotice(this.#settings.endpoint, headers, this.#surroundings.clock.now());
    if (notice === undefined) return;
    this.#deprecationTold = true;
    this.#surroundings.onDeprecation(notice);
  }

  /** Asked only after a failure: a `fetch` that was passed in may well know what to do with any address. */
  #checkAddress(): void {
    const { endpoint } = this.#settings;
    try {
      new URL(endpoint, globalThis.location?.href);
    } catch {
      throw new ConfigurationError(
        `The endpoint "${endpoint}" is no full address, and there is no page that it could be relative to: write https://…`,
      );
    }
  }
}

type Fields = Readonly<Record<string, string>>;

async function resolveFields(fields: RequestFields): Promise<Fields> {
  return typeof fields === 'function' ? fields() : fields;
}

function writeHeaders(request: EndpointRequest, added: Fields, token: string | undefined): Headers {
  const written = new Headers({ accept: 'application/json' });
  if (request.format === 'json') written.set('content-type', 'application/json');
  if (request.format === 'form') written.set('content-type', 'application/x-www-form-urlencoded');
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  for (const [name, value] of Object.entries({ ...added, ...authorization, ...request.headers })) {
    try {
      written.set(name, value);
    } catch {
      // Without the cause: its message quotes the value, which may be the token.
      throw new ConfigurationError(
        name === 'authorization'
          ? 'The token has characters that no header can carry (a line break, perhaps).'
          : `The header ${JSON.stringify(name)} or its value has characters that no header can carry.`,
      );
    }
  }
  return written;
}

function withQuery(endpoint: string, fields: Readonly<Record<string, unknown>>): string {
  return `${endpoint}${endpoint.includes('?') ? '&' : '?'}${writeQuery(fields)}`;
}

function writeQuery(fields: Readonly<Record<string, unknown>>): string {
  return new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, String(value)])).toString();
}
