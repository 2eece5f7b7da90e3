import type { RequestHandler, WebSocketHandler } from 'msw';
import { ConfigurationError } from '../index';
import { lacksImport } from './dynamic-import';
import { readPlatformRequest, toResponse } from './fetch-host';
import type { HttpSurface } from './http-surface';
import type { NetworkFaults } from './network-faults';
import type { ProtocolServer } from './protocol-server';

/** What the handlers serve. */
export interface MswHostSurroundings {
  readonly protocol: ProtocolServer;
  readonly http: HttpSurface;
  readonly faults: NetworkFaults;
  /** The address whose traffic they take. */
  readonly origin: string;
}

/** Handlers for msw's `setupServer` and `setupWorker`. Needs the package `msw`, version 3. */
export async function mswHandlers(
  surroundings: MswHostSurroundings,
): Promise<(RequestHandler | WebSocketHandler)[]> {
  const { protocol, http: surface, faults, origin } = surroundings;
  const { http, HttpResponse, ws } = await loadMsw();
  const { host } = new URL(origin);
  const requests = http.all(`*://${host}/*`, async ({ request }) => {
    const reply = await surface.respond(await readPlatformRequest(request));
    return reply === undefined ? HttpResponse.error() : toResponse(reply);
  });
  const connections = ws.link(`*://${host}/*`).addEventListener('connection', ({ client }) => {
    const turn = inTurns();
    if (faults.refusesTcp()) return turn(() => client.close(1006));
    const { pathname, search, protocol: scheme } = new URL(client.url);
    const session = protocol.accept({
      path: pathname + search,
      secure: scheme === 'wss:',
      send: (frame) => turn(() => client.send(frame)),
      close: (code, reason) => turn(() => client.close(code, reason)),
      drop: () => turn(() => client.close(1006)),
    });
    client.addEventListener('message', ({ data }) => {
      session.receive(typeof data === 'string' ? data : undefined);
    });
    client.addEventListener('close', () => session.closed());
  });
  return [requests, connections];
}

async function loadMsw(): Promise<Pick<typeof import('msw'), 'http' | 'HttpResponse' | 'ws'>> {
  try {
    return await import('msw');
  } catch (cause) {
    throw new ConfigurationError(
      lacksImport(cause)
        ? 'There is no `import()` here, which `handlers()` needs for msw. In Jest use `server.options` or `listen()`.'
        : '`handlers()` needs the package `msw`: npm install --save-dev msw@3.',
      { cause },
    );
  }
}

/** msw loses a frame that is followed by a close in the same turn, and a close that comes before `open`. */
function inTurns(): (action: () => void) => void {
  let last: Promise<void> = Promise.resolve();
  return (action) => {
    last = last
      .then(() => new Promise<void>((resolve) => setTimeout(resolve, 0)))
      .then(action)
      // A frame for a socket that is gone is nobody's problem.
      .catch(() => {});
  };
}
