import { type PublishSlot, publishing, type ServerAddress, type Transport } from '../index';
import type { LegacyServerOptions } from './server-line';
import { ServerPublisher } from './server-publisher';
import { ServerTransport } from './server-transport';

/** Spread into `new RealtimeClient`. */
export interface LegacyServer {
  /** Subscribes over one socket for each channel. */
  readonly transport: (address: ServerAddress) => Transport;
  /** Publishes over the same sockets. */
  readonly publish: PublishSlot;
}

/**
 * New code on an old server: `new RealtimeClient({ key, ...legacyServer({ url, routes }) })`. For one client. Channels are addresses,
 * events are frames; the client dials again, subscribes again and tells of gaps as it always does. Old servers authorize nothing,
 * know no members and acknowledge nothing: private channels are not signed, `members` stay empty, publishes end `written`.
 */
export function legacyServer(options: LegacyServerOptions): LegacyServer {
  const transport = new ServerTransport(options);
  return {
    transport: () => transport,
    publish: publishing({
      publisher: new ServerPublisher(options, (channel) => transport.lineOf(channel)),
    }),
  };
}
