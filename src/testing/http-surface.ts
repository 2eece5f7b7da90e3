import type { Clock } from '../index';
import type { Application } from './application-endpoints';
import type { EndpointFaults, EndpointName } from './endpoint-faults';
import { answerHttpApi, type HttpApiSurroundings } from './http-api';
import {
  bodyFields,
  type HttpAnswer,
  type HttpCall,
  type HttpReply,
  refusal,
  writeReply,
} from './http-exchange';
import type { NetworkFaults } from './network-faults';

/** One HTTP request that a test server got. Tokens are not in it. */
export interface RecordedRequest {
  /** In upper case. */
  readonly method: string;
  /** The path, without the query. */
  readonly path: string;
  /** The query's parameters, `auth_signature` left out. */
  readonly query: Readonly<Record<string, string>>;
  /** The headers, in lower case; `authorization` and `cookie` left out. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether an `Authorization` header came with it. */
  readonly authorized: boolean;
  /** The body's fields, from JSON or a form; a text when it is neither. */
  readonly body: unknown;
  /** When it came in, in milliseconds since 1970. */
  readonly receivedAt: number;
  /** The status of the answer; 0 for a connection that broke, `undefined` while it is not answered. */
  status: number | undefined;
}

/** What the HTTP side needs from the server around it. */
export interface HttpSurroundings extends HttpApiSurroundings {
  readonly clock: Clock;
  readonly application: Application;
  readonly endpointFaults: EndpointFaults;
  readonly networkFaults: NetworkFaults;
  readonly headers: Readonly<Record<string, string>>;
}

interface Endpoint {
  readonly fault: EndpointName;
  readonly method: string;
  readonly answer: (application: Application, call: HttpCall) => HttpAnswer | Promise<HttpAnswer>;
}

const auth: Endpoint = {
  fault: 'auth',
  method: 'POST',
  answer: (application, call) => application.authorizeChannel(call),
};

const endpoints: Readonly<Record<string, Endpoint>> = {
  '/pusher/auth': auth,
  '/api/v1/pusher/auth': auth,
  '/pusher/user-auth': {
    fault: 'auth',
    method: 'POST',
    answer: (application, call) => application.authenticateUser(call),
  },
  '/realtime/trigger': {
    fault: 'trigger',
    method: 'POST',
    answer: (application, call) => application.trigger(call),
  },
  '/realtime/history': {
    fault: 'history',
    method: 'GET',
    answer: (application, call) => application.history(call),
  },
};

/** Everything a test server answers over HTTP: Pusher's API and the application's endpoints. */
export class HttpSurface {
  /** Every request so far, preflights aside. */
  readonly requests: RecordedRequest[] = [];
  readonly #surroundings: HttpSurroundings;

  constructor(surroundings: HttpSurroundings) {
    this.#surroundings = surroundings;
  }

  /** Answers a request; `undefined` means that the connection breaks without an answer. */
  async respond(call: HttpCall): Promise<HttpReply | undefined> {
    const cors = crossOriginHeaders(call);
    if (call.method === 'OPTIONS') return { status: 204, headers: cors, text: undefined };
    const record = recordOf(call, this.#surroundings.clock.now());
    this.requests.push(record);
    const answer = await this.#answer(call).catch(internalError);
    await this.#late();
    record.status = answer === 'network' ? 0 : answer.status;
    if (answer === 'network') return undefined;
    return writeReply({ ...answer, headers: { ...cors, ...answer.headers } });
  }

  async #answer(call: HttpCall): Promise<HttpAnswer | 'network'> {
    const { application, endpointFaults, networkFaults, headers } = this.#surroundings;
    const { pathname } = call.url;
    if (call.mostBytes !== undefined) return refusal(413, `The body is larger than ${call.mostBytes} bytes`);
    const endpoint = Object.hasOwn(endpoints, pathname) ? endpoints[pathname] : undefined;
    if (endpoint === undefined) {
      if (pathname.startsWith('/apps/') && networkFaults.down) return 'network';
      return answerHttpApi(call, this.#surroundings) ?? refusal(404, 'Not Found');
    }
    if (endpoint.method !== call.method) return refusal(405, 'Method Not Allowed');
    const failure = endpointFaults.next(endpoint.fault);
    if (failure?.afterWork) await endpoint.answer(application, call);
    const answer = failure ? await failure.answer(call.signal) : await endpoint.answer(application, call);
    return answer === 'network' ? answer : { ...answer, headers: { ...headers, ...answer.headers } };
  }

  #late(): Promise<void> | undefined {
    const { clock, networkFaults } = this.#surroundings;
    const { latency } = networkFaults;
    if (latency === 0) return undefined;
    return new Promise((resolve) => {
      clock.after(latency, resolve);
    });
  }
}

/** The application's own functions may throw; their author reads why, and the caller gets an answer. */
function internalError(error: unknown): HttpAnswer {
  return refusal(500, error instanceof Error ? error.message : 'Internal Server Error');
}

function recordOf(call: HttpCall, receivedAt: number): RecordedRequest {
  const headers = Object.fromEntries(call.headers);
  const query = Object.fromEntries(call.url.searchParams);
  const secrets = ['authorization', 'cookie'];
  for (const name of secrets) delete headers[name];
  delete query['auth_signature'];
  return {
    method: call.method,
    path: call.url.pathname,
    query,
    headers,
    authorized: call.headers.has('authorization'),
    body: bodyFields(call) ?? call.body,
    receivedAt,
    status: undefined,
  };
}

/** Pages under test are served from another port than the server. */
function crossOriginHeaders({ headers }: HttpCall): Record<string, string> {
  const origin = headers.get('origin');
  if (origin === undefined) return {};
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-headers':
      headers.get('access-control-request-headers') ?? 'authorization, content-type, idempotency-key',
    'access-control-expose-headers': 'retry-after, deprecation, sunset, link, idempotent-replayed',
    vary: 'origin',
  };
}
