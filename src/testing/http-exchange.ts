import { asRecord, type JsonRecord, parseJson } from './json-values';

/** A request, read completely. */
export interface HttpCall {
  readonly method: string;
  readonly url: URL;
  /** By their names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** The bound that the body was beyond, in bytes; nothing of it is here then. */
  readonly mostBytes?: number;
  /** Aborts when the caller no longer waits. */
  readonly signal: AbortSignal;
}

/** An answer to be written: objects as JSON, texts as they are. */
export interface HttpAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Statuses whose answers have no body. */
const bodiless = new Set([204, 205, 304]);

/** What a request asks: the parameters of its query, and over them the fields of its body. */
export function callFields(call: HttpCall): JsonRecord {
  return { ...Object.fromEntries(call.url.searchParams), ...bodyFields(call) };
}

/** The fields of a body, whether it is JSON or a form. */
export function bodyFields(call: HttpCall): JsonRecord | undefined {
  if (call.headers.get('content-type')?.includes('application/x-www-form-urlencoded')) {
    return Object.fromEntries(new URLSearchParams(call.body));
  }
  return asRecord(parseJson(call.body));
}

/** An answer as it goes out: its body as text, if it has one. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string | undefined;
}

/** Writes an answer. */
export function writeReply({ status, body, headers }: HttpAnswer): HttpReply {
  const isText = typeof body === 'string';
  const type = isText ? 'text/plain; charset=utf-8' : 'application/json';
  const empty = body === undefined || bodiless.has(status);
  return {
    status,
    headers: { ...(empty ? {} : { 'content-type': type }), ...headers },
    text: empty ? undefined : isText ? body : JSON.stringify(body),
  };
}

/** What `fetch` takes for headers, by their names in lower case. */
export function headerFields(headers: HeadersInit): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  const set = (value: string, name: string): void => void fields.set(name.toLowerCase(), value);
  if (Array.isArray(headers)) for (const [name = '', value = ''] of headers) set(value, name);
  else if (typeof headers.forEach === 'function') (headers as Headers).forEach(set);
  else for (const [name, value] of Object.entries(headers)) set(String(value), name);
  return fields;
}

/** An error answer as FastAPI writes it. */
export function refusal(status: number, detail: string): HttpAnswer {
  return { status, body: { detail } };
}
