import { ConfigurationError } from '../index';

/** As the platform's. */
export type Fetch = (address: string, init: RequestInit) => Promise<Response>;

/** Answers for an address in the place of a server: the body's fields, and what the server would have answered. */
export type Handler = (fields: URLSearchParams) => Promise<object>;

/** An endpoint as surewire takes it. Headers and params are asked for before each request. */
export interface EndpointFields {
  readonly endpoint: string;
  readonly headers: () => Readonly<Record<string, string>>;
  readonly params: () => Readonly<Record<string, string>>;
}

/** One endpoint of the application in surewire's words, or a function of the application's that answers in its place. */
export class Endpoint {
  readonly options: EndpointFields;
  readonly #handler: Handler | undefined;
  /** The last answer was that the CSRF token is over (Laravel's 419). */
  #stale = false;

  constructor({ headers, ...options }: EndpointFields, handler: Handler | undefined) {
    this.options = {
      ...options,
      headers: () => {
        const stale = this.#stale;
        this.#stale = false;
        return stale ? withPageToken(headers()) : headers();
      },
    };
    this.#handler = handler;
  }

  /** Asks whoever answers. */
  async fetch(address: string, init: RequestInit, fetch: Fetch): Promise<Response> {
    if (this.#handler !== undefined)
      return answerOf(this.#handler, new URLSearchParams(String(init.body)), init.signal);
    const response = await fetch(address, init);
    this.#stale = response.status === 419;
    return response;
  }
}

/** The CSRF token of the page as it is now, where one was sent: frameworks that replace pages replace the tag. */
function withPageToken(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const name = Object.keys(headers).find((each) => each.toLowerCase() === 'x-csrf-token');
  const token = globalThis.document?.querySelector?.('meta[name="csrf-token"]')?.getAttribute('content');
  return name && token ? { ...headers, [name]: token } : headers;
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
    if (signal?.aborted) throw cause;
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
        else reject(error ?? new ConfigurationError('The handler called back without a result'));
      });
    });
}
