import { http } from 'msw/http';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { EndpointSettings, EndpointSurroundings } from '../../src/backend/endpoint';
import type { RealtimeError } from '../../src/errors';
import type { DeprecationNotice } from '../../src/types';
import { ManualClock } from './manual-clock';
import { secretToken } from './secret-token';

/** Where the backend is. */
export const address = 'https://backend.test/endpoint';

/** One request as the backend saw it. */
export interface SeenRequest {
  readonly headers: Headers;
  readonly text: string;
  readonly url: string;
}

/** A backend at `address` whose answers a test writes down; the last one is repeated. */
export function backend() {
  const server = setupServer();
  const seen: SeenRequest[] = [];
  beforeAll(() => server.listen({ onUnhandledFrame: 'error' }));
  afterEach(() => {
    server.resetHandlers();
    seen.length = 0;
  });
  afterAll(() => server.close());
  const answers = (...responses: readonly (() => Response | Promise<Response>)[]): void => {
    let next = 0;
    server.use(
      http.post(address, async ({ request }) => {
        const { headers, url } = request;
        seen.push({ headers, url, text: await request.clone().text() });
        const response = responses[Math.min(next++, responses.length - 1)];
        return response?.() ?? Response.error();
      }),
    );
  };
  return { server, seen, answers };
}

/** An answer with this as JSON. */
export const json = (body: unknown, init?: ResponseInit) => (): Response => Response.json(body, init);

/** An answer with this text. */
export const text = (body: string | null, init?: ResponseInit) => (): Response => new Response(body, init);

/** Settings and surroundings with a token that is renewed to another one. */
export function surroundings(settings: Partial<EndpointSettings> = {}) {
  const clock = new ManualClock();
  const notices: DeprecationNotice[] = [];
  const refused: (string | undefined)[] = [];
  const reported: RealtimeError[] = [];
  const lost = { times: 0 };
  const outside: EndpointSurroundings = {
    fetch: (url, init) => fetch(url, init),
    clock,
    credentials: {
      token: () => Promise.resolve(secretToken),
      renew: (token) => {
        refused.push(token);
        return Promise.resolve(`${secretToken}-renewed`);
      },
    },
    random: () => 0.5,
    losses: () => lost.times,
    onDeprecation: (notice) => notices.push(notice),
    report: (error) => reported.push(error),
  };
  const endpoint: EndpointSettings = {
    endpoint: address,
    ...settings,
  };
  return { clock, notices, refused, reported, lost, outside, endpoint };
}
