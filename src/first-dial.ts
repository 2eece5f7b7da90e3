/** What a client needs from its first dial on: a file of its own in the package, loaded then. */
export { Inbound } from './channels/inbound';
export { Connection } from './link/connection';
export { ProtocolTransport, PusherLink } from './link/first-dial';
export { Signals } from './signals';
