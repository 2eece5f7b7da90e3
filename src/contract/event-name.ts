/** The longest name of an event that Pusher takes. */
export const longestEventName = 200;

/** Whether the server keeps the name to itself. `pusherman` is one that applications may use. */
export function isProtocolEvent(event: string): boolean {
  return event.startsWith('pusher:') || event.startsWith('pusher_internal:');
}

/** Whether it is a message from client to client, which Pusher calls a client event. */
export function isClientEvent(event: string): boolean {
  return event.startsWith('client-');
}
