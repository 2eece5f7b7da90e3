import type {
  AuthSlot,
  Clock,
  EncryptionSlot,
  PublishSlot,
  ServerAddress,
  Statistics,
  StatisticsSlot,
  Transport,
} from '../index';

/** What the two kinds of client options have in common. */
export interface TestValues {
  /** The key of the first app. */
  readonly key: string;
  /** Authorization at the server's endpoint, with good tokens. */
  readonly auth: AuthSlot;
  /** Publishing through the server's endpoint, with an outbox in memory and receipts. */
  readonly publish: PublishSlot;
  /** Encrypted channels. */
  readonly encryption: EncryptionSlot;
  /** Statistics. */
  readonly statistics: StatisticsSlot<Statistics>;
}

/** The addresses of the application beside the server, for values of your own: `backendAuth({ endpoint: endpoints.auth })`. */
export interface ServerEndpoints {
  /** Signs subscriptions. */
  readonly auth: string;
  /** Says who the user of a connection is. */
  readonly user: string;
  /** Publishes. */
  readonly publish: string;
  /** Has what was published before. */
  readonly history: string;
}

/** Spread into `new RealtimeClient`: a client without any socket or network. */
export interface MemoryClientOptions extends TestValues {
  /** Frames over a socket in memory: `server.link`. */
  readonly transport: (address: ServerAddress) => Transport;
  /** Answers for the endpoints above, in memory. */
  readonly fetch: typeof fetch;
  /** The server's clock, when it was made with one. */
  readonly clock?: Clock;
}

/** Spread into `new RealtimeClient`: a client that goes over real sockets. */
export interface NetworkClientOptions extends TestValues {
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
  /** The addresses of the application beside it. */
  readonly endpoints: ServerEndpoints;
  /** Closes the port and everything that is connected through it. */
  close(): Promise<void>;
}
