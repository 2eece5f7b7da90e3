import { ConfigurationError } from '../errors';
import { object } from '../support/given';
import { numberIn, textIn } from '../support/json';
import { lookedUp } from '../support/looked-up';
import type { FrameLink, FrameLinkEvents, ServerAddress } from '../transport-port';

/** The part of the platform's WebSocket that we use. */
type SocketClass = new (url: string) => WebSocket;

/** A link over one WebSocket at a time. */
class WebSocketLink implements FrameLink {
  readonly #url: string;
  readonly #class: SocketClass | undefined;
  #socket: WebSocket | undefined;

  constructor(url: string, socketClass: SocketClass | undefined) {
    this.#url = url;
    this.#class = socketClass;
  }

  open(events: FrameLinkEvents): void {
    this.close();
    const Socket: SocketClass | undefined = this.#class ?? globalThis.WebSocket;
    if (typeof Socket !== 'function') {
      throw new ConfigurationError(
        'There is no WebSocket here: pass a class, `webSocketLink({ WebSocket })`, or leave out `transport` and use pusher-js.',
      );
    }
    let socket: WebSocket;
    try {
      socket = new Socket(this.#url);
    } catch (cause) {
      // A page on https: may not dial ws:, and some ports are closed to pages: neither will change.
      throw new ConfigurationError(`The WebSocket could not be created. ${String(cause)}`, { cause });
    }
    this.#socket = socket;
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (socket === this.#socket) events.received(data, typeof data === 'string' ? data.length : 0);
    };
    // The close that follows says as much; without a listener some sockets throw.
    socket.onerror = () => {};
    socket.onclose = ({ code, reason }) => {
      if (socket !== this.#socket) return;
      this.#socket = undefined;
      events.closed(code, textIn(reason));
    };
  }

  write(text: string): boolean {
    if (this.#socket?.readyState !== 1) return false;
    this.#socket.send(text);
    return true;
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    // A class of the application's own may throw; there is nothing to be done about it, and everything else must still end.
    if (socket !== undefined && socket.readyState < 2) lookedUp(() => socket.close());
  }

  destroy(): void {
    this.close();
  }
}

/**
 * Dials over the platform's WebSocket, without pusher-js: `transport: webSocketLink()`. The address comes from `cluster`, or `host`,
 * `port` and `tls`, or `pusherOptions` as pusher-js would read them. Encrypted channels need pusher-js. `WebSocket`: the class to
 * use. Default: the global one, which browsers, workers, Deno, Bun and Node from 22 on have.
 */
export function webSocketLink(
  options: { readonly WebSocket?: unknown } = {},
): (address: ServerAddress) => FrameLink {
  // Whatever is constructed with an address and has a WebSocket's members; checked when it is used.
  const socketClass = object(options, 'webSocketLink({ WebSocket })').WebSocket as SocketClass | undefined;
  return (address) => new WebSocketLink(socketUrl(address), socketClass);
}

/** The address of the server's WebSocket, as pusher-js makes it of its options. Throws a `ConfigurationError` when nothing says where. */
export function socketUrl({ key, pusherOptions }: ServerAddress): string {
  const { cluster, wsHost, wsPort, wssPort, wsPath, forceTLS } = pusherOptions;
  const place = textIn(cluster);
  const host = textIn(wsHost) ?? (place === undefined ? undefined : `ws-${place}.pusher.com`);
  if (host === undefined) {
    throw new ConfigurationError(
      'Say where the server is: pass `cluster`, or the `host` of a server of your own.',
    );
  }
  const secure = forceTLS !== false;
  const port = numberIn(secure ? wssPort : wsPort);
  const path = textIn(wsPath) ?? '';
  return `${secure ? 'wss' : 'ws'}://${host}${port === undefined ? '' : `:${port}`}${path}/app/${encodeURIComponent(key)}?protocol=7&client=surewire&flash=false`;
}
