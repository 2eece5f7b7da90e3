/** The longest name of an event that Pusher takes. */
export const longestEventName = 200;

/** What those listen to who listen to every event: no event of an application's can have the same name. */
export const anyEvent: unique symbol = Symbol('any event');

/** Whether the server keeps the name to itself. `pusherman` is one that applications may use. */
export function isProtocolEvent(event: string): boolean {
  return event.startsWith('pusher:') || event.startsWith('pusher_internal:');
}

/** Whether it is a message from client to client, which Pusher calls a client event. */
export function isClientEvent(event: string): boolean {
  return event.startsWith('client-');
}
