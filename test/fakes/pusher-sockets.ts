import Pusher from 'pusher-js';

// pusher-js has its sockets from there, in Node as well.
const { Runtime } = Pusher as unknown as { readonly Runtime: { createWebSocket: (url: string) => unknown } };
const { createWebSocket } = Runtime;

/** Has pusher-js dial sockets from `make`, until `undo` is called. */
export function dialSocketsFrom(make: (url: string) => unknown): () => void {
  Runtime.createWebSocket = make;
  return () => {
    Runtime.createWebSocket = createWebSocket;
  };
}
