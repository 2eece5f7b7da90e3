import type { Clock, FrameLink, ServerAddress } from '../index';

/** What the two kinds of client options have in common. */
export interface TestEndpoints {
  /** The key of the first app. */
  readonly key: string;
  /** Where channels are authorized, and a source of good tokens. */
  readonly auth: { readonly endpoint: string; readonly token: () => string };
  /** Where messages are published. */
  readonly publish: { readonly endpoint: string };
}

/** Spread into `new RealtimeClient`: a client without any socket or network. */
export interface MemoryClientOptions extends TestEndpoints {
  /** Frames over a socket in memory: `server.link`. */
  readonly transport: (address: ServerAddress) => FrameLink;
  /** Answers for the endpoints above, in memory. */
  readonly fetch: typeof fetch;
  /** The server's clock, when it was made with one. */
  readonly clock?: Clock;
}

/** Spread into `new RealtimeClient`: a client that goes over real sockets. */
export interface NetworkClientOptions extends TestEndpoints {
  /** The address of the server. */
  readonly host: string;
  /** Its port. */
  readonly port: number;
  /** Whether the connection is encrypted; it is not. */
  readonly tls: false;
}

/** A test server on a real port. */
export interface ListeningServer {
  /** Its address: `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Its port. */
  readonly port: number;
  /** Spread into `new RealtimeClient`. */
  readonly options: NetworkClientOptions;
  /** Closes the port and everything that is connected through it. */
  close(): Promise<void>;
}
