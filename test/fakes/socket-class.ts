/** A WebSocket class whose sockets come from `make`, by their addresses. */
export function socketClass<Socket extends object>(
  make: (url: string) => Socket,
): new (
  url: string,
) => Socket {
  // A constructor may return another object than its own.
  return function WebSocket(url: string): Socket {
    return make(url);
  } as unknown as new (
    url: string,
  ) => Socket;
}
