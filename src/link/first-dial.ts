/** What a client needs from its first dial on: a file of its own in the package, loaded then. */
export { PusherLink } from './pusher';
export { ProtocolTransport } from './transport';
