/** One connected client of some library, in the words that all contestants share. */
export interface Peer {
  /** Subscribes and listens. `live` is called each time that the server has confirmed the channel, after a drop as well. */
  listen(channel: string, listener: (payload: unknown) => void, live: () => void): void;
  /** One more listener on a channel that is listened to. */
  also(channel: string, listener: (payload: unknown) => void): void;
  /** Publishes to the others on a channel, as the library's guide shows it, without waiting for anything. */
  publish?(channel: string, payload: object): void;
  /** Publishes and resolves when somebody has confirmed it. */
  request?(channel: string, payload: object): Promise<unknown>;
}

/** Where a peer connects to. */
export interface PeerSettings {
  readonly port: number;
  /** Brings a package that is not the project's own. */
  readonly load: (name: string) => Promise<unknown>;
}

/** How a library is asked to take part. */
export interface Contestant {
  readonly wire: import('./wires').WireName;
  /** Whether its package is among the benchmark's own. */
  readonly foreign: boolean;
  /** What it can take part in; a library without a notion of something is left out. */
  readonly can: readonly Ability[];
  /** Resolves with a client that may still be connecting. */
  create(settings: PeerSettings): Promise<Peer>;
}

/** What a library may be able to do. */
export type Ability = 'subscribe' | 'private' | 'publish' | 'request' | 'page';
