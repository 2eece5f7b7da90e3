/** What a client needs from its first dial on: a file of its own in the package, loaded then. */
export { ClientConnection } from './client-connection';
export { PusherLink } from './link/pusher';
export { ProtocolTransport } from './link/transport';
