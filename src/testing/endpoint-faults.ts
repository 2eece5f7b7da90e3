import { neededObject, type Stop } from '../index';
import type { HttpAnswer } from './http-exchange';
import { checkCount, checkHeaders, checkStatus } from './script-rules';

/** The endpoints of the application that can be made to fail. */
export type EndpointName = 'auth' | 'trigger' | 'history';

/** How an endpoint fails, beyond its status. */
export interface RejectionOptions {
  /** Sent as `Retry-After`: seconds, or a date as text. */
  readonly retryAfter?: number | string;
  /** The body: objects as JSON, texts as they are. Default: an object with `detail`. */
  readonly body?: unknown;
  /** Does the work first, so that only the answer is lost. Default false. */
  readonly afterWork?: boolean;
}

interface Rejection extends RejectionOptions {
  readonly endpoint: EndpointName;
  readonly status: number | 'network' | 'hang';
  left: number;
  readonly ended: AbortController;
}

/** What an endpoint does instead of answering; `network` is a connection that breaks. */
export interface Failure {
  readonly afterWork: boolean;
  /** Resolves with the answer to give, or with `network`; may take until the caller gives up. */
  readonly answer: (signal: AbortSignal) => Promise<HttpAnswer | 'network'>;
}

/** What goes wrong at the application's endpoints, by script. Scripts are used up in the order in which they were given. */
export class EndpointFaults {
  readonly #rejections = new Set<Rejection>();

  /** Makes the next `times` calls of an endpoint fail. The returned stop takes back what is left, and frees hanging calls. */
  reject(
    endpoint: EndpointName,
    status: Rejection['status'],
    times: number,
    options: RejectionOptions = {},
  ): Stop {
    checkStatus(status, `reject${name(endpoint)}()`);
    checkCount(times, `${status === 'hang' ? 'hang' : 'reject'}${name(endpoint)}()`);
    neededObject(options, `reject${name(endpoint)}(status, times, { retryAfter })`);
    if (options.retryAfter !== undefined)
      checkHeaders({ 'retry-after': options.retryAfter }, `reject${name(endpoint)}()`);
    const rejection: Rejection = { ...options, endpoint, status, left: times, ended: new AbortController() };
    this.#rejections.add(rejection);
    return () => {
      this.#rejections.delete(rejection);
      rejection.ended.abort();
    };
  }

  /** Takes the failure that the next call of an endpoint meets, if any. */
  next(endpoint: EndpointName): Failure | undefined {
    const rejection = [...this.#rejections].find((entry) => entry.endpoint === endpoint && entry.left > 0);
    if (rejection === undefined) return undefined;
    rejection.left -= 1;
    return { afterWork: rejection.afterWork ?? false, answer: (signal) => fail(rejection, signal) };
  }

  /** Frees every call that hangs. */
  stop(): void {
    for (const { ended } of this.#rejections) ended.abort();
    this.#rejections.clear();
  }
}

/** The endpoint as the script's calls name it. */
function name(endpoint: EndpointName): string {
  return endpoint.replace(/^./, (letter) => letter.toUpperCase());
}

async function fail(rejection: Rejection, signal: AbortSignal): Promise<HttpAnswer | 'network'> {
  const { status, ended, retryAfter, body = { detail: 'Rejected by the fault script' } } = rejection;
  if (status === 'hang') {
    await Promise.race([aborted(signal), aborted(ended.signal)]);
    return 'network';
  }
  if (status === 'network') return 'network';
  return { status, body, headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) } };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
