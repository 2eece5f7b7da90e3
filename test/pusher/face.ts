import { onTestFinished } from 'vitest';
import type { RealtimeClientOptions, RealtimeError, UntypedChannels } from '../../src/index';
import Pusher, { type Options, pusherOf } from '../../src/pusher/index';
import {
  createTestClient,
  createTestServer,
  type ListeningServer,
  type TestServer,
  type TestServerOptions,
} from '../../src/testing/index';

/** A client in memory with pusher-js's face, on a clock that stands still. */
export function face(
  options: Partial<RealtimeClientOptions<UntypedChannels>> & { readonly server?: TestServerOptions } = {},
) {
  const { client, server, clock } = createTestClient<UntypedChannels>(options);
  const errors: RealtimeError[] = [];
  client.on('error', (error) => errors.push(error));
  onTestFinished(() => client.destroy());
  return { client, server, clock, errors, pusher: pusherOf(client, { clock }) };
}

/** A server on a port, and `Pusher`s of it: nothing of them is passed in. */
export async function port(options: TestServerOptions = {}) {
  const server = createTestServer(options);
  const listening = await server.listen();
  onTestFinished(() => server.stop());
  const connect = (own: Partial<Options> = {}): Pusher => {
    const pusher = new Pusher(listening.options.key, {
      ...placeOf(listening),
      ...authOf(server, listening),
      ...own,
    });
    onTestFinished(() => pusher.disconnect());
    return pusher;
  };
  return { server, listening, connect };
}

/** Where the server is, in pusher-js's options. */
export function placeOf({ options: { host, port: wsPort } }: ListeningServer) {
  return { cluster: '', wsHost: host, wsPort, forceTLS: false } as const;
}

/** How its application is asked, in pusher-js's older options, which Laravel Echo uses. */
export function authOf(server: TestServer, { endpoints }: ListeningServer, userId = 'user-1') {
  const headers = { Authorization: `Bearer ${server.issueToken({ userId })}` };
  return { authEndpoint: endpoints.auth, auth: { headers } };
}

/** A `Pusher` of this class for a user of the server's application, connecting. */
export function connectAs(
  Class: typeof Pusher,
  server: TestServer,
  listening: ListeningServer,
  userId: string,
  own: Partial<Options> = {},
): Pusher {
  const { auth, authEndpoint } = authOf(server, listening, userId);
  const userAuthentication = { transport: 'ajax' as const, endpoint: listening.endpoints.user, ...auth };
  const options = { ...placeOf(listening), authEndpoint, auth, userAuthentication, ...own };
  return new Class(listening.options.key, options);
}
