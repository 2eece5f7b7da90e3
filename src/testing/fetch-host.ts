import { ConfigurationError } from '../index';
import { type HttpCall, type HttpReply, headerFields } from './http-exchange';
import type { HttpSurface } from './http-surface';
import { PlainResponse } from './plain-response';

/** Makes a `fetch` that a test server answers, whatever the host in the address; relative ones belong to `origin`. */
export function fetchFrom(surface: HttpSurface, origin: string): typeof fetch {
  return async (input, init) => {
    const call = hasPlatform() ? await readRequest(input, init, origin) : readPlainly(input, init, origin);
    throwIfAborted(call.signal);
    const reply = await Promise.race([surface.respond(call), rejectOnAbort(call.signal)]);
    if (reply === undefined) throw new TypeError('Failed to fetch');
    return toResponse(reply);
  };
}

/** Reads a request of the platform. */
export async function readPlatformRequest(request: Request): Promise<HttpCall> {
  return {
    method: request.method,
    url: new URL(request.url),
    headers: headerFields(request.headers),
    body: await request.text(),
    signal: request.signal,
  };
}

/** Writes a reply as the platform's `Response`, or as what can be read like one where there is none. */
export function toResponse(reply: HttpReply): Response {
  const { status, headers, text } = reply;
  if (hasPlatform()) return new Response(text ?? null, { status, headers });
  // It has the members that clients use; whoever wants the others has no `Response` to compare it with.
  return new PlainResponse(reply) as unknown as Response;
}

/** jsdom has neither, and Jest lets nobody reach those of Node. */
function hasPlatform(): boolean {
  return typeof Request === 'function' && typeof Response === 'function';
}

type Input = Parameters<typeof fetch>[0];
type Init = Parameters<typeof fetch>[1];

function readRequest(input: Input, init: Init, origin: string): Promise<HttpCall> {
  return readPlatformRequest(new Request(input instanceof Request ? input : new URL(input, origin), init));
}

function readPlainly(input: Input, init: Init, origin: string): HttpCall {
  const headers = new Map(headerFields(init?.headers ?? []));
  const body = init?.body ?? '';
  const isForm = body instanceof URLSearchParams;
  if (typeof body !== 'string' && !isForm) {
    throw new ConfigurationError(
      'Without `Request` the test server takes bodies that are text or URLSearchParams.',
    );
  }
  if (isForm && !headers.has('content-type'))
    headers.set('content-type', 'application/x-www-form-urlencoded;charset=UTF-8');
  return {
    method: (init?.method ?? 'GET').toUpperCase(),
    url: new URL(String(input), origin),
    headers,
    body: String(body),
    signal: init?.signal ?? new AbortController().signal,
  };
}

/** As the method of that name, which the oldest jsdom that we take does not have. */
function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw signal.reason ?? abortion();
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason ?? abortion()), { once: true });
  });
}

function abortion(): DOMException {
  return new DOMException('This operation was aborted', 'AbortError');
}
