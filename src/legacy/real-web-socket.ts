/** What `WebSocket` is. */
export type WebSocketClass = typeof WebSocket;

/** What an installed class stands in for. */
export interface Installation {
  readonly below: WebSocketClass;
  active: boolean;
}

/** By the classes that we put in the place of `WebSocket`. */
export const installations: WeakMap<object, Installation> = new WeakMap<object, Installation>();

/** What `WebSocket` is now; undefined where there is none (Node before 22). */
export function currentWebSocket(): WebSocketClass | undefined {
  return globalThis.WebSocket as WebSocketClass | undefined;
}

/** The `WebSocket` below all installations: what speaks to old servers must not be led back to a channel. */
export function realWebSocket(): WebSocketClass | undefined {
  let found = currentWebSocket();
  while (found !== undefined && installations.has(found)) found = installations.get(found)?.below;
  return found;
}
