import { PusherInstanceLink } from '../link/pusher-instance';
import type { PusherInstance } from '../link/pusher-module';
import { PusherTransport } from '../link/transport';
import type { TransportFactory } from '../ports';

/**
 * A transport over a Pusher instance that you made: `transport: pusherInstance(pusher)`. The client dials it; leave its `connect`,
 * its `disconnect` and the client's channels alone. Throws a `ConfigurationError` for what is no instance of pusher-js.
 */
export function pusherInstance(pusher: PusherInstance): TransportFactory {
  const link = new PusherInstanceLink(pusher);
  return ({ authorizer }) => new PusherTransport(link, authorizer, false);
}
