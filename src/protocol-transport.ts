import * as firstDial from './first-dial';
import { needed } from './support/given';
import type { FrameLink, Transport } from './transport-port';

/** Brings the code of connections along, so that a client that dials it waits for none. */
class LoadedTransport extends firstDial.ProtocolTransport {
  readonly firstDial = firstDial;
}

/**
 * Pusher's protocol over a frame link of your own, for the option `transport`, loaded with the page. A link alone is enough there:
 * the client then loads the protocol when it first dials.
 */
export function protocolTransport(link: FrameLink): Transport {
  return new LoadedTransport(needed(link, 'link', ['open', 'write', 'close', 'destroy']));
}
