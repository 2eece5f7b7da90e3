import type { HttpReply } from './http-exchange';

/**
 * An answer with the members of `Response` that clients read, for where there is none, such as Jest with jsdom. The rest is
 * absent, as it is in the `fetch` of React Native.
 */
export class PlainResponse {
  /** The HTTP status. */
  readonly status: number;
  /** Whether it is a 2xx. */
  readonly ok: boolean;
  /** Empty, as in HTTP/2. */
  readonly statusText = '';
  /** An answer of the server itself. */
  readonly type = 'default';
  /** Redirects are not followed. */
  readonly redirected = false;
  /** Read with `text()` and `json()`. */
  readonly body: undefined;
  /** The headers, by name in any case. */
  readonly headers: {
    get(name: string): string | null;
    has(name: string): boolean;
    forEach(visit: (value: string, name: string) => void): void;
  };
  readonly #text: string;

  constructor({ status, headers, text }: HttpReply) {
    this.status = status;
    this.ok = status >= 200 && status < 300;
    this.#text = text ?? '';
    const fields = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    this.headers = {
      get: (name) => fields.get(name.toLowerCase()) ?? null,
      has: (name) => fields.has(name.toLowerCase()),
      forEach: (visit) => fields.forEach(visit),
    };
  }

  /** The body. */
  async text(): Promise<string> {
    return this.#text;
  }

  /** The body, parsed. Rejects when it is no JSON, as the platform's does. */
  async json(): Promise<unknown> {
    return JSON.parse(this.#text);
  }
}
