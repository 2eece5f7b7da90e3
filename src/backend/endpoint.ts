import { ConfigurationError, ConnectionError, isRealtimeError, type RealtimeError } from '../errors';
import type { Clock, Credentials } from '../ports';
import { backoff } from '../support/backoff';
import { aborted, within } from '../support/deadline';
import { pause } from '../support/pause';
import { Stopwatch } from '../support/stopwatch';
import type { DeprecationNotice } from '../types';
import { shownAddress } from './address';
import { type BackendAnswer, explanation, explanationIn, isAnswered, retryAfter, verdict } from './answer';
import { EndlessBody, longestBody, readBody } from './body';
import { deprecationNotice, deprecationWarning } from './deprecation-notice';

/** A field that is added to a request. What says nothing, `undefined`, `null` and `''`, is left out. */
export type RequestField = string | number | boolean | null | undefined;

/** Names and values to add to a request, or a function that is asked for them before each one (a CSRF token changes). */
export type RequestFields =
  | Readonly<Record<string, RequestField>>
  | (() => Readonly<Record<string, RequestField>> | Promise<Readonly<Record<string, RequestField>>>);

/** How one of the application's endpoints wants to be asked. */
export interface EndpointSettings {
  /** Its address; relative ones work where there is a page. */
  readonly endpoint: string;
  /** Added to the headers. `Authorization` is set from the token when there is one. */
  readonly headers?: RequestFields | undefined;
  /** Added to the body, beside the fields of the contract, which win. */
  readonly params?: RequestFields | undefined;
  /** Whether cookies go along, as in `fetch`. Default: `same-origin`. */
  readonly credentials?: 'omit' | 'same-origin' | 'include' | undefined;
}

/** What a request needs from outside. */
export interface EndpointSurroundings {
  /** As the platform's. */
  readonly fetch: (address: string, init: RequestInit) => Promise<Response>;
  readonly clock: Clock;
  /** Chance, from 0 up to 1. */
  readonly random: () => number;
  readonly credentials: Credentials;
  /** How often the network was lost so far: what was pooled before may be dead. */
  readonly losses: () => number;
  /** The endpoint says that it will go away; told once. */
  readonly onDeprecation: (notice: DeprecationNotice, warning: string) => void;
  /** Gets what somebody should look at although it is tried again, such as an endpoint that a page is not allowed to call. */
  readonly report: (error: RealtimeError) => void;
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

/** How long an answer may take, in milliseconds. */
const timeout = 10_000;
/** A pooled connection may have died with the network: the first request after a loss gets so many milliseconds, then another one. */
const doubtfulTimeout = 3_000;
/** A request waits so long for the time that the endpoint asked for; one that would have to wait longer is told so at once. */
const patience = 8_000;
/** So many requests in a row that reach nobody are worth a word about CORS. */
const unreachedLimit = 3;

/**
 * One address of the application's backend: asked with a token, within a deadline, once more with a new token after a 401 or fresh
 * headers after a 419. After a 429, or a 503 with `Retry-After`, nobody asks it before the time has come. Redirects are not followed,
 * because token, cookies and body would go where nobody configured them to go.
 */
export class BackendEndpoint {
  readonly #settings: EndpointSettings;
  readonly #surroundings: EndpointSurroundings;
  #deprecationTold = false;
  /** The losses of the network that an answer has come after. */
  #provenAfter = 0;
  /** What it asks for is a length: a clock that somebody sets must not make it another one. */
  readonly #stopwatch: Stopwatch;
  #closedUntil = 0;
  #busy = 0;
  #unreached = 0;
  #corsTold = false;

  constructor(settings: EndpointSettings, surroundings: EndpointSurroundings) {
    this.#settings = settings;
    this.#surroundings = surroundings;
    this.#stopwatch = new Stopwatch(surroundings.clock);
  }

  /**
   * Sends `request`. Resolves with whatever was answered, even when nobody did. Rejects with what the credentials reject
   * with, with a `ConfigurationError` when the request cannot be written, and with code `aborted` when `signal` aborts.
   */
  async ask(request: EndpointRequest, signal: AbortSignal): Promise<BackendAnswer> {
    const { credentials } = this.#surroundings;
    const closed = await this.#opening(signal);
    if (closed !== undefined) return closed;
    const token = await credentials.token(signal);
    const answer = await this.#once(request, token, signal);
    if (answer.status === 419) return this.#once(request, token, signal);
    if (answer.verdict !== 'unauthorized') return answer;
    const renewed = await credentials.renew(token, signal);
    if (renewed !== undefined && renewed !== token) return this.#once(request, renewed, signal);
    // Without a token it was the cookie or a header that was refused, and the application may have another one.
    return token === undefined && this.#hasFreshFields ? this.#once(request, token, signal) : answer;
  }

  get #hasFreshFields(): boolean {
    return typeof this.#settings.headers === 'function' || typeof this.#settings.params === 'function';
  }

  /** Waits for the time that the endpoint asked for; the answer for those who would have to wait too long. */
  async #opening(signal: AbortSignal): Promise<BackendAnswer | undefined> {
    const { clock, random } = this.#surroundings;
    for (;;) {
      const left = this.#closedUntil - this.#stopwatch.elapsed();
      if (left <= 0) return undefined;
      if (left > patience) {
        const words = `asked to be left alone for ${Math.ceil(left / 1000)} s`;
        return { verdict: 'later', text: '', words, retryAfter: left };
      }
      // Spread, so that those who waited do not all ask in the first moment.
      await pause(clock, left + random() * Math.min(1_000, left), [signal]);
      if (signal.aborted) throw aborted();
    }
  }

  /** It said that we ask too much: for everybody who asks here, and not only for the one who heard it. */
  #close({ status, retryAfter: asked }: BackendAnswer): void {
    if (status !== 429 && !(status === 503 && asked !== undefined)) {
      if (status !== undefined && status < 500) this.#busy = 0;
      return;
    }
    const wait = backoff(this.#busy, { base: 500, cap: 30_000 }, this.#surroundings.random, asked);
    this.#busy += 1;
    this.#closedUntil = Math.max(this.#closedUntil, this.#stopwatch.elapsed() + wait);
  }

  async #once(
    request: EndpointRequest,
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<BackendAnswer> {
    if (this.#surroundings.losses() > this.#provenAfter) {
      const answer = await this.#try(request, token, doubtfulTimeout, signal);
      if (answer !== 'late') return answer;
    }
    const answer = await this.#try(request, token, timeout, signal);
    if (answer !== 'late') return answer;
    const words = `did not answer within ${timeout} ms`;
    return { verdict: 'later', text: '', words, cause: aborted(`No answer within ${timeout} ms.`) };
  }

  async #try(
    request: EndpointRequest,
    token: string | undefined,
    limit: number,
    signal: AbortSignal,
  ): Promise<BackendAnswer | 'late'> {
    const { clock, losses } = this.#surroundings;
    const before = losses();
    try {
      const answer = await within((ends) => this.#exchange(request, token, ends), {
        clock,
        timeout: limit,
        signal,
      });
      if (answer.status !== undefined) {
        this.#provenAfter = before;
        this.#unreached = 0;
        this.#close(answer);
      }
      return answer;
    } catch (error) {
      if (signal.aborted) throw aborted();
      if (error instanceof ConfigurationError) throw error;
      if (isRealtimeError(error) && error.code === 'timeout') return 'late';
      if (error instanceof EndlessBody) {
        const words = `answered with more than ${longestBody / 1024} KiB, which is not read`;
        return { verdict: 'later', text: '', words };
      }
      this.#checkAddress();
      this.#mayBeForbidden(error);
      return { verdict: 'later', text: '', words: 'could not be reached', cause: error };
    }
  }

  async #exchange(
    request: EndpointRequest,
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<BackendAnswer> {
    const { endpoint, headers, params, credentials = 'same-origin' } = this.#settings;
    // Not called as a method: the browser's `fetch` refuses another `this`.
    const { fetch, clock } = this.#surroundings;
    let added: readonly [Fields, Fields];
    try {
      added = await Promise.all([resolveFields(headers), resolveFields(params)]);
    } catch (cause) {
      if (cause instanceof ConfigurationError) throw cause;
      const words = 'could not be asked, because the function for its headers or params threw';
      return { verdict: 'later', text: '', words, cause };
    }
    // Nobody waits any more: what the application's functions took so long for must not be sent.
    if (signal.aborted) throw aborted();
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
    // React Native follows redirects, whatever it is told.
    if (response.type === 'opaqueredirect' || response.redirected || (status >= 300 && status < 400)) {
      const words = 'answered with a redirect, which is not followed; configure the address it leads to';
      return { verdict: 'refused', text: '', words, ...(status === 0 ? {} : { status }) };
    }
    if (!isAnswered(status)) throw new TypeError('`fetch` brought no answer: it has no HTTP status.');
    const text = await readBody(response, longestBody, signal);
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
    this.#surroundings.onDeprecation(notice, deprecationWarning(notice));
  }

  /** A browser does not say that it is CORS; it only says that nothing came. */
  #mayBeForbidden(cause: unknown): void {
    this.#unreached += 1;
    const page = globalThis.location?.origin;
    const { endpoint } = this.#settings;
    if (this.#corsTold || this.#unreached < unreachedLimit || page === undefined || page === 'null') return;
    if (new URL(endpoint, globalThis.location.href).origin === page) return;
    this.#corsTold = true;
    this.#surroundings.report(
      new ConnectionError(
        `"${shownAddress(endpoint)}" could not be reached ${unreachedLimit} times in a row; surewire keeps trying. If it is up, it does not allow pages of ${page} to call it: see the guide on CORS.`,
        { cause, retryable: true },
      ),
    );
  }

  /** Asked only after a failure: a `fetch` that was passed in may well know what to do with any address. */
  #checkAddress(): void {
    const { endpoint } = this.#settings;
    try {
      new URL(endpoint, globalThis.location?.href);
    } catch {
      throw new ConfigurationError(
        `The endpoint "${shownAddress(endpoint)}" is a relative URL, and there is no page. Use an absolute one: https://…`,
      );
    }
  }
}

type Fields = Readonly<Record<string, string>>;

/** What an application adds: every value a text, and nothing for those that say nothing. */
async function resolveFields(fields: RequestFields | undefined): Promise<Fields> {
  const given: unknown = typeof fields === 'function' ? await fields() : fields;
  const resolved: Record<string, string> = {};
  if (given === undefined || given === null) return resolved;
  if (typeof given !== 'object') throw new TypeError('Headers and params must be objects.');
  // `Headers` and `Map` have their values elsewhere.
  const entries: Iterable<unknown> =
    Symbol.iterator in given ? (given as Iterable<unknown>) : Object.entries(given);
  for (const entry of entries) {
    const [name, value] = entry as readonly [string, unknown];
    if (value === undefined || value === null || value === '' || Number.isNaN(value)) continue;
    resolved[name] = written(name, value);
  }
  return resolved;
}

/** The text of a value. Throws a `ConfigurationError` for one of which a text says only what it is: a function that nobody called, a promise that nobody waited for. */
function written(name: string, value: unknown): string {
  const text = typeof value === 'function' || typeof value === 'symbol' ? '[object' : String(value);
  if (!text.startsWith('[object')) return text;
  throw new ConfigurationError(
    `${JSON.stringify(name)} in \`headers\` or \`params\` is no text, number or boolean. For fresh values pass a function: async () => ({ … }).`,
  );
}

/** RFC 9110, sections 5.1 and 5.5, as `fetch` takes them. */
const headerName = /^[!#$%&'*+.^_`|~\w-]+$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** As fields and not as `Headers`, which jsdom lacks. Names are in lower case, so that what comes later wins. */
function writeHeaders(request: EndpointRequest, added: Fields, token: string | undefined): Fields {
  const written: Record<string, string> = { accept: 'application/json' };
  if (request.format === 'json') written['content-type'] = 'application/json';
  if (request.format === 'form') written['content-type'] = 'application/x-www-form-urlencoded';
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  for (const [name, value] of Object.entries({ ...added, ...authorization, ...request.headers })) {
    const text = value.trim();
    if (!headerName.test(name) || !headerValue.test(text)) {
      // Without the value, which may be the token.
      throw new ConfigurationError(
        name === 'authorization'
          ? 'The token has characters that no header can carry (a line break, perhaps).'
          : `The header ${JSON.stringify(name)} or its value has characters that no header can carry.`,
      );
    }
    written[name.toLowerCase()] = text;
  }
  return written;
}

function withQuery(endpoint: string, fields: Readonly<Record<string, unknown>>): string {
  return `${endpoint}${endpoint.includes('?') ? '&' : '?'}${writeQuery(fields)}`;
}

/** By hand, because the platform's own is not whole everywhere (React Native). */
function writeQuery(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${encode(name)}=${encode(String(value))}`)
    .join('&');
}

function encode(text: string): string {
  try {
    return encodeURIComponent(text).replaceAll('%20', '+');
  } catch {
    // Half of a surrogate pair, which has no encoding: with `u` a whole one is one character.
    return encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd')).replaceAll('%20', '+');
  }
}
