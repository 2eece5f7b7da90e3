import type { RealtimeErrorCode } from './errors';

/** What the client did so far. A snapshot: read again for newer figures. All durations are milliseconds. */
export interface Statistics {
  /** Messages that came in. */
  readonly received: number;
  /** The length of the frames they came in; bytes where the text is ASCII. */
  readonly receivedBytes: number;
  /** Messages that were acknowledged. */
  readonly sent: number;
  /** The UTF-8 bytes of their payloads. */
  readonly sentBytes: number;
  /** The same by channel: for those that are held, and for the last 1,000 others that were published to. */
  readonly channels: Readonly<Record<string, ChannelStatistics>>;
  /** How often a connection was dialled. */
  readonly dials: number;
  /** How often a lost connection came back. */
  readonly reconnects: number;
  /** For how long we have been connected, all connections together. */
  readonly connectedFor: number;
  /** The connected share of the time since the first dial, from 0 to 1. */
  readonly uptime: number;
  /** What the server's last answer to a ping took; absent until there was one. */
  readonly roundTrip?: number;
  /** When the server was last heard or a message acknowledged, in milliseconds since 1970; absent before. */
  readonly lastActivity?: number;
  /** Messages that wait in the outbox or are in flight. */
  readonly pending: number;
  /** For how long the oldest of them has waited. */
  readonly oldestPending: number;
  /** From `publish()` to the acknowledgement, right to within an eighth; absent until there was one. */
  readonly latency?: {
    /** Half of them took at most this. */
    readonly p50: number;
    /** 95 of 100 took at most this. */
    readonly p95: number;
    /** 99 of 100 took at most this. */
    readonly p99: number;
  };
  /** Tokens that were fetched. */
  readonly tokenRenewals: number;
  /** Messages that came in twice, and were dropped. */
  readonly duplicates: number;
  /** Receivers that confirmed messages of ours; each counts once a message. */
  readonly confirmations: number;
  /** Confirmations that had come before from the same receiver. */
  readonly duplicateConfirmations: number;
  /** Confirmations of messages that nobody waited for any more. */
  readonly lateConfirmations: number;
  /** Client events that had to wait for their turn, because the server takes only so many a second. */
  readonly rateLimitWaits: number;
  /** How often messages may have been missed, counted once a channel. */
  readonly gaps: number;
  /** Frames that were no messages, or whose payload did not open. */
  readonly malformed: number;
  /** Errors that were reported, by code. */
  readonly errors: Readonly<Partial<Record<RealtimeErrorCode, number>>>;
}

/** What went over one channel. */
export interface ChannelStatistics {
  /** Messages that came in. */
  readonly received: number;
  /** The length of the frames they came in; bytes where the text is ASCII. */
  readonly receivedBytes: number;
  /** Messages that were acknowledged. */
  readonly sent: number;
  /** The UTF-8 bytes of their payloads. */
  readonly sentBytes: number;
}

/** Figures that are counted and nothing else. */
export type CountedFigure =
  | 'tokenRenewals'
  | 'duplicates'
  | 'confirmations'
  | 'duplicateConfirmations'
  | 'lateConfirmations'
  | 'rateLimitWaits'
  | 'gaps'
  | 'malformed';

/** The messages that wait, as far as figures are concerned: how many, and when the first of them came. */
export interface PendingFigures {
  readonly messages: number;
  readonly oldest?: number | undefined;
}

/** Counts what a client does. */
export interface Recorder {
  /** A message came in. `now` is passed so that the clock is read once a message. */
  received(channel: string, length: number, now: number): void;
  /** A message was acknowledged after `latency` milliseconds. */
  sent(channel: string, bytes: number, latency: number): void;
  dialled(): void;
  opened(): void;
  /** A connection is over. `lost`: we did not hang up. */
  closed(lost: boolean): void;
  roundTrip(milliseconds: number): void;
  /** One more of what is counted and nothing else. */
  count(what: CountedFigure): void;
  failed(code: RealtimeErrorCode): void;
  /** The channel is in use: it gets figures of its own. */
  held(channel: string): void;
  /** The channel is no longer in use: its own figures go, the totals stay. */
  released(channel: string): void;
  /** Says where to look for what is pending. */
  outbox(pending: () => PendingFigures): void;
  destroy(): void;
}
