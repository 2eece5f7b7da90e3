import type { RealtimeError } from '../errors';
import type { Clock, StoredMessage, TabCoordinator } from '../ports';
import type { BackoffOptions } from '../support/backoff';
import type { Acknowledgement, PendingMessage } from '../types';
import type { Acknowledgements } from './acknowledgements';
import type { Dispatcher } from './dispatcher';
import type { Hearing } from './hearing';
import type { Entry, RoutePublisher } from './lane';
import type { PaceOptions } from './pace';
import type { SharedMessages } from './shared-messages';
import type { OutboxWriter } from './writer';

/** A message as it comes to the outbox. */
export interface OutgoingMessage {
  /** Its id, where the payload has it in it. Default: the application's, or a new one. */
  readonly id?: string;
  readonly channel: string;
  readonly event: string;
  /** The payload. The outbox keeps the reference: hand in a copy when the caller may change it. */
  readonly data: unknown;
  readonly route: 'server' | 'peer';
  /** The payload's size in UTF-8 bytes. */
  readonly bytes: number;
}

/** How a message ended, also one whose `publish` was called before the page was reloaded. */
export type OutboxOutcome =
  | {
      readonly type: 'acknowledged';
      readonly message: PendingMessage;
      readonly acknowledgement: Acknowledgement;
    }
  | { readonly type: 'rejected'; readonly message: PendingMessage; readonly error: RealtimeError }
  /** Never sent: the message with the id `by` took its place. */
  | { readonly type: 'replaced'; readonly message: PendingMessage; readonly by: string };

/** The channels, as far as messages wait for them. */
export interface OutboxChannels {
  /** Told when messages on a channel's peer route wait for its subscription, and when none does any more. */
  demand(channel: string, wanted: boolean): void;
  /** Whether the channel is about to be live, so that what is published there waits for a while, to be heard. */
  isAwaited(channel: string): boolean;
}

/** The other tabs of the same owner, and what earlier pages left; see `leader.ts`. */
export interface OutboxTabs {
  /** Where this tab and the others do not hear yet what they publish. */
  readonly hearing: Hearing;
  /** What they tell of messages. */
  readonly messages: SharedMessages;
  /** While the storage is being read. */
  readonly loading: Promise<void> | undefined;
  /** Resolves when it is known who sends; undefined when it is. */
  readonly ready: Promise<void> | undefined;
  /** Begins to take part. */
  join(): void;
  /** Things may go on after a pause. */
  resume(): void;
  /** What a new message says about its tab; `bound` when it is to leave by this one in any case. */
  bind(message: OutgoingMessage, bound: boolean): Pick<StoredMessage, 'tab' | 'means'>;
  /** Whether the message may leave from this tab now. */
  canSend(record: StoredMessage): boolean;
  /** A message was stored, or could not be sent from here. */
  stored(entry: Entry): void;
  /** A message of another tab took a step. */
  progressed(entry: Entry): void;
  /** A message has ended; see `Dispatcher.settle` for `by`. */
  ended(entry: Entry, end: Acknowledgement | RealtimeError, by?: string): void;
  /** The messages with these ids have ended, all in the same way. */
  settled(ids: readonly string[], end: Acknowledgement | RealtimeError): void;
  /** True when this end is none: another tab, or a later page, can send what we cannot. */
  givesBack(entry: Entry, error: RealtimeError): boolean;
  /** Nothing is pending any more, or something is. */
  owe(): void;
  /** Somebody wants all tried now. */
  hurry(): void;
  /** The user signed out. */
  cleared(): void;
  /** Takes part no longer; others may send once `written` has resolved. */
  leave(written: Promise<void>): void;
}

/** What the outbox needs. */
export interface OutboxSettings {
  readonly clock: Clock;
  readonly random: () => number;
  /** Makes an id that nobody else makes. */
  readonly createId: () => string;
  readonly publishers: {
    readonly server?: RoutePublisher | undefined;
    readonly peer?: RoutePublisher | undefined;
  };
  /** How much may be pending, and how long; see `OutboxBounds`. */
  readonly bounds: {
    readonly messages: number;
    readonly bytes: number;
    readonly overflow: 'reject' | 'drop-oldest';
    readonly keepRejected: boolean;
    readonly expiresIn: number;
  };
  /** Whether messages wait for their channel when they do not say so themselves. */
  readonly waitForChannel: boolean;
  /** The wait between two attempts. */
  readonly backoff: BackoffOptions;
  /** How long an attempt on the server route may take, in milliseconds. */
  readonly attemptTimeout: number;
  /** How fast the server route may be. */
  readonly pace: PaceOptions;
  /** Gets warnings: the storage fails, messages were dropped. Nothing is reported that an outcome tells. */
  readonly report: (error: RealtimeError) => void;
  /** Keeps messages beyond the page. Left out, they end with it. */
  readonly writer?: OutboxWriter;
  /** Makes what shares the messages with other tabs. Left out, this outbox is the only one that has them. */
  readonly tabs?: (dispatcher: Dispatcher) => OutboxTabs;
  /** Waits for receivers. Left out, what was accepted is acknowledged. */
  readonly acknowledgements?: Acknowledgements;
  /** The channels. Left out, no message waits for one but for its route's sake. */
  readonly channels?: OutboxChannels;
  /** Gets the end of every message. */
  readonly onSettled?: (outcome: OutboxOutcome) => void;
}

/** How tabs share the sending. */
export interface LeaderSettings {
  readonly clock: Clock;
  readonly random: () => number;
  /** The other tabs. */
  readonly tabs: TabCoordinator;
  /** Outboxes with this name have the same messages: it must tell owners apart, and applications. */
  readonly name: string;
  /** This tab's own name, which no other has or had. */
  readonly tab: string;
  /** What this tab sends with: tabs of the same means can send for each other. Empty when it cannot send to the server at all. */
  readonly means: string;
  /** Whether a message must leave by the connection of the tab that published it. */
  isBound(message: Pick<OutgoingMessage, 'route' | 'channel'>): boolean;
  readonly writer: OutboxWriter;
}
