import { fieldsOf, parseJson } from '../support/json';

/**
 * What an HTTP answer means for what was asked. `later`: the same request may go well in a while. `unauthorized`: with
 * this token it will not. `refused`: it never will.
 */
export type Verdict = 'accepted' | 'unauthorized' | 'refused' | 'later';

/** What came of a request to the application's backend. */
export interface BackendAnswer {
  /** What to do about it. */
  readonly verdict: Verdict;
  /** The HTTP status; undefined when nobody answered. */
  readonly status?: number;
  /** The body as it came; empty when nobody answered. */
  readonly text: string;
  /** What happened, for people, to follow the endpoint's name in a sentence: `answered 403 ("Not your class")`. */
  readonly words: string;
  /** The explanation in a part of the body as the end of a sentence, fit to be shown; see `explanation`. */
  readonly explain?: (part: unknown) => string;
  /** The server's wish, in milliseconds from now. */
  readonly retryAfter?: number;
  /** What `fetch` threw when nobody answered. */
  readonly cause?: unknown;
}

/** What we read of an answer's headers. */
export interface AnswerHeaders {
  get(name: string): string | null;
}

/** Too early and too many are said with 4xx, although waiting cures them. */
const passing: readonly number[] = [408, 425, 429];

/** What `status` means. Redirects count as refused: see `BackendEndpoint`. */
export function verdict(status: number): Verdict {
  if (status >= 200 && status < 300) return 'accepted';
  if (status === 401) return 'unauthorized';
  return status >= 500 || passing.includes(status) ? 'later' : 'refused';
}

/** Whether there is an HTTP status at all: opaque answers and those of `Response.error()` have 0, other programs' anything. */
export function isAnswered(status: number): boolean {
  return status >= 200 && status < 1_000;
}

/** A header that is longer says nothing that we want to know. */
const longestHeader = 2_000;

/** A header as a short text; undefined when it is missing or far too long. */
export function headerOf(headers: AnswerHeaders, name: string): string | undefined {
  const value = headers.get(name);
  if (typeof value !== 'string' || value.length > longestHeader) return undefined;
  return value.trim();
}

/**
 * `Retry-After` in milliseconds, whether it counts seconds or names a date; undefined when it does neither. A date is
 * measured from the answer's own `Date` where there is one, because our clock may be wrong.
 */
export function retryAfter(headers: AnswerHeaders, now: number): number | undefined {
  const value = headerOf(headers, 'retry-after');
  if (value === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  // HTTP dates begin with the day's name; without it `Date.parse` makes dates of numbers like -5.
  const date = /^[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(date)) return undefined;
  const sent = Date.parse(headerOf(headers, 'date') ?? '');
  return Math.max(0, date - (Number.isNaN(sent) ? now : sent));
}

/** Whether it is what Pusher's servers call `auth`: the key, and a signature in hex. */
export function isSignature(value: unknown): value is string {
  return typeof value === 'string' && value.length <= longestHeader && /^[^:\s]+:[0-9a-f]+$/i.test(value);
}

/** Whether `text` is somebody's web page rather than an answer. */
export function isPage(text: string): boolean {
  return text.trimStart().startsWith('<');
}

/**
 * The server's own explanation in `text` as the end of a sentence, empty when there is none: FastAPI's `detail`, or
 * `error`, or `message`, shortened. Never a whole body, and with `token` and whatever looks like one blacked out:
 * servers like to quote.
 */
export function explanation(text: string, token: string | undefined): string {
  return isPage(text) ? ' with a web page' : explanationIn(parseJson(text), token);
}

/** Of what a server says we look at the beginning only: this much is read, and a part of it shown, in UTF-16 code units. */
const readable = 2_000;
const shown = 200;

/** `explanation` of what was parsed already. */
export function explanationIn(value: unknown, token: string | undefined): string {
  const fields = fieldsOf(value);
  const said = [fields['detail'], fields['error'], fields['message']].map(sentence).find(Boolean);
  if (said === undefined) return '';
  const line = blackened(said, token).replaceAll(/\s+/g, ' ');
  return ` ("${line.length > shown ? `${line.slice(0, shown - 1)}…` : line}")`;
}

/** The beginning of `said` without our token and without whatever looks like one. */
function blackened(said: string, token: string | undefined): string {
  let text = said;
  if (said.length > readable) {
    // Not the last word: half a token would not be recognised.
    let end = readable;
    while (end > 0 && /[\w.+/=-]/.test(said.charAt(end - 1))) end -= 1;
    text = said.slice(0, end);
  }
  if (token !== undefined && token !== '') text = text.replaceAll(token, '[token]');
  return text
    .split(/([^\w.+/=-]+)/)
    .map((part) => (looksSecret(part, token) ? '[token]' : part))
    .join('');
}

/** A JSON web token, or the beginning of ours, with which some servers point at what they got. */
function looksSecret(part: string, token: string | undefined): boolean {
  if (token !== undefined && token.length >= 16 && part.includes(token.slice(0, 12))) return true;
  const [head = '', body = '', signature] = part.split('.');
  return signature !== undefined && head.length >= 8 && body.length >= 8;
}

function sentence(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  // Validation errors of FastAPI: `msg` says what is wrong; `input` would repeat the payload.
  if (Array.isArray(value)) {
    const found = value.slice(0, 10).map((entry) => fieldsOf(entry)['msg']);
    return found.filter((entry) => typeof entry === 'string').join('; ');
  }
  const message = fieldsOf(value)['message'];
  return typeof message === 'string' ? message : undefined;
}
