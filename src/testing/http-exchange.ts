import { asRecord, type JsonRecord, parseJson } from './json-values';

/** A request, read completely. */
export interface HttpCall {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
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

/** Writes an answer. */
export function toResponse({ status, body, headers }: HttpAnswer): Response {
  const isText = typeof body === 'string';
  const type = isText ? 'text/plain; charset=utf-8' : 'application/json';
  const empty = body === undefined || bodiless.has(status);
  return new Response(empty ? null : isText ? body : JSON.stringify(body), {
    status,
    headers: { ...(empty ? {} : { 'content-type': type }), ...headers },
  });
}

/** An error answer as FastAPI writes it. */
export function refusal(status: number, detail: string): HttpAnswer {
  return { status, body: { detail } };
}
