import { ConfigurationError } from '../index';

/** As the platform's. */
export type Fetch = (address: string, init: RequestInit) => Promise<Response>;

/** Answers for an address in the place of a server: the body's fields, and what the server would have answered. */
export type Handler = (fields: URLSearchParams) => Promise<object>;

/** An endpoint of the application, and the function that answers in its place if there is one. */
export interface FetchedEndpoint {
  /** As surewire takes it. Headers and params are asked for before each request. */
  readonly options: {
    readonly endpoint: string;
    readonly headers: () => Readonly<Record<string, string>>;
    readonly params: () => Readonly<Record<string, string>>;
  };
  readonly handler: Handler | undefined;
}

/** What servers say to a session or a CSRF token that is over: Laravel's 419 beside 401. */
const stale: readonly number[] = [401, 419];

/**
 * A `fetch` for code written for pusher-js: functions that authorize answer as endpoints would, and a request that is refused because
 * its headers are old is sent once more, if they are others by now.
 */
export function fetchOf(endpoints: readonly FetchedEndpoint[], fetch: Fetch): Fetch {
  return async (address, init) => {
    const known = endpoints.find(({ options }) => options.endpoint === address);
    const { handler } = known ?? {};
    if (handler !== undefined) return answerOf(handler, new URLSearchParams(String(init.body)), init.signal);
    const response = await fetch(address, init);
    if (known === undefined || !stale.includes(response.status)) return response;
    const sent = new Headers(init.headers);
    const fresh = new Headers(sent);
    for (const [name, value] of Object.entries(withPageToken(known.options.headers())))
      fresh.set(name, value);
    const same = [...fresh].every(([name, value]) => sent.get(name) === value);
    return same ? response : fetch(address, { ...init, headers: fresh });
  };
}

/** The CSRF token of the page as it is now, where one was sent: frameworks that replace pages replace the tag. */
function withPageToken(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const name = Object.keys(headers).find((each) => each.toLowerCase() === 'x-csrf-token');
  const tag = globalThis.document?.querySelector?.('meta[name="csrf-token"]');
  const token = tag?.getAttribute('content');
  return name === undefined || !token ? headers : { ...headers, [name]: token };
}

async function answerOf(
  handler: Handler,
  fields: URLSearchParams,
  signal: AbortSignal | null | undefined,
): Promise<Response> {
  const late = new Promise<never>((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  try {
    return Response.json(await Promise.race([handler(fields), late]));
  } catch (cause) {
    signal?.throwIfAborted();
    return refusalOf(cause);
  }
}

/** What a handler's error would have been as an answer. One that names no status may be anything, and is worth another try. */
function refusalOf(cause: unknown): Response {
  const { status, response, message } = (cause ?? {}) as {
    readonly status?: unknown;
    readonly response?: { readonly status?: unknown };
    readonly message?: unknown;
  };
  const code = [status, response?.status].find((each) => Number.isInteger(each) && Number(each) >= 400);
  const words = typeof cause === 'string' ? cause : message;
  return Response.json({ message: words }, { status: Number(code ?? 503) });
}

/** A handler of pusher-js, which calls back, as a promise. */
export function handlerOf<Answer extends object>(
  ask: (fields: URLSearchParams, callback: (error: Error | null, answer: Answer | null) => void) => void,
): Handler {
  return (fields) =>
    new Promise((resolve, reject) => {
      ask(fields, (error, answer) => {
        if (answer && !error) resolve(answer);
        else
          reject(
            error ?? new ConfigurationError('The handler called back with neither an error nor an answer.'),
          );
      });
    });
}
