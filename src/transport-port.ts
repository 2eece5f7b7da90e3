import type { RealtimeError } from './errors';
import type { Member } from './types';

// What moves frames and what speaks the protocol: the ports below a client's connection.

/**
 * What a server's error is about; few name a channel, none names a message.
 * `signature-refused`: a signature that it was shown, of a channel or of a sign-in. `subscription-refused`: a channel, signed
 * or not. `event-rejected`: a client event. `rate-limited`: a client event, because there were too many. `event-unknown`: it
 * knows no such event, as servers without users say to a sign-in. `not-subscribed`: the end of a subscription that it had
 * refused. `closing`: the connection, which it closes. `other`: it does not say.
 */
export type ServerErrorKind =
  | 'signature-refused'
  | 'subscription-refused'
  | 'event-rejected'
  | 'rate-limited'
  | 'event-unknown'
  | 'not-subscribed'
  | 'closing'
  | 'other';

/** Everything a transport can tell the client: one union, so the client's inbound behaviour is one `switch`. */
export type TransportSignal =
  | { readonly type: 'opened'; readonly socketId: string; readonly idleLimit: number }
  | {
      readonly type: 'closed';
      readonly code?: number | undefined;
      readonly reason?: string | undefined;
      /** Present when no dial can succeed: it says what to change. */
      readonly error?: RealtimeError | undefined;
    }
  | {
      readonly type: 'subscribed';
      readonly channel: string;
      /** Who is there, on presence channels. */
      readonly members?: readonly Member[] | undefined;
    }
  | {
      readonly type: 'subscription-refused';
      readonly channel: string;
      readonly code?: number | undefined;
      readonly message?: string | undefined;
      /** Whether asking again may help. */
      readonly retryable: boolean;
      /** Not before so many milliseconds, where the server said so. */
      readonly retryAfter?: number | undefined;
    }
  | { readonly type: 'member-added' | 'member-removed'; readonly channel: string; readonly member: Member }
  | {
      readonly type: 'message';
      readonly channel: string;
      readonly event: string;
      /** The payload, parsed; on encrypted channels the sealed one. */
      readonly data: unknown;
      readonly id: string | undefined;
      readonly userId: string | undefined;
      /** The frame's length: UTF-16 code units, which are bytes where the text is ASCII. 0 where it cannot be known. */
      readonly bytes: number;
    }
  | { readonly type: 'signed-in'; readonly user: Member }
  | { readonly type: 'watchlist'; readonly changes: readonly WatchlistChange[] }
  | {
      readonly type: 'server-error';
      readonly kind: ServerErrorKind;
      readonly code: number | null;
      readonly message: string;
      /** The channel that it is about, where the server's words name it. */
      readonly channel?: string | undefined;
    }
  | { readonly type: 'malformed'; readonly reason: string; readonly bytes: number }
  | { readonly type: 'pong' };

/** Users whom the signed-in user watches came or went. */
export interface WatchlistChange {
  /** Pusher has `online` and `offline`. */
  readonly name: string;
  /** Who did. */
  readonly userIds: readonly string[];
}

/** What the application signed for a channel, as the server wants to see it. */
export interface SubscriptionProof {
  /** `<key>:<signature>`. */
  readonly auth: string;
  /** Presence: who we are, as the JSON text that was signed. */
  readonly channelData?: string | undefined;
}

/**
 * A way to a server: dials once when told to, speaks its protocol, keeps no policy of its own (no retries, no timers that
 * outlive `close()`, no queue) and no books of who wants what.
 */
export interface Transport {
  /**
   * Dials once. Every `open` ends in exactly one `closed` signal, unless `close()` came first: after `close()` nothing
   * is signalled until the next `open`. Throws a `ConfigurationError` when it cannot work here at all.
   */
  open(receive: (signal: TransportSignal) => void): void;
  /** Lets go of the connection, in whatever state it is. */
  close(): void;
  /**
   * Asks the server for a channel, with the `proof` that guarded channels need; false when there is no open connection.
   * Answered by `subscribed` or `subscription-refused`, by a `server-error` without the channel's name, or not at all.
   */
  subscribe(channel: string, proof?: SubscriptionProof): boolean;
  /** Tells the server that we no longer want the channel. Answers that are on their way still come. */
  unsubscribe(channel: string): void;
  /** Writes a client event to the socket; false when there is no open one. True proves nothing about arrival. */
  send(channel: string, event: string, data: unknown): boolean;
  /**
   * Tells the server who the user of the open connection is. Answered by `signed-in`, by a `server-error`, or not at all.
   * Transports to servers that know no users leave it out.
   */
  readonly signIn?: ((authentication: UserAuthentication) => void) | undefined;
  /** Asks the server for a sign of life; it answers with `pong`. */
  ping(): void;
  /** Lets go for good: closes, and takes its listeners off whatever it listens to. */
  destroy(): void;
  /** Present where the server wants no signatures: guarded channels are asked for without a proof. */
  readonly unsigned?: true;
  /** The cryptography for encrypted channels that came with it, if any did: NaCl, as `pusher-js/with-encryption` brings it. */
  cryptography?(): unknown;
}

/** What a frame link tells about one dial. */
export interface FrameLinkEvents {
  /**
   * A frame came: its text, or the object that somebody made of it already, its `data` parsed. `length` is how long it was on
   * the wire, in UTF-16 code units; 0 where that cannot be known.
   */
  received(frame: unknown, length: number): void;
  /** The dial or the connection is over. Told once, and last. */
  closed(code?: number, reason?: string): void;
}

/** Moves frames between us and a server, and knows nothing of what they say: what is below a `Transport` that speaks Pusher's protocol. */
export interface FrameLink {
  /**
   * Dials once. Every `open` ends in exactly one `closed`, unless `close()` came first: after it nothing is told until the
   * next `open`. Throws a `ConfigurationError` when it cannot work here at all.
   */
  open(events: FrameLinkEvents): void;
  /** Writes a frame; false when there is no open socket. True proves nothing about arrival. */
  write(text: string): boolean;
  /** Hangs up, in whatever state it is. */
  close(): void;
  /** Closes, and takes its listeners off whatever it listens to. */
  destroy(): void;
  /** The cryptography that came with it, if any did; see `Transport`. */
  cryptography?(): unknown;
  /** Present where whoever owns the connection signs users in, or does not: we then leave it alone. */
  readonly signsInItself?: true;
}

/** Where the server is. */
export interface ServerAddress {
  /** The application's public key. */
  readonly key: string;
  /** The options of pusher-js that say the rest: `cluster`, `wsHost`, `wsPort`, `wssPort`, `wsPath`, `forceTLS` and others. */
  readonly pusherOptions: Readonly<Record<string, unknown>>;
}

/** Makes the link, or the whole transport, of one client. Nothing is opened before `open`. */
export type TransportFactory = (address: ServerAddress) => FrameLink | Transport;

/** What an endpoint for users answers: the application vouches for who somebody is. */
export interface UserAuthentication {
  /** `<key>:<signature>`. */
  readonly auth: string;
  /** Who it is, as the JSON text that was signed. */
  readonly userData: string;
}

/** A message as it came in. */
export type MessageSignal = Extract<TransportSignal, { readonly type: 'message' }>;
