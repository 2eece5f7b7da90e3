/** What a measurement asks of a client, whichever library is behind it. */
export interface Contestant {
  /** Dials, if nothing did before. */
  connect(): void;
  /** Whether the library says that it is connected. */
  saysConnected(): boolean;
  /** The library's own word for the state. */
  state(): string;
  /** Subscribes and listens. */
  listen(channel: string, event: string, listener: (data: unknown) => void): void;
  /** Publishes a client event on a channel that was listened to. */
  publish(channel: string, event: string, data: unknown): void;
  /** Client events of which the library said that they were sent. */
  claimed(): number;
  /** How often it told that messages of a channel may be missing. */
  gaps(channel: string): number;
  /** Whether the channel is known to be refused, with a reason. */
  knowsRefusal(channel: string): boolean;
  /** What the device says about its network. */
  network(change: 'online' | 'offline'): void;
  /** Ends it. */
  close(): void;
}

/** Where a contestant connects to, and as whom. */
export interface ContestantSettings {
  readonly key: string;
  readonly host: string;
  readonly port: number;
  readonly authEndpoint: string;
  /** The token: a library that can ask again does so. */
  readonly token: (reason: string) => string;
}

/** A library under test. */
export type ContestantName = 'raw' | 'surewire';
