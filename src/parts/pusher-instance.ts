import { PusherInstanceLink } from '../link/pusher-instance';
import type { PusherInstance } from '../link/pusher-module';
import type { FrameLink } from '../transport-port';

/**
 * A link over a Pusher instance that you made: `transport: pusherInstance(pusher)`. The client dials it; leave its `connect`,
 * its `disconnect` and the client's channels alone. Throws a `ConfigurationError` for anything that is not an instance of pusher-js.
 */
export function pusherInstance(pusher: PusherInstance): () => FrameLink {
  const link = new PusherInstanceLink(pusher);
  return () => link;
}
